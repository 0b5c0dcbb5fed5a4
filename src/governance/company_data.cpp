#include "governance/company_data.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace kuramori::governance {

namespace {

constexpr std::uint32_t kTableForm = 0x4B'58'44'31;  // "KXD1"
constexpr std::uint32_t kSetForm = 0x4B'46'50'31;    // "KFP1"
constexpr std::size_t kNameBytesMax = 1024;

// Whole numbers with the lowest octet first.
template <class Number>
void put(Bytes& out, Number number) {
  for (std::size_t i = 0; i < sizeof(Number); ++i)
    out.push_back(static_cast<std::uint8_t>(static_cast<std::uint64_t>(number) >> (8 * i)));
}

void put_text(Bytes& out, std::string_view text) {
  put(out, static_cast<std::uint32_t>(text.size()));
  out.insert(out.end(), text.begin(), text.end());
}

// What is beyond the end reads as zero, and the reading has failed.
class StoredReading {
 public:
  explicit StoredReading(ByteView stored) : rest_(stored) {}

  template <class Number>
  Number take() {
    if (rest_.size() < sizeof(Number)) {
      failed_ = true;
      return 0;
    }
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < sizeof(Number); ++i) number |= std::uint64_t{rest_[i]} << (8 * i);
    rest_ = rest_.subspan(sizeof(Number));
    return static_cast<Number>(number);
  }
  std::string take_text() {
    const auto size = take<std::uint32_t>();
    if (size > kNameBytesMax || size > rest_.size()) {
      failed_ = true;
      return {};
    }
    std::string text(as_text(rest_.first(size)));
    rest_ = rest_.subspan(size);
    return text;
  }
  // A number of things of which each has so many octets at least.
  std::size_t take_count(std::size_t octets_each) {
    const auto count = take<std::uint64_t>();
    if (count > rest_.size() / octets_each) failed_ = true;
    return failed_ ? 0 : static_cast<std::size_t>(count);
  }
  bool is_done() const { return !failed_ && rest_.empty(); }
  bool failed() const { return failed_; }

 private:
  ByteView rest_;
  bool failed_ = false;
};

std::string quoted_list(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text.append(text.empty() ? "'" : ", '").append(name).append("'");
  return text;
}

std::string missing_of_table(const ExactDataUse& use, const CompanyData& data) {
  const auto found = data.tables.find(use.table);
  if (found == data.tables.end()) {
    return "names the table '" + use.table +
           "', which does not exist here; 'kuramori detectors import-table' makes it";
  }
  const std::vector<std::string>& columns = found->second->columns();
  for (const std::string& column : use.columns) {
    if (std::ranges::find(columns, column) == columns.end()) {
      return "names the column '" + column + "', which the table '" + use.table + "' does not have; it has " +
             quoted_list(columns);
    }
  }
  const std::size_t usable = use.columns.empty() ? columns.size() : use.columns.size();
  if (use.least > usable) {
    return "asks for " + std::to_string(use.least) + " columns of the table '" + use.table +
           "', and there are " + std::to_string(usable);
  }
  return {};
}

}  // namespace

std::string missing_of(const CustomDetector& detector, const CompanyData& data) {
  if (detector.exact_data) return missing_of_table(*detector.exact_data, data);
  if (detector.fingerprints && !data.sets.contains(detector.fingerprints->set)) {
    return "names the set of documents '" + detector.fingerprints->set +
           "', which does not exist here; 'kuramori detectors import-document' makes it";
  }
  return {};
}

std::vector<std::string> missing_of(const PolicyDocument& document, const CompanyData& data) {
  std::vector<std::string> all;
  for (const CustomDetector& detector : document.detectors) {
    if (std::string missing = missing_of(detector, data); !missing.empty())
      all.push_back("The detector '" + detector.id + "' " + missing + ".");
  }
  return all;
}

Bytes encode(const ExactDataMatch& table) {
  Bytes out;
  out.reserve(64 + table.entries().size() * 14);
  put(out, kTableForm);
  put(out, static_cast<std::uint32_t>(table.words_max()));
  put(out, static_cast<std::uint64_t>(table.columns().size()));
  for (const std::string& column : table.columns()) put_text(out, column);
  put(out, static_cast<std::uint64_t>(table.entries().size()));
  for (const ExactDataMatch::Entry& entry : table.entries()) {
    put(out, entry.hash);
    put(out, entry.row);
    put(out, entry.column);
  }
  return out;
}

Result<ExactDataMatch> decode_table(const crypto::ShortHash& hash, ByteView stored) {
  StoredReading reading(stored);
  const auto form = reading.take<std::uint32_t>();
  const auto words_max = reading.take<std::uint32_t>();
  std::vector<std::string> columns(std::min(reading.take_count(4), ExactDataMatch::kColumnsMax));
  for (std::string& column : columns) column = reading.take_text();
  std::vector<ExactDataMatch::Entry> entries(reading.take_count(14));
  bool is_sound = form == kTableForm && words_max <= ExactDataMatch::kWordsMax;
  for (ExactDataMatch::Entry& entry : entries) {
    entry.hash = reading.take<std::uint64_t>();
    entry.row = reading.take<std::uint32_t>();
    entry.column = reading.take<std::uint16_t>();
    is_sound = is_sound && entry.column < columns.size();
  }
  if (!is_sound || !reading.is_done()) return corrupt("a stored table of a detector is damaged");
  return ExactDataMatch(hash, std::move(columns), std::move(entries), words_max);
}

Bytes encode(const DocumentFingerprints& set) {
  Bytes out;
  out.reserve(64 + set.entries().size() * 12);
  put(out, kSetForm);
  put(out, static_cast<std::uint64_t>(set.documents().size()));
  for (const DocumentFingerprints::Document& document : set.documents()) {
    put_text(out, document.name);
    put(out, document.fingerprints);
  }
  put(out, static_cast<std::uint64_t>(set.entries().size()));
  for (const DocumentFingerprints::Entry& entry : set.entries()) {
    put(out, entry.hash);
    put(out, entry.document);
  }
  return out;
}

Result<DocumentFingerprints> decode_set(const crypto::ShortHash& hash, ByteView stored) {
  StoredReading reading(stored);
  bool is_sound = reading.take<std::uint32_t>() == kSetForm;
  std::vector<DocumentFingerprints::Document> documents(reading.take_count(8));
  for (DocumentFingerprints::Document& document : documents) {
    document.name = reading.take_text();
    document.fingerprints = reading.take<std::uint32_t>();
    is_sound = is_sound && document.fingerprints > 0;
  }
  std::vector<DocumentFingerprints::Entry> entries(reading.take_count(12));
  for (DocumentFingerprints::Entry& entry : entries) {
    entry.hash = reading.take<std::uint64_t>();
    entry.document = reading.take<std::uint32_t>();
    is_sound = is_sound && entry.document < documents.size();
  }
  if (!is_sound || !reading.is_done()) return corrupt("a stored set of documents of a detector is damaged");
  return DocumentFingerprints(hash, std::move(documents), std::move(entries));
}

}  // namespace kuramori::governance
