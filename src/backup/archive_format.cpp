#include "backup/archive_format.hpp"

#include <algorithm>

#include "backup/errors.hpp"
#include "base/assert.hpp"
#include "base/text.hpp"
#include "crypto/hash.hpp"
#include "crypto/key_tree.hpp"
#include "json/json.hpp"

namespace kuramori::backup {
namespace {

constexpr std::string_view kMagic = "kuramori-backup\n";
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kWrappedKeyBytesMax = 1'024;
constexpr std::size_t kColumnsMax = 1'000;
constexpr std::array<std::string_view, 3> kTypes{"integer", "text", "blob"};

enum class Tag : std::uint8_t { Null, Integer, Text, Blob };
constexpr std::size_t kIntegerBytes = 8;
constexpr std::size_t kLengthBytes = 4;

Error no_backup() {
  return {ErrorCode::InvalidArgument, "KURAMORI_BACKUP_NOT_UNDERSTOOD",
          "The file is no backup of this server."};
}

Result<void> read_exactly(Source& source, std::span<std::uint8_t> into) {
  KURAMORI_TRY(got, source.read(into));
  if (got < into.size()) return no_backup();
  return {};
}

Error bad_row(const TableShape& shape) {
  return not_understood("a row does not fit table " + shape.name);
}

struct ValueWriter {
  Bytes& into;

  void operator()(storage::Null) const { tag(Tag::Null); }
  void operator()(std::int64_t number) const {
    tag(Tag::Integer);
    append_number(into, static_cast<std::uint64_t>(number), kIntegerBytes);
  }
  void operator()(const std::string& value) const { run(Tag::Text, as_bytes(value)); }
  void operator()(const Bytes& value) const { run(Tag::Blob, value); }
  void operator()(storage::NextOf) const { ensure(false, "a stored row holds no placeholder"); }

 private:
  void tag(Tag what) const { into.push_back(static_cast<std::uint8_t>(what)); }
  void run(Tag what, ByteView octets) const {
    ensure(octets.size() <= 0xFFFF'FFFFU, "a value is longer than its length field");
    tag(what);
    append_number(into, octets.size(), kLengthBytes);
    into.insert(into.end(), octets.begin(), octets.end());
  }
};

std::optional<ByteView> take(ByteView& from, std::uint64_t octets) {
  if (from.size() < octets) return std::nullopt;
  const ByteView taken = from.first(static_cast<std::size_t>(octets));
  from = from.subspan(static_cast<std::size_t>(octets));
  return taken;
}

std::optional<storage::Value> take_value(ByteView& from, const storage::Column& column) {
  const auto tag = take(from, 1);
  if (!tag) return std::nullopt;
  const auto what = static_cast<Tag>((*tag)[0]);
  if (what == Tag::Null) {
    if (column.nullable == storage::Nullable::No) return std::nullopt;
    return storage::Value();
  }
  if (what == Tag::Integer) {
    const auto number = take(from, kIntegerBytes);
    if (!number || column.type != storage::ColumnType::Integer) return std::nullopt;
    return storage::Value(static_cast<std::int64_t>(number_from(*number)));
  }
  const auto expected = what == Tag::Text ? storage::ColumnType::Text : storage::ColumnType::Blob;
  if ((what != Tag::Text && what != Tag::Blob) || column.type != expected) return std::nullopt;
  const auto length = take(from, kLengthBytes);
  const auto octets = length ? take(from, number_from(*length)) : std::nullopt;
  if (!octets) return std::nullopt;
  if (what == Tag::Text) return storage::Value(std::string(as_text(*octets)));
  return storage::Value(Bytes(octets->begin(), octets->end()));
}

}  // namespace

void append_number(Bytes& into, std::uint64_t number, std::size_t octets) {
  for (std::size_t i = 0; i < octets; ++i)
    into.push_back(static_cast<std::uint8_t>(number >> (8 * (octets - 1 - i))));
}

std::uint64_t number_from(ByteView octets) {
  std::uint64_t number = 0;
  for (const std::uint8_t octet : octets) number = number << 8U | octet;
  return number;
}

Bytes write_head(const Head& head) {
  ensure(head.wrapped_key.size() <= kWrappedKeyBytesMax, "a wrapped key is short");
  Bytes octets(as_bytes(kMagic).begin(), as_bytes(kMagic).end());
  octets.push_back(kVersion);
  octets.insert(octets.end(), head.id.begin(), head.id.end());
  append_number(octets, head.wrapped_key.size(), 2);
  octets.insert(octets.end(), head.wrapped_key.begin(), head.wrapped_key.end());
  return octets;
}

Result<Head> read_head(Source& source) {
  std::array<std::uint8_t, kMagic.size() + 1> begin{};
  KURAMORI_CHECK(read_exactly(source, begin));
  if (as_text(ByteView(begin).first(kMagic.size())) != kMagic) return no_backup();
  if (begin.back() != kVersion)
    return not_understood("its format is version " + std::to_string(begin.back()));
  Head head;
  KURAMORI_CHECK(read_exactly(source, head.id));
  std::array<std::uint8_t, 2> length{};
  KURAMORI_CHECK(read_exactly(source, length));
  const std::uint64_t octets = number_from(length);
  if (octets > kWrappedKeyBytesMax) return damaged("its head has an impossible length");
  head.wrapped_key.resize(octets);
  KURAMORI_CHECK(read_exactly(source, head.wrapped_key));
  return head;
}

crypto::SecretKey key_of(const Head& head, const crypto::SecretKey& organisation) {
  return crypto::derive_key(organisation, "backup " + text::to_hex(head.id));
}

std::string place_of(const Head& head) {
  return "backup|" + text::to_hex(crypto::sha256(write_head(head)));
}

TableShape shape_of(const storage::Table& table) {
  return {.name = table.name, .columns = table.columns, .key_columns = table.key_columns};
}

std::string to_text(const TableShape& shape) {
  json::Array columns;
  for (const storage::Column& column : shape.columns) {
    columns.emplace_back(json::Object{{"name", column.name},
                                      {"type", kTypes[static_cast<std::size_t>(column.type)]},
                                      {"nullable", column.nullable == storage::Nullable::Yes}});
  }
  json::Object object{{"name", shape.name}, {"key_columns", static_cast<std::int64_t>(shape.key_columns)}};
  object["columns"] = std::move(columns);
  return json::serialize(object);
}

Result<TableShape> shape_from(std::string_view text) {
  const Error bad = not_understood("a table is not described as it should be");
  const auto object = json::parse_object(text);
  if (!object) return bad;
  TableShape shape{.name = std::string(json::string_or(*object, "name", ""))};
  const json::Array* columns = json::array_at(*object, "columns");
  const std::int64_t key_columns = json::integer_or(*object, "key_columns", 0);
  if (shape.name.empty() || columns == nullptr || columns->size() > kColumnsMax) return bad;
  for (const json::Value& value : *columns) {
    const json::Object* column = value.if_object();
    if (column == nullptr) return bad;
    const auto type = std::ranges::find(kTypes, json::string_or(*column, "type", ""));
    if (type == kTypes.end()) return bad;
    shape.columns.push_back({.name = std::string(json::string_or(*column, "name", "")),
                             .type = static_cast<storage::ColumnType>(type - kTypes.begin()),
                             .nullable = json::bool_or(*column, "nullable", false) ? storage::Nullable::Yes
                                                                                   : storage::Nullable::No});
  }
  if (key_columns < 1 || static_cast<std::size_t>(key_columns) > shape.columns.size()) return bad;
  shape.key_columns = static_cast<std::size_t>(key_columns);
  return shape;
}

void append_row(Bytes& into, const storage::Row& row) {
  for (const storage::Value& value : row) std::visit(ValueWriter{into}, value);
}

Result<storage::Row> row_from(ByteView octets, const TableShape& shape) {
  storage::Row row;
  row.reserve(shape.columns.size());
  for (const storage::Column& column : shape.columns) {
    auto value = take_value(octets, column);
    if (!value) return bad_row(shape);
    row.push_back(*std::move(value));
  }
  if (!octets.empty()) return bad_row(shape);
  return row;
}

}  // namespace kuramori::backup
