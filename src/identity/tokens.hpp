// The form of our tokens: a prefix that says what it is, 40 random characters of [A-Za-z0-9] (238 bits), and
// a checksum of six more, so that secret scanners find leaked ones without false alarms and mistyped ones
// cost no look-up.
//
//   kma_q8Zr…  access    kmr_…  refresh    kml_…  login (m.login.token)
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.hpp"
#include "crypto/hash.hpp"

namespace kuramori::identity {

enum class TokenKind : std::uint8_t { Access, Refresh, Login };

constexpr std::size_t kTokenRandomCharacters = 40;
constexpr std::size_t kTokenChecksumCharacters = 6;
constexpr std::size_t kTokenCharacters = 4 + kTokenRandomCharacters + kTokenChecksumCharacters;

std::string make_token(TokenKind kind, Random& random);
// Nothing for text that none of our servers ever gave out.
std::optional<TokenKind> parse_token(std::string_view text);

using TokenHash = crypto::Sha256;
inline TokenHash hash_token(std::string_view token) {
  return crypto::sha256(token);
}

}  // namespace kuramori::identity
