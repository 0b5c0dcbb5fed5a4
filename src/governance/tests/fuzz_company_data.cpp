// A table of any octets is read in pieces within bounds, and what it holds can be looked for; the built-in
// detectors and the fingerprints take any text.
#include <bit>
#include <cstdint>

#include "base/text.hpp"
#include "governance/built_in_detection.hpp"
#include "governance/company_data.hpp"
#include "governance/document_fingerprints.hpp"
#include "governance/exact_data_match.hpp"
#include "governance/normalise.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kuramori;
  using namespace kuramori::governance;
  if (size < 2 || size > 16'384) return 0;
  static const crypto::ShortHash hash(crypto::SecretKey(std::array<std::uint8_t, 32>{1, 2, 3}));
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  ExactDataImport import(hash, {.rows_max = 200, .columns_max = 4, .field_bytes_max = 64});
  const std::size_t piece = 1 + data[0] % 16;
  for (std::size_t at = 0; at < size; at += piece) import.feed(input.substr(at, piece));
  const auto table = import.finish();
  const std::string text = normalised(input);
  // Any octets as what is stored; and what is stored is what it was.
  const ByteView octets(data, size);
  if (const auto read = decode_table(hash, octets)) static_cast<void>(encode(*read));
  if (const auto read = decode_set(hash, octets)) static_cast<void>(encode(*read));
  if (table) {
    const auto again = decode_table(hash, encode(*table));
    if (!again || again->columns() != table->columns() || again->values() != table->values())
      __builtin_trap();
    std::vector<ExactDataHit> hits;
    table->find(text, {.characters = 50}, 10, hits);
    for (const ExactDataHit& hit : hits) {
      if (hit.begin >= hit.end || hit.end > text.size() || std::popcount(hit.columns) < 2) __builtin_trap();
    }
  }
  static const BuiltInDetection detection(kAllDetectors);
  std::vector<Candidate> found;
  if (!detection.find(text, found)) __builtin_trap();
  for (const Candidate& candidate : found) {
    if (candidate.begin >= candidate.end || candidate.end > text.size()) __builtin_trap();
    if (reasons_text(candidate).empty()) __builtin_trap();
  }
  DocumentFingerprints documents(hash);
  if (documents.add("one", text).has_value()) {
    documents.seal();
    // A document is found in itself.
    const auto matches = documents.find(text);
    const auto again = decode_set(hash, encode(documents));
    if (!again || again->entries() != documents.entries()) __builtin_trap();
    if (matches.size() != 1 || matches[0].share < 0.999) __builtin_trap();
  }
  return 0;
}
