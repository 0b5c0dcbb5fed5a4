#include "audit/offline_verifier.hpp"

#include <algorithm>
#include <fstream>

namespace kuramori::audit {
namespace {

constexpr std::uint64_t kProgressEvery = 4096;
constexpr std::size_t kGapsMax = 10'000;

std::string entries_name(std::uint64_t first, std::uint64_t last) {
  return first == last ? "Entry " + std::to_string(first) + " is"
                       : "Entries " + std::to_string(first) + " to " + std::to_string(last) + " are";
}

class FileVerifier {
 public:
  explicit FileVerifier(FileVerification options) : options_(std::move(options)) {}

  // False when nothing further can be verified.
  bool take(const ExportReader::Raw& raw, Result<std::optional<ExportLine>> parsed) {
    line_ = raw.line;
    if (ended_) {
      found(FindingKind::Malformed, 0, 0, "There is something after the end of the export.");
      return false;
    }
    if (!parsed) {
      found(FindingKind::Malformed, next_, next_, parsed.error().message());
      chain_.add(raw.text);
      return parsed.error().code() != ErrorCode::Unsupported;
    }
    const std::optional<ExportLine>& line = *parsed;
    if (!line || !std::holds_alternative<ExportEnd>(*line)) chain_.add(raw.text);
    if (!line) return true;
    return std::visit([this](const auto& content) { return take_line(content); }, *line);
  }

  FileReport finish() {
    line_ = 0;
    if (!report_.checkpoint) {
      if (report_.findings.empty())
        found(FindingKind::Malformed, 0, 0, "This is not an export: it has no header.");
    } else if (!ended_) {
      found(FindingKind::Truncated, next_, report_.range.first + report_.range.count,
            "The export was cut off: its signed end is missing.");
    }
    return std::move(report_);
  }

 private:
  struct Gap {
    std::uint64_t first;
    std::uint64_t last;
  };

  void found(FindingKind kind, std::uint64_t first, std::uint64_t last, std::string text) {
    report_.findings.add(
        {.kind = kind, .first = first, .last = last, .line = line_, .text = std::move(text)});
  }

  bool open(const ExportHeader& header) {
    const Result<NoteKey> named = NoteKey::parse(header.key);
    if (!named) {
      found(FindingKind::Malformed, 0, 0, "The header names no key: " + named.error().message());
      return false;
    }
    report_.key = *named;
    report_.key_trusted = options_.trusted == *named;
    if (options_.trusted && !report_.key_trusted) {
      found(FindingKind::BadSignature, 0, 0,
            "This was made with the key " + named->to_string() + ", not with the trusted one.");
      return false;
    }
    const Result<SignedCheckpoint> opened = open_checkpoint(header.checkpoint, *named);
    if (!opened) {
      found(FindingKind::BadSignature, 0, 0, "The checkpoint: " + opened.error().message());
      return false;
    }
    report_.checkpoint = opened->checkpoint;
    return true;
  }

  bool take_line(const ExportHeader& header) {
    if (report_.checkpoint) {
      found(FindingKind::Malformed, 0, 0, "There is a second header.");
      return true;
    }
    if (!open(header)) return false;
    report_.range = header.range;
    next_ = header.range.first;
    after_last_ = next_;
    return true;
  }

  bool take_line(const ExportProof& proof) {
    if (report_.checkpoint || !open(proof.header)) {
      if (report_.checkpoint) found(FindingKind::Malformed, 0, 0, "A proof stands alone in its file.");
      return false;
    }
    verify_entry(proof.entry);
    report_.range = {0, 0, proof.entry.index, 1};
    ended_ = true;
    return true;
  }

  bool take_line(const ExportEntry& entry) {
    if (!report_.checkpoint) {
      found(FindingKind::Malformed, entry.index, entry.index,
            "The header is missing before the first entry.");
      return false;
    }
    place(entry.index);
    verify_entry(entry);
    if (options_.progress && report_.entries % kProgressEvery == 0) options_.progress(report_.entries);
    return true;
  }

  void verify_entry(const ExportEntry& entry) {
    ++report_.entries;
    const std::string name = "Entry " + std::to_string(entry.index);
    const Hash leaf = leaf_hash(as_bytes(entry.entry));
    if (leaf != entry.leaf) {
      found(FindingKind::Altered, entry.index, entry.index,
            name + " was altered: it does not have its hash.");
    } else if (!verify_inclusion(leaf, entry.index, report_.checkpoint->head, entry.proof)) {
      found(FindingKind::Altered, entry.index, entry.index,
            name + " was altered, renumbered or never recorded: its proof does not lead to the checkpoint.");
    } else if (!entry.columns_agree) {
      found(FindingKind::Altered, entry.index, entry.index,
            name + " was altered: its columns do not say what was recorded.");
    }
  }

  // The numbers follow each other. What is skipped is a gap until it turns up in another place.
  void place(std::uint64_t index) {
    const bool in_order = index == next_;
    next_ = index + 1;
    if (index >= after_last_) {
      if (index > after_last_ && gaps_.size() < kGapsMax) gaps_.push_back({after_last_, index - 1});
      after_last_ = index + 1;
      return;
    }
    const auto gap =
        std::ranges::find_if(gaps_, [index](const Gap& g) { return g.first <= index && index <= g.last; });
    if (gap == gaps_.end()) {
      found(FindingKind::Reordered, index, index,
            entries_name(index, index) + " out of place, or there twice.");
      return;
    }
    if (!in_order) found(FindingKind::Reordered, index, index, entries_name(index, index) + " out of order.");
    const Gap whole = *gap;
    gaps_.erase(gap);
    if (whole.first < index) gaps_.push_back({whole.first, index - 1});
    if (index < whole.last) gaps_.push_back({index + 1, whole.last});
  }

  bool take_line(const ExportEnd& end) {
    if (!report_.checkpoint) {
      found(FindingKind::Malformed, 0, 0, "The header is missing before the end.");
      return false;
    }
    ended_ = true;
    const std::uint64_t after = report_.range.first + report_.range.count;
    if (after_last_ < after) gaps_.push_back({after_last_, after - 1});
    std::ranges::sort(gaps_, {}, &Gap::first);
    for (const Gap& gap : gaps_) {
      found(FindingKind::Missing, gap.first, gap.last,
            entries_name(gap.first, gap.last) + " missing from the export.");
    }
    const Result<Note> note = parse_note(end.note);
    if (!note || !verify_note(*note, *report_.key)) {
      found(FindingKind::BadSignature, 0, 0,
            "The end of the export is not signed by " + report_.key->name + ".");
    } else if (note->text != export_end_text(report_.key->name, report_.range, chain_.hash())) {
      found(FindingKind::Inconsistent, 0, 0,
            "The file is not what was exported: a line was changed, removed, moved or added.");
    }
    return true;
  }

  FileVerification options_;
  FileReport report_;
  LineChain chain_;
  std::uint64_t line_ = 0;
  std::uint64_t next_ = 0;        // the number that follows the line before
  std::uint64_t after_last_ = 0;  // one more than the greatest number so far
  std::vector<Gap> gaps_;
  bool ended_ = false;
};

}  // namespace

Result<FileReport> verify_stream(std::istream& in, FileVerification options) {
  ExportReader reader(in);
  FileVerifier verifier(std::move(options));
  while (true) {
    Result<std::optional<ExportReader::Raw>> raw = reader.next();
    if (!raw && raw.error().code() != ErrorCode::TooLarge) return std::move(raw).error();
    if (!raw) {
      verifier.take({}, std::move(raw).error());
      break;
    }
    if (!*raw || !verifier.take(**raw, reader.parse(**raw))) break;
  }
  return verifier.finish();
}

Result<FileReport> verify_file(const std::filesystem::path& file, FileVerification options) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return not_found("The file cannot be opened: " + file.string() + ".");
  return verify_stream(in, std::move(options));
}

}  // namespace kuramori::audit
