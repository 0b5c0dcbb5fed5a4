#include "audit/export.hpp"

#include <algorithm>
#include <optional>

#include "audit/person_keys.hpp"
#include "audit/record_rows.hpp"

namespace kuramori::audit {
namespace {

// A chunk of the file ends at this many octets even when its entries are few and long.
constexpr std::size_t kChunkBytesMax = 4 * 1024 * 1024;

Result<SignedCheckpoint> newest_signed(storage::Snapshot& snapshot, const NoteKey& key) {
  KURAMORI_TRY(row, newest_checkpoint(snapshot));
  if (!row) return not_found("The record has no checkpoint yet.");
  return open_checkpoint(row->note, key);
}

class Exporter {
 public:
  Exporter(storage::KeyRing& keys, const NoteSigner& signer, ExportRequest request)
      : keys_(keys), signer_(signer), request_(std::move(request)), writer_(request_.format) {}

  // The first lines.
  Result<std::string> begin(storage::Snapshot& snapshot) {
    KURAMORI_TRY(checkpoint, newest_signed(snapshot, signer_.public_key()));
    head_ = checkpoint.checkpoint.head;
    KURAMORI_CHECK(find_range(snapshot));
    if (request_.personal == PersonalDetail::Include) {
      KURAMORI_TRY(people, PersonDirectory::load(snapshot, keys_));
      people_.emplace(std::move(people));
    }
    std::string lines = writer_.start();
    if (!lines.empty()) chain_.add(lines);
    const std::string header =
        writer_.header({std::move(checkpoint.note), signer_.public_key().to_string(), range_});
    chain_.add(header);
    return lines + header;
  }

  bool done() const { return next_ >= range_.first + range_.count; }

  Result<std::string> chunk(storage::Snapshot& snapshot) {
    now_ = &snapshot;
    std::string lines;
    std::size_t entries = 0;
    Result<void> failed;
    const std::uint64_t end = range_.first + range_.count;
    const auto visit = [&](storage::Row&& row) {
      EntryRow entry = to_entry(std::move(row));
      if (entry.index >= end) {
        next_ = end;
        return false;
      }
      next_ = entry.index + 1;
      failed = append(lines, entry);
      return failed.has_value() && ++entries < request_.entries_per_snapshot && lines.size() < kChunkBytesMax;
    };
    const std::uint64_t before = next_;
    Result<void> read = snapshot.for_each(entries_from(next_, request_.entries_per_snapshot), visit);
    now_ = nullptr;
    if (!read) return std::move(read).error();
    if (!failed) return std::move(failed).error();
    if (next_ == before)
      next_ = end;  // the rest is gone from the store; the verification of the file will name it
    if (request_.progress) request_.progress(next_ - range_.first, range_.count);
    return lines;
  }

  std::string end() const {
    return writer_.end({signer_.sign(export_end_text(signer_.public_key().name, range_, chain_.hash()))});
  }
  const ExportRange& range() const { return range_; }

 private:
  // The index by time finds the range; its least and greatest number are the first and the last entry.
  Result<void> find_range(storage::Snapshot& snapshot) {
    range_.from_ms = to_unix_ms(request_.from);
    range_.to_ms = to_unix_ms(request_.to);
    storage::Scan scan;
    scan.table = &kRecordEntries;
    scan.index = &kRecordEntries.indexes.front();
    scan.from = storage::Value(range_.from_ms);
    scan.below = storage::Value(range_.to_ms);
    scan.limit = kUnlimited;
    std::optional<std::uint64_t> first;
    std::uint64_t last = 0;
    const auto visit = [&](storage::Row&& row) {
      const auto index = static_cast<std::uint64_t>(storage::integer(row[entry_column::Index]));
      if (index >= head_.size) return true;
      first = std::min(first.value_or(index), index);
      last = std::max(last, index);
      return true;
    };
    KURAMORI_CHECK(snapshot.for_each(scan, visit));
    if (first) {
      range_.first = *first;
      range_.count = last - *first + 1;
    }
    next_ = range_.first;
    return {};
  }

  Result<void> append(std::string& lines, EntryRow& row) {
    ExportEntry entry;
    entry.index = row.index;
    entry.leaf = leaf_hash(row.bytes);
    entry.entry = as_text(row.bytes);
    KURAMORI_TRY(proof, inclusion_proof(tiles_, row.index, head_.size));
    entry.proof = std::move(proof);
    name_person(entry);
    const std::string line = writer_.entry(entry);
    chain_.add(line);
    lines += line;
    return {};
  }

  void name_person(ExportEntry& entry) const {
    const Result<StoredEntry> stored = parse_entry(as_bytes(entry.entry));
    if (!stored) {
      entry.person = PersonState::Unreadable;
    } else if (stored->sealed.empty()) {
      entry.person = PersonState::None;
    } else if (!people_) {
      entry.person = PersonState::Withheld;
    } else {
      const PersonDirectory::Person* person = people_->find(stored->subject);
      const bool system = stored->subject == kSystemSubject;
      entry.person = person == nullptr && !system ? PersonState::Erased : PersonState::Unreadable;
      if (entry.person == PersonState::Erased) return;
      auto personal = open_personal(*stored, system ? people_->system_sealing() : person->sealing);
      if (!personal) return;
      entry.person = PersonState::Named;
      entry.personal = *std::move(personal);
    }
  }

  storage::KeyRing& keys_;
  const NoteSigner& signer_;
  ExportRequest request_;
  ExportWriter writer_;
  TreeHead head_;
  ExportRange range_;
  std::uint64_t next_ = 0;
  LineChain chain_;
  std::optional<PersonDirectory> people_;
  storage::Snapshot* now_ = nullptr;  // during a chunk
  TileReader tiles_{[this](unsigned level, std::uint64_t index) { return tiles_of(*now_)(level, index); }};
};

}  // namespace

Result<ExportRange> export_record(storage::Reader& reader, storage::KeyRing& keys, const NoteSigner& signer,
                                  ExportRequest request, const ExportSink& sink) {
  if (request.from >= request.to) return invalid_argument("The range of an export ends after it begins.");
  Exporter exporter(keys, signer, std::move(request));
  const auto begin = [&](storage::Snapshot& snapshot) { return exporter.begin(snapshot); };
  KURAMORI_TRY(header, reader.read_blocking(begin));
  KURAMORI_CHECK(sink(header));
  while (!exporter.done()) {
    const auto chunk = [&](storage::Snapshot& snapshot) { return exporter.chunk(snapshot); };
    KURAMORI_TRY(lines, reader.read_blocking(chunk));
    KURAMORI_CHECK(sink(lines));
  }
  KURAMORI_CHECK(sink(exporter.end()));
  return exporter.range();
}

Result<std::string> prove_entry(storage::Reader& reader, const NoteKey& key, std::uint64_t index) {
  const auto query = [&](storage::Snapshot& snapshot) -> Result<std::string> {
    KURAMORI_TRY(checkpoint, newest_signed(snapshot, key));
    const TreeHead& head = checkpoint.checkpoint.head;
    if (index >= head.size) return not_found("No checkpoint covers that entry.");
    KURAMORI_TRY(row, read_entry(snapshot, index));
    if (!row) return not_found("That entry has expired.");
    TileReader tiles(tiles_of(snapshot));
    KURAMORI_TRY(proof, inclusion_proof(tiles, index, head.size));
    ExportProof result;
    result.header.checkpoint = std::move(checkpoint.note);
    result.header.key = key.to_string();
    result.entry.index = index;
    result.entry.entry = as_text(row->bytes);
    result.entry.leaf = leaf_hash(row->bytes);
    result.entry.proof = std::move(proof);
    return write_proof(result);
  };
  return reader.read_blocking(query);
}

}  // namespace kuramori::audit
