// What is accepted as a token must be one that we make: prefix, alphabet, checksum.
#include <cstdlib>

#include "identity/tokens.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kuramori;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto kind = identity::parse_token(text);
  if (kind && (text.size() != identity::kTokenCharacters || !text.starts_with("km") || text[3] != '_'))
    std::abort();
  // A made token with any octets as its randomness is accepted: the parser is not stricter than the maker.
  if (size >= 8) {
    std::uint64_t seed = 0;
    for (std::size_t i = 0; i < 8; ++i) seed = seed << 8U | data[i];
    SeededRandom random(seed);
    if (identity::parse_token(identity::make_token(identity::TokenKind::Refresh, random)) !=
        identity::TokenKind::Refresh)
      std::abort();
  }
  return 0;
}
