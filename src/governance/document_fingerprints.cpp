#include "governance/document_fingerprints.hpp"

#include <algorithm>
#include <bit>
#include <map>
#include <set>

#include "governance/characters.hpp"

namespace kuramori::governance {

namespace {

// So many documents that share one passage: it is a form, a footer, a common phrase.
constexpr std::size_t kDocumentsOfPrintMax = 100;

// Letters, digits and whatever is not ASCII, besides the punctuation of East Asia.
struct Essence {
  std::string octets;
  std::vector<std::uint32_t> places;  // of each octet in the text
};
Essence essence_of(std::string_view text) {
  Essence essence;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const std::string_view three = text.substr(i, 3);
    // U+2000 to U+206F and U+3000 to U+303F
    const bool punctuation =
        (three.starts_with("\xE2\x80") || three.starts_with("\xE2\x81") || three.starts_with("\xE3\x80")) &&
        three.size() == 3;
    if (punctuation) {
      i += 2;
    } else if (is_alphanumeric(c) || static_cast<unsigned char>(c) >= 0x80) {
      essence.octets.push_back(lower(c));
      essence.places.push_back(static_cast<std::uint32_t>(i));
    }
  }
  return essence;
}

}  // namespace

DocumentFingerprints::DocumentFingerprints(const crypto::ShortHash& hash, Limits limits) : limits_(limits) {
  for (std::size_t octet = 0; octet < words_.size(); ++octet)
    words_[octet] = hash("octet " + std::to_string(octet));
}

DocumentFingerprints::DocumentFingerprints(const crypto::ShortHash& hash, std::vector<Document> documents,
                                           std::vector<Entry> entries)
    : DocumentFingerprints(hash) {
  documents_ = std::move(documents);
  entries_ = std::move(entries);
  seal();
}

std::vector<DocumentFingerprints::Print> DocumentFingerprints::prints_of(std::string_view text) const {
  const Essence essence = essence_of(text);
  std::vector<Print> prints;
  if (essence.octets.size() < kShingleOctets) return prints;
  const auto word = [&](std::size_t i) { return words_[static_cast<unsigned char>(essence.octets[i])]; };
  const std::size_t shingles = essence.octets.size() - kShingleOctets + 1;
  // Cyclic polynomial: each octet's word turned by its age.
  std::vector<std::uint64_t> hashes(shingles);
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < kShingleOctets; ++i) hash = std::rotl(hash, 1) ^ word(i);
  hashes[0] = hash;
  for (std::size_t i = 1; i < shingles; ++i) {
    hash = std::rotl(hash, 1) ^ std::rotl(word(i - 1), kShingleOctets) ^ word(i + kShingleOctets - 1);
    hashes[i] = hash;
  }
  const auto take = [&](std::size_t at) {
    prints.push_back({hashes[at], essence.places[at], essence.places[at + kShingleOctets - 1] + 1});
  };
  // Of each window the smallest hash, the last of equals; each place once.
  std::size_t smallest = shingles;
  for (std::size_t end = std::min(kWindow, shingles); end <= shingles; ++end) {
    const std::size_t begin = end > kWindow ? end - kWindow : 0;
    if (smallest >= begin && smallest < end) {
      if (hashes[end - 1] > hashes[smallest]) continue;
      smallest = end - 1;
    } else {
      smallest = begin;
      for (std::size_t i = begin + 1; i < end; ++i) {
        if (hashes[i] <= hashes[smallest]) smallest = i;
      }
    }
    take(smallest);
  }
  return prints;
}

Result<void> DocumentFingerprints::add(std::string document, std::string_view text) {
  if (documents_.size() >= limits_.documents_max)
    return Error(ErrorCode::TooLarge, "M_TOO_LARGE", "There are too many documents.");
  if (text.size() > limits_.document_bytes_max)
    return Error(ErrorCode::TooLarge, "M_TOO_LARGE", "The document is too large.");
  std::set<std::uint64_t> distinct;
  for (const Print& print : prints_of(text)) distinct.insert(print.hash);
  if (distinct.size() < 3) return invalid_argument("The document is too short to be recognised.");
  if (entries_.size() + distinct.size() > limits_.fingerprints_max) {
    return Error(ErrorCode::TooLarge, "M_TOO_LARGE", "The documents have too many fingerprints together.");
  }
  const auto index = static_cast<std::uint32_t>(documents_.size());
  for (const std::uint64_t hash : distinct) entries_.push_back({hash, index});
  documents_.push_back({std::move(document), static_cast<std::uint32_t>(distinct.size())});
  return {};
}

void DocumentFingerprints::seal() {
  std::ranges::sort(entries_);
}

std::vector<DocumentMatch> DocumentFingerprints::find(std::string_view text, std::uint32_t shared_min) const {
  struct Shared {
    std::uint32_t count = 0;
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
  };
  std::map<std::uint32_t, Shared> shared;
  std::set<std::uint64_t> seen;
  if (entries_.empty()) return {};
  for (const Print& print : prints_of(text)) {
    const auto found = std::ranges::equal_range(entries_, print.hash, {}, &Entry::hash);
    if (found.empty() || found.size() > kDocumentsOfPrintMax) continue;
    const bool fresh = seen.insert(print.hash).second;
    for (const Entry& entry : found) {
      Shared& of_document = shared[entry.document];
      if (of_document.count == 0) of_document.begin = print.begin;
      of_document.count += fresh ? 1 : 0;
      of_document.end = std::max(of_document.end, print.end);
    }
  }
  std::vector<DocumentMatch> matches;
  for (const auto& [document, of_document] : shared) {
    const Document& known = documents_[document];
    if (of_document.count < std::min(shared_min, known.fingerprints)) continue;
    matches.push_back({known.name, of_document.count,
                       static_cast<double>(of_document.count) / static_cast<double>(known.fingerprints),
                       of_document.begin, of_document.end});
  }
  std::ranges::sort(matches, std::greater{}, &DocumentMatch::shared);
  return matches;
}

}  // namespace kuramori::governance
