// Exports for outsiders: every entry of a time range with its inclusion proof, in a file whose last line is
// signed over the whole. `offline_verifier.hpp` checks it without a server. Constant memory; blocks: for a
// worker thread or the command line. Log::flush first, for only what a checkpoint covers is exported.
#pragma once
#include <functional>
#include <string>

#include "audit/export_format.hpp"
#include "audit/note.hpp"
#include "storage/key_ring.hpp"
#include "storage/store.hpp"

namespace kuramori::audit {

enum class PersonalDetail : bool { Withhold, Include };

struct ExportRequest {
  Timestamp from;  // inclusive
  Timestamp to;    // exclusive
  ExportFormat format = ExportFormat::JsonLines;
  PersonalDetail personal = PersonalDetail::Withhold;
  std::function<void(std::uint64_t done, std::uint64_t total)> progress;
  std::size_t entries_per_snapshot = 1024;
};

// Takes whole lines; an error ends the export.
using ExportSink = std::function<Result<void>(std::string_view lines)>;

// All entries from the first to the last of the range, in the order of the record: one that was committed a
// moment out of the order of time comes along, so that the numbers have no gaps.
Result<ExportRange> export_record(storage::Reader& reader, storage::KeyRing& keys, const NoteSigner& signer,
                                  ExportRequest request, const ExportSink& sink);

// A proof of one entry that stands for itself. NotFound when no checkpoint covers it, or it has expired.
Result<std::string> prove_entry(storage::Reader& reader, const NoteKey& key, std::uint64_t index);

}  // namespace kuramori::audit
