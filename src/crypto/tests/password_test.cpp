#include "crypto/password.hpp"

#include <gtest/gtest.h>

namespace kuramori {
namespace {

constexpr crypto::PasswordCost kCheap{.memory_kib = 64, .passes = 1};

TEST(Password, VerifiesTheRightOneAlone) {
  const auto hash = crypto::hash_password("correct horse", kCheap);
  ASSERT_TRUE(hash);
  EXPECT_TRUE(hash->starts_with("$argon2id$v=19$m=64,t=1,p=1$")) << *hash;
  EXPECT_EQ(hash->find("correct"), std::string::npos);
  EXPECT_TRUE(crypto::verify_password(*hash, "correct horse"));
  for (const std::string_view wrong : {"", "correct hors", "correct horse ", "Correct horse"}) {
    EXPECT_FALSE(crypto::verify_password(*hash, wrong)) << wrong;
  }
}

TEST(Password, KeepsEveryOctet) {
  using namespace std::string_view_literals;
  const auto hash = crypto::hash_password("a\0b"sv, kCheap);
  ASSERT_TRUE(hash);
  EXPECT_TRUE(crypto::verify_password(*hash, "a\0b"sv));
  EXPECT_FALSE(crypto::verify_password(*hash, "a\0c"sv));
  EXPECT_FALSE(crypto::verify_password(*hash, "a"sv));
}

TEST(Password, IsSalted) {
  EXPECT_NE(crypto::hash_password("same", kCheap).value(), crypto::hash_password("same", kCheap).value());
}

// A published value of the reference implementation: password "password", salt "somesalt".
TEST(Password, ReadsTheStandardForm) {
  constexpr std::string_view kHash =
      "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
  EXPECT_TRUE(crypto::verify_password(kHash, "password"));
  EXPECT_FALSE(crypto::verify_password(kHash, "passwore"));
}

TEST(Password, RefusesWhatIsNotAHash) {
  const std::string good = crypto::hash_password("p", kCheap).value();
  using namespace std::string_literals;
  for (const std::string& bad :
       {""s, "p"s, "$argon2id$"s, "$argon2id$v=19$m=64,t=1,p=1$"s, good.substr(0, good.size() - 1),
        "$argon2i$" + good.substr(10), " " + good, good + "\0"s, "$2b$12$abcdefghijklmnopqrstuv"s,
        std::string("$argon2id$v=19$m=64,t=1,p=1$") + std::string(200, 'A')}) {
    EXPECT_FALSE(crypto::verify_password(bad, "p")) << bad;
    EXPECT_TRUE(crypto::needs_rehash(bad, kCheap)) << bad;
  }
  EXPECT_FALSE(crypto::verify_password(good + "A", "p"));
}

TEST(Password, NeedsRehashWhenTheCostChanges) {
  const std::string hash = crypto::hash_password("p", kCheap).value();
  EXPECT_FALSE(crypto::needs_rehash(hash, kCheap));
  EXPECT_TRUE(crypto::needs_rehash(hash, {.memory_kib = 128, .passes = 1}));
  EXPECT_TRUE(crypto::needs_rehash(hash, {.memory_kib = 64, .passes = 2}));
  EXPECT_TRUE(crypto::verify_password(hash, "p")) << "the old hash stays valid until then";
}

TEST(Password, RefusesACostThatIsTooLow) {
  EXPECT_TRUE(crypto::hash_password("p", {.memory_kib = 8, .passes = 1}));
  for (const crypto::PasswordCost cost : {crypto::PasswordCost{.memory_kib = 7, .passes = 1},
                                          crypto::PasswordCost{.memory_kib = 0, .passes = 1},
                                          crypto::PasswordCost{.memory_kib = 64, .passes = 0}}) {
    const auto refused = crypto::hash_password("p", cost);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::InvalidArgument);
  }
}

}  // namespace
}  // namespace kuramori
