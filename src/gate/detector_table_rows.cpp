#include "gate/detector_table_rows.hpp"

#include <array>

#include "json/json.hpp"

namespace kuramori::gate {

using storage::ColumnType;

const storage::Table kDetectorTables{.name = "detector_tables",
                                     .columns = {{"name", ColumnType::Text},
                                                 {"kind", ColumnType::Text},
                                                 {"version", ColumnType::Integer},
                                                 {"generation", ColumnType::Integer},
                                                 {"parts", ColumnType::Integer},
                                                 {"about", ColumnType::Blob},
                                                 {"created_ms", ColumnType::Integer},
                                                 {"created_by", ColumnType::Text}},
                                     .key_columns = 1};

const storage::Table kDetectorTableParts{.name = "detector_table_parts",
                                         .columns = {{"name", ColumnType::Text},
                                                     {"generation", ColumnType::Integer},
                                                     {"part", ColumnType::Integer},
                                                     {"sealed", ColumnType::Blob}},
                                         .key_columns = 3,
                                         .indexes = {},
                                         .rows = storage::Rows::Large};

std::span<const storage::Table* const> detector_table_tables() {
  static constexpr std::array<const storage::Table*, 2> kAll{&kDetectorTables, &kDetectorTableParts};
  return kAll;
}

std::string_view to_string(DetectorTable::Kind kind) {
  return kind == DetectorTable::Kind::Table ? "table" : "documents";
}

namespace detail {

namespace {

enum TableColumn : std::uint8_t { kName, kKind, kVersion, kGeneration, kParts, kAbout, kCreated, kCreatedBy };
constexpr std::size_t kPartColumnSealed = 3;
constexpr std::size_t kPartBytes = std::size_t{256} << 10;
constexpr std::size_t kAboutBytesMax = std::size_t{4} << 20;

std::string place_of(std::string_view what, const std::string& name, std::int64_t generation,
                     std::size_t part = 0) {
  std::string place("detector_tables.");
  place.append(what).append(1, '\0').append(name).append(1, '\0').append(std::to_string(generation));
  return place.append(1, '\0').append(std::to_string(part));
}

crypto::SecretKey sealing_key(const crypto::SecretKey& key) {
  return crypto::derive_key(key, "detector table");
}

}  // namespace

std::string key_owner(std::string_view name, std::int64_t generation) {
  return "detector table " + std::string(name) + " " + std::to_string(generation);
}

crypto::ShortHash hash_of(const crypto::SecretKey& key) {
  return crypto::ShortHash(crypto::derive_key(key, "detector table hashes"));
}

storage::Row table_row(const crypto::SecretKey& key, const DetectorTable& about, std::int64_t generation,
                       std::size_t parts, Random& random) {
  json::Array names;
  for (const std::string& part : about.parts) names.emplace_back(part);
  const std::string told = json::serialize(
      json::Object{{"rows", about.rows}, {"hashes", about.hashes}, {"parts", std::move(names)}});
  const std::string place = place_of("about", about.name, generation);
  return {about.name,
          std::string(to_string(about.kind)),
          about.version,
          generation,
          static_cast<std::int64_t>(parts),
          crypto::seal(sealing_key(key), as_bytes(told), as_bytes(place), random),
          to_unix_ms(about.created),
          about.created_by.str()};
}

Result<TableRow> table_of(const storage::Row& row) {
  TableRow table;
  table.about.name = storage::text(row[kName]);
  const std::string& kind = storage::text(row[kKind]);
  if (kind != "table" && kind != "documents") return corrupt("a table of detectors is of an unknown kind");
  table.about.kind = kind == "table" ? DetectorTable::Kind::Table : DetectorTable::Kind::Documents;
  table.about.version = storage::integer(row[kVersion]);
  table.about.created = from_unix_ms(storage::integer(row[kCreated]));
  table.about.created_by = UserId(storage::text(row[kCreatedBy]));
  table.generation = storage::integer(row[kGeneration]);
  table.parts = storage::integer(row[kParts]);
  return table;
}

Result<void> open_about(const crypto::SecretKey& key, const storage::Row& row, TableRow& table) {
  const std::string place = place_of("about", table.about.name, table.generation);
  KURAMORI_TRY(plain, crypto::open(sealing_key(key), storage::blob(row[kAbout]), as_bytes(place)));
  KURAMORI_TRY(told, json::parse_object(as_text(plain), {.bytes_max = kAboutBytesMax}));
  table.about.rows = json::integer_or(told, "rows", 0);
  table.about.hashes = json::integer_or(told, "hashes", 0);
  const json::Array* names = json::array_at(told, "parts");
  if (names == nullptr) return corrupt("what is told of a table of detectors");
  for (const json::Value& name : *names) {
    if (name.is_string()) table.about.parts.emplace_back(json::view(name.get_string()));
  }
  return {};
}

std::size_t part_count(const Bytes& content) {
  return (content.size() + kPartBytes - 1) / kPartBytes;
}

storage::Row part_row(const crypto::SecretKey& key, const TableRow& table, const Bytes& content,
                      std::size_t part, Random& random) {
  const std::size_t from = part * kPartBytes;
  const ByteView piece = ByteView(content).subspan(from, std::min(kPartBytes, content.size() - from));
  const std::string place = place_of("part", table.about.name, table.generation, part);
  return {table.about.name, table.generation, static_cast<std::int64_t>(part),
          crypto::seal(sealing_key(key), piece, as_bytes(place), random)};
}

Result<Bytes> read_parts(storage::Snapshot& snapshot, const crypto::SecretKey& key, const TableRow& table) {
  const crypto::SecretKey opening = sealing_key(key);
  Bytes content;
  for (std::int64_t part = 0; part < table.parts; ++part) {
    KURAMORI_TRY(row, snapshot.get(kDetectorTableParts, {table.about.name, table.generation, part}));
    if (!row) return corrupt("a part of a table of detectors is missing");
    const std::string place =
        place_of("part", table.about.name, table.generation, static_cast<std::size_t>(part));
    KURAMORI_TRY(piece, crypto::open(opening, storage::blob((*row)[kPartColumnSealed]), as_bytes(place)));
    content.insert(content.end(), piece.begin(), piece.end());
  }
  return content;
}

}  // namespace detail

}  // namespace kuramori::gate
