#include "identity/tokens.hpp"

#include <gtest/gtest.h>

#include <set>

namespace kuramori::identity {
namespace {

TEST(Tokens, AreRecognisedByPrefixAndChecksum) {
  SeededRandom random(1);
  for (const TokenKind kind : {TokenKind::Access, TokenKind::Refresh, TokenKind::Login}) {
    const std::string token = make_token(kind, random);
    EXPECT_EQ(token.size(), kTokenCharacters);
    EXPECT_EQ(parse_token(token), kind);
  }
}

// The form is public: scanners outside rely on it. CRC-32 of "kma_000…0" in base 62.
TEST(Tokens, TheChecksumIsTheOneThatIsDocumented) {
  EXPECT_EQ(parse_token("kma_" + std::string(40, '0') + "2xVGEX"), TokenKind::Access);
}

TEST(Tokens, NoSingleChangeIsAccepted) {
  SeededRandom random(2);
  const std::string token = make_token(TokenKind::Access, random);
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'x' ? 'y' : 'x';
    EXPECT_EQ(parse_token(changed), std::nullopt) << changed;
  }
  EXPECT_EQ(parse_token(token + "a"), std::nullopt);
  EXPECT_EQ(parse_token(token.substr(1)), std::nullopt);
  EXPECT_EQ(parse_token(""), std::nullopt);
}

TEST(Tokens, AreNotRepeated) {
  SystemRandom random;
  std::set<std::string> tokens;
  for (int i = 0; i < 1000; ++i) tokens.insert(make_token(TokenKind::Access, random));
  EXPECT_EQ(tokens.size(), 1000U);
}

}  // namespace
}  // namespace kuramori::identity
