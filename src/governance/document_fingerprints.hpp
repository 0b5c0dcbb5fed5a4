// Fingerprints of documents that must not leave: finds how much of a document stands in a text, pasted or
// retyped with small changes.
//
//   DocumentFingerprints documents(crypto::ShortHash(key));
//   documents.add("merger plan", normalised(text));
//   documents.seal();
//   for (const DocumentMatch& match : documents.find(normalised(message))) …  // match.share of
//   match.document
//
// Winnowing (Schleimer, Wilkerson, Aiken 2003): keyed rolling hashes of all shingles of letters and digits,
// without spaces, punctuation and case; of each window the smallest is kept. A passage of kPassageOctets (39
// letters, 13 Chinese characters) or more that both share is always found. Holds hashes, no text; without the
// key they say nothing. Immutable after seal().
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "crypto/short_hash.hpp"

namespace kuramori::governance {

struct DocumentMatch {
  std::string document;
  std::uint32_t shared;  // fingerprints of the document that stand in the text
  double share;          // of all fingerprints of the document
  std::uint32_t begin;   // octets of the text, from the first to the last that is shared
  std::uint32_t end;
};

class DocumentFingerprints {
 public:
  static constexpr std::size_t kShingleOctets = 24;
  static constexpr std::size_t kWindow = 16;
  static constexpr std::size_t kPassageOctets = kShingleOctets + kWindow - 1;

  struct Limits {
    std::size_t documents_max = 10'000;
    std::size_t document_bytes_max = 16 * 1024 * 1024;
    std::size_t fingerprints_max = 20'000'000;  // over all documents
  };

  struct Entry {
    std::uint64_t hash;
    std::uint32_t document;
    auto operator<=>(const Entry&) const = default;
  };
  struct Document {
    std::string name;
    std::uint32_t fingerprints;
  };

  explicit DocumentFingerprints(const crypto::ShortHash& hash) : DocumentFingerprints(hash, Limits()) {}
  DocumentFingerprints(const crypto::ShortHash& hash, Limits limits);
  // As it was stored; sealed.
  DocumentFingerprints(const crypto::ShortHash& hash, std::vector<Document> documents,
                       std::vector<Entry> entries);

  // An error when it is too short to be recognised, or beyond the limits.
  Result<void> add(std::string document, std::string_view normalised_text);
  void seal();

  // Documents of which at least `shared_min` fingerprints stand in the text, the one with most first.
  std::vector<DocumentMatch> find(std::string_view normalised_text, std::uint32_t shared_min = 3) const;
  std::size_t fingerprints() const { return entries_.size(); }
  const std::vector<Document>& documents() const { return documents_; }
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  struct Print {
    std::uint64_t hash;
    std::uint32_t begin;  // octets of the text
    std::uint32_t end;
  };
  std::vector<Print> prints_of(std::string_view text) const;

  Limits limits_;
  std::array<std::uint64_t, 256> words_{};  // of each octet: secret, as the key is
  std::vector<Document> documents_;
  std::vector<Entry> entries_;  // sorted by seal()
};

}  // namespace kuramori::governance
