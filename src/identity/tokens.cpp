#include "identity/tokens.hpp"

#include <algorithm>
#include <boost/crc.hpp>

namespace kuramori::identity {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

std::string_view prefix_of(TokenKind kind) {
  switch (kind) {
    case TokenKind::Access:
      return "kma_";
    case TokenKind::Refresh:
      return "kmr_";
    case TokenKind::Login:
      return "kml_";
  }
  return "";
}

// CRC-32 of all before it, in base 62, most significant character first.
void append_checksum(std::string& token) {
  boost::crc_32_type crc;
  crc.process_bytes(token.data(), token.size());
  std::uint32_t rest = crc.checksum();
  char digits[kTokenChecksumCharacters];
  for (std::size_t i = kTokenChecksumCharacters; i-- > 0;) {
    digits[i] = kAlphabet[rest % kAlphabet.size()];
    rest /= static_cast<std::uint32_t>(kAlphabet.size());
  }
  token.append(digits, kTokenChecksumCharacters);
}

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

}  // namespace

std::string make_token(TokenKind kind, Random& random) {
  std::string token(prefix_of(kind));
  token.reserve(kTokenCharacters);
  token += random.alphanumeric(kTokenRandomCharacters);
  append_checksum(token);
  return token;
}

std::optional<TokenKind> parse_token(std::string_view text) {
  if (text.size() != kTokenCharacters) return std::nullopt;
  for (const TokenKind kind : {TokenKind::Access, TokenKind::Refresh, TokenKind::Login}) {
    if (!text.starts_with(prefix_of(kind))) continue;
    if (!std::ranges::all_of(text.substr(4), is_alphanumeric)) return std::nullopt;
    std::string expected(text.substr(0, kTokenCharacters - kTokenChecksumCharacters));
    append_checksum(expected);
    return expected == text ? std::optional(kind) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace kuramori::identity
