#include <gtest/gtest.h>

#include <thread>

#include "base/random.hpp"
#include "base/text.hpp"
#include "crypto/base64.hpp"
#include "crypto/hash.hpp"

namespace kuramori {
namespace {

std::string hex(const crypto::Sha256& hash) {
  return text::to_hex(hash);
}

// FIPS 180-4 examples.
TEST(Sha256, MatchesThePublishedValues) {
  EXPECT_EQ(hex(crypto::sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(crypto::sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(crypto::sha256(std::string(1'000'000, 'a'))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, OfPartsIsThatOfTheWhole) {
  EXPECT_EQ(crypto::sha256({as_bytes("a"), {}, as_bytes("bc")}), crypto::sha256("abc"));
  EXPECT_EQ(crypto::sha256(std::initializer_list<ByteView>{}), crypto::sha256(""));
  EXPECT_NE(crypto::sha256({as_bytes("a"), as_bytes("bd")}), crypto::sha256("abc"));
}

TEST(Sha256, WorksOnEveryThread) {
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&right] {
      const crypto::Sha256 once = crypto::sha256("abc");
      right += crypto::sha256("abc") == once && text::to_hex(once).starts_with("ba7816bf") ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 4);
}

// RFC 4231, test cases 2 and 6 (a key longer than a block).
TEST(HmacSha256, MatchesThePublishedValues) {
  EXPECT_EQ(hex(crypto::hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  const Bytes key(131, 0xAA);
  EXPECT_EQ(hex(crypto::hmac_sha256(key, as_bytes("Test Using Larger Than Block-Size Key - Hash Key First"))),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

// appendices.md, "Unpadded Base64".
TEST(Base64, MatchesTheExamplesOfTheSpecification) {
  struct Case {
    std::string_view plain;
    std::string_view encoded;
    std::string_view padded;
  };
  for (const Case& c : {Case{"", "", ""},
                        {"f", "Zg", "Zg=="},
                        {"fo", "Zm8", "Zm8="},
                        {"foo", "Zm9v", "Zm9v"},
                        {"foob", "Zm9vYg", "Zm9vYg=="},
                        {"fooba", "Zm9vYmE", "Zm9vYmE="},
                        {"foobar", "Zm9vYmFy", "Zm9vYmFy"}}) {
    EXPECT_EQ(crypto::to_base64(as_bytes(c.plain)), c.encoded);
    EXPECT_EQ(crypto::to_base64_padded(as_bytes(c.plain)), c.padded);
    for (const std::string_view text : {c.encoded, c.padded}) {
      const auto decoded = crypto::from_base64(text);
      ASSERT_TRUE(decoded) << text;
      EXPECT_EQ(as_text(*decoded), c.plain);
    }
  }
}

TEST(Base64, KeepsItsAlphabetsApart) {
  const Bytes data{0xFB, 0xEF, 0xBE, 0xFF, 0xFF, 0xFF};
  EXPECT_EQ(crypto::to_base64(data), "++++////");
  EXPECT_EQ(crypto::to_base64_url(data), "----____");
  EXPECT_EQ(crypto::from_base64("++++////"), data);
  EXPECT_EQ(crypto::from_base64_url("----____"), data);
  EXPECT_FALSE(crypto::from_base64("----____"));
  EXPECT_FALSE(crypto::from_base64_url("++++////"));
}

TEST(Base64, RefusesEveryOtherText) {
  using namespace std::string_view_literals;
  for (const std::string_view bad :
       {"Z"sv, "Zm9vY"sv, "="sv, "===="sv, "Zg="sv, "Zg==="sv, "Zm8=="sv, "Zm9v="sv, "Zg==Zg=="sv, "Z=g="sv,
        "Zm9v\n"sv, " Zm9v"sv, "Zm 9v"sv, "Zm9\0"sv, "Zm9\x80"sv, "Zm9*"sv}) {
    EXPECT_FALSE(crypto::from_base64(bad)) << bad;
    EXPECT_FALSE(crypto::from_base64_url(bad)) << bad;
  }
}

TEST(Base64, RoundTripsEveryLength) {
  SeededRandom random(3);
  for (std::size_t size = 0; size < 200; ++size) {
    Bytes data(size);
    random.fill(data);
    EXPECT_EQ(crypto::from_base64(crypto::to_base64(data)), data);
    EXPECT_EQ(crypto::from_base64(crypto::to_base64_padded(data)), data);
    EXPECT_EQ(crypto::from_base64_url(crypto::to_base64_url(data)), data);
  }
}

}  // namespace
}  // namespace kuramori
