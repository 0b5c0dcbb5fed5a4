// Verifies an export file, or the proof of one entry, with nothing but the file and the log's public key.
// Constant memory.
//
//   auto report = verify_file("entries.jsonl", {.trusted = NoteKey::parse(key_from_elsewhere)});
//
// Without a trusted key the file is verified against the key that it names itself: that shows that it is
// whole, not who made it, and `key_trusted` says so.
#pragma once
#include <filesystem>
#include <functional>
#include <istream>
#include <optional>

#include "audit/checkpoint.hpp"
#include "audit/export_format.hpp"
#include "audit/finding.hpp"

namespace kuramori::audit {

struct FileVerification {
  std::optional<NoteKey> trusted;
  std::function<void(std::uint64_t entries)> progress;  // every few thousand
};

struct FileReport {
  bool intact() const { return findings.empty(); }

  bool key_trusted = false;
  std::optional<NoteKey> key;
  std::optional<Checkpoint> checkpoint;
  ExportRange range;
  std::uint64_t entries = 0;
  Findings findings{kFindingsMax};
};

// An error only when the file cannot be read at all.
Result<FileReport> verify_file(const std::filesystem::path& file, FileVerification options);
Result<FileReport> verify_stream(std::istream& in, FileVerification options);

}  // namespace kuramori::audit
