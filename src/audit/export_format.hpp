// The lines of an export file, written and read. README.md describes them.
#pragma once
#include <istream>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "audit/entry_format.hpp"
#include "audit/merkle.hpp"
#include "base/clock.hpp"

namespace kuramori::audit {

enum class ExportFormat : std::uint8_t { JsonLines, Csv };
constexpr std::int64_t kExportVersion = 1;
// An entry, its personal part, a proof of 64 hashes; everything escaped.
constexpr std::size_t kExportLineMax = 2 * 1024 * 1024;

struct ExportRange {
  std::int64_t from_ms = 0;
  std::int64_t to_ms = 0;
  std::uint64_t first = 0;  // the first entry; 0 when there is none
  std::uint64_t count = 0;  // how many indexes the range spans
  friend bool operator==(const ExportRange&, const ExportRange&) = default;
};

struct ExportHeader {
  std::string checkpoint;  // the signed note that the proofs lead to
  std::string key;         // NoteKey::to_string
  ExportRange range;
};

// Named: `personal` holds it. Erased: the person's key was destroyed. None: nothing personal was recorded.
enum class PersonState : std::uint8_t { Named, Erased, Withheld, Unreadable, None };
std::string_view to_string(PersonState state);

struct ExportEntry {
  std::uint64_t index = 0;
  std::string entry;  // as stored
  Hash leaf{};
  Proof proof;
  PersonState person = PersonState::None;
  json::Object personal;
  bool columns_agree = true;  // of a CSV row read: the readable columns say what the entry says
};

// The last line: signed over everything before it.
struct ExportEnd {
  std::string note;
};
std::string export_end_text(std::string_view origin, const ExportRange& range, const Hash& chain);

// A hash over lines, so that one signature covers a file that is never in memory.
class LineChain {
 public:
  void add(std::string_view line);  // with its line end
  const Hash& hash() const { return hash_; }

 private:
  Hash hash_{};
};

// Each with its line end.
class ExportWriter {
 public:
  explicit ExportWriter(ExportFormat format) : format_(format) {}
  std::string start() const;  // of the file: the names of the columns in CSV
  std::string header(const ExportHeader& header) const;
  std::string entry(const ExportEntry& entry) const;
  std::string end(const ExportEnd& end) const;

 private:
  std::string row(std::string_view type, std::string_view content) const;
  ExportFormat format_;
};
// The fields of an entry's row in CSV.
std::vector<std::string> csv_fields(const ExportEntry& entry);

struct ExportProof {
  ExportHeader header;
  ExportEntry entry;
};
// One entry with its proof and checkpoint, complete in itself.
std::string write_proof(const ExportProof& proof);

using ExportLine = std::variant<ExportHeader, ExportEntry, ExportEnd, ExportProof>;

// Reads records one by one, in constant memory.
class ExportReader {
 public:
  explicit ExportReader(std::istream& in) : in_(in) {}
  struct Raw {
    std::string text;  // with its line end
    std::uint64_t line = 0;
  };
  // Nothing at the end of the file; TooLarge for a line over the limit.
  Result<std::optional<Raw>> next();
  // InvalidArgument when it is not a line of an export. Nothing for the names of the columns.
  Result<std::optional<ExportLine>> parse(const Raw& raw) const;

 private:
  std::istream& in_;
  std::optional<ExportFormat> format_;
  std::uint64_t line_ = 0;
};

}  // namespace kuramori::audit
