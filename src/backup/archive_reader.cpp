#include "backup/archive_reader.hpp"

#include "backup/chunks.hpp"
#include "backup/errors.hpp"
#include "crypto/key_tree.hpp"
#include "storage/blob_store.hpp"

namespace kuramori::backup {
namespace {

constexpr std::string_view kOrganisationOwner = "organisation";
constexpr std::size_t kFileHeadBytes = 8;

Error wrong_root() {
  return {
      ErrorCode::Unauthenticated, "KURAMORI_WRONG_ROOT_KEY",
      "The root key in the key file is not the one that this backup was made under, or the beginning of the "
      "backup was altered. Put the key file in place that belongs to the organisation, from where it is "
      "kept apart from the backups."};
}

class Reading {
 public:
  Reading(ChunkReader& chunks, Visitor& visitor) : chunks_(chunks), visitor_(visitor) {}

  Result<Summary> run() {
    while (!has_ended_) KURAMORI_CHECK(next());
    KURAMORI_CHECK(chunks_.expect_end());
    if (said_ != summary_.contents) return damaged("there is not in it what it says");
    return summary_;
  }

 private:
  Result<void> next() {
    std::array<std::uint8_t, kEntryHeadBytes> head{};
    KURAMORI_CHECK(chunks_.read(head));
    const std::uint64_t length = number_from(ByteView(head).subspan(1));
    if (length > kEntryBytesMax) return not_understood("something in it is too large");
    payload_.clear();
    KURAMORI_CHECK(chunks_.append_to(payload_, length));
    const auto kind = static_cast<EntryKind>(head[0]);
    const bool has_begun = !summary_.origin.server.empty();
    if (has_begun == (kind == EntryKind::Start)) return not_understood("it does not begin as it should");
    switch (kind) {
      case EntryKind::Start:
        return start();
      case EntryKind::Table:
        return table();
      case EntryKind::Row:
        return row();
      case EntryKind::File:
        return file();
      case EntryKind::End:
        has_ended_ = true;
        return read_end(as_text(payload_), said_, summary_.left_out);
    }
    return not_understood("there is something in it that this version does not know");
  }

  Result<void> start() {
    KURAMORI_TRY(origin, origin_from(as_text(payload_)));
    summary_.origin = std::move(origin);
    return visitor_.begin(summary_.origin);
  }

  Result<void> table() {
    KURAMORI_TRY(shape, shape_from(as_text(payload_)));
    shape_ = std::move(shape);
    const auto [rows, is_new] = summary_.contents.rows.try_emplace(shape_.name, 0);
    if (!is_new) return not_understood("table " + shape_.name + " is in it twice");
    rows_ = &rows->second;
    return visitor_.table(shape_);
  }

  Result<void> row() {
    if (rows_ == nullptr) return not_understood("a row belongs to no table");
    KURAMORI_TRY(row, row_from(payload_, shape_));
    ++*rows_;
    return visitor_.row(std::move(row));
  }

  Result<void> file() {
    if (payload_.size() < kFileHeadBytes) return not_understood("a file has no name");
    const std::uint64_t octets = number_from(ByteView(payload_).first(kFileHeadBytes));
    const std::string name(as_text(ByteView(payload_).subspan(kFileHeadBytes)));
    if (!storage::is_blob_name(name)) return not_understood("a file has no name");
    if (octets > INT64_MAX) return not_understood("a file is too large");
    KURAMORI_CHECK(visitor_.file(name, octets));
    for (std::uint64_t left = octets; left > 0;) {
      KURAMORI_TRY(part, chunks_.some(left));
      KURAMORI_CHECK(visitor_.part(part));
      left -= part.size();
    }
    ++summary_.contents.files;
    summary_.contents.file_octets += static_cast<std::int64_t>(octets);
    return visitor_.file_end();
  }

  ChunkReader& chunks_;
  Visitor& visitor_;
  Summary summary_;
  Contents said_;
  TableShape shape_;
  std::int64_t* rows_ = nullptr;
  Bytes payload_;
  bool has_ended_ = false;
};

class Nothing final : public Visitor {
 public:
  Result<void> begin(const Origin&) override { return {}; }
  Result<void> table(const TableShape&) override { return {}; }
  Result<void> row(storage::Row) override { return {}; }
  Result<void> file(std::string_view, std::uint64_t) override { return {}; }
  Result<void> part(ByteView) override { return {}; }
  Result<void> file_end() override { return {}; }
};

}  // namespace

Result<Summary> read_archive(Source& source, const crypto::SecretKey& root, Visitor& visitor) {
  KURAMORI_TRY(head, read_head(source));
  const auto organisation =
      crypto::unwrap_key(root, head.wrapped_key, crypto::KeyScope::Organisation, kOrganisationOwner);
  if (!organisation) return wrong_root();
  ChunkReader chunks(source, key_of(head, *organisation), place_of(head));
  return Reading(chunks, visitor).run();
}

Result<Summary> check_archive(Source& source, const crypto::SecretKey& root) {
  Nothing nothing;
  return read_archive(source, root, nothing);
}

}  // namespace kuramori::backup
