// Chunks of the index, page tokens, queries and texts: nothing crashes, what is decoded encodes to the same,
// and every text answers a search for itself.
#include <algorithm>
#include <cstdlib>

#include "search/postings.hpp"
#include "search/query.hpp"
#include "search/terms.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kuramori;
  const ByteView octets(data, size);
  if (const auto postings = search::decode_chunk(octets)) {
    const bool is_sorted = std::ranges::is_sorted(*postings);
    if (is_sorted) {
      const auto again = search::decode_chunk(search::encode_chunk(*postings));
      if (!again || again->size() != postings->size()) std::abort();
    }
  }
  static_cast<void>(search::find_in_chunk(octets, {.first = 1, .last = ~search::Token{0} / 2, .exact = 7}));
  static_cast<void>(search::decode_positions(octets));
  const std::string_view text = as_text(octets);
  if (const auto cursor = search::parse_cursor(text)) {
    if (*search::parse_cursor(search::render_cursor(*cursor)) != *cursor) std::abort();
  }
  const search::Terms terms = search::terms_of(text);
  if (!search::contains_all(terms, terms)) std::abort();
  for (const std::string& run : terms.runs) static_cast<void>(search::pairs_of(run));
  if (const auto criteria = json::parse_object(text)) {
    static_cast<void>(search::parse_query(*criteria, std::nullopt));
  }
  return 0;
}
