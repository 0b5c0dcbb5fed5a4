// What clients upload: tables of what is taken and what is not.
#include <gtest/gtest.h>

#include "e2ee/key_backup.hpp"
#include "e2ee/key_rules.hpp"

namespace kuramori::e2ee {
namespace {

json::Object parse(std::string_view text) {
  auto parsed = json::parse_object(text);
  EXPECT_TRUE(parsed) << text;
  return parsed ? *std::move(parsed) : json::Object();
}

TEST(KeyRules, OneTimeKeys) {
  const auto good = read_one_time_keys(
      parse(R"({"signed_curve25519:AAAA":{"key":"k","signatures":{}},"curve25519:BB":"plain"})"));
  ASSERT_TRUE(good);
  ASSERT_EQ(good->size(), 2U);
  EXPECT_EQ(good->front().algorithm, "signed_curve25519");
  EXPECT_EQ(good->front().key_id, "AAAA");
  for (const std::string_view bad :
       {R"({"nocolon":"k"})", R"({":id":"k"})", R"({"curve25519:":"k"})", R"({"curve25519:A":7})",
        R"({"signed_curve25519:A":"plain"})", R"({"signed_curve25519:A":{}})",
        R"({"signed_curve25519:A":{"key":7}})", R"({"signed_curve25519:A":{"key":"k","x":1.5}})"}) {
    EXPECT_FALSE(read_one_time_keys(parse(bad))) << bad;
  }
}

TEST(KeyRules, OneFallbackKeyForAnAlgorithm) {
  EXPECT_TRUE(read_fallback_keys(parse(R"({"curve25519:A":"a","signed_curve25519:A":{"key":"k"}})")));
  EXPECT_FALSE(read_fallback_keys(parse(R"({"curve25519:A":"a","curve25519:B":"b"})")));
}

TEST(KeyRules, TheSameKeyMayBeSignedAnew) {
  EXPECT_TRUE(is_same_key(R"("a")", R"("a")"));
  EXPECT_FALSE(is_same_key(R"("a")", R"("b")"));
  EXPECT_TRUE(is_same_key(R"({"key":"k","signatures":{"a":1}})", R"({"signatures":{},"key":"k"})"));
  EXPECT_FALSE(is_same_key(R"({"key":"k"})", R"({"key":"l"})"));
  EXPECT_FALSE(is_same_key(R"({"key":"k"})", R"("k")"));
}

TEST(KeyRules, CrossSigningKeys) {
  const UserId alice("@alice:example.org");
  const std::string key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";  // 32 octets
  const auto object = [&](std::string_view name, std::string_view value, std::string_view usage) {
    return parse(R"({"user_id":"@alice:example.org","usage":[")" + std::string(usage) + R"("],"keys":{")" +
                 std::string(name) + R"(":")" + std::string(value) + "\"}}");
  };
  const auto read = read_cross_signing_key(object("ed25519:" + key, key, "master"), alice, Usage::Master);
  ASSERT_TRUE(read) << read.error().to_log();
  EXPECT_EQ(read->public_key, key);
  EXPECT_FALSE(read_cross_signing_key(object("ed25519:" + key, key, "self_signing"), alice, Usage::Master));
  EXPECT_FALSE(read_cross_signing_key(object("ed25519:other", key, "master"), alice, Usage::Master));
  EXPECT_FALSE(read_cross_signing_key(object("ed25519:short", "short", "master"), alice, Usage::Master));
  EXPECT_FALSE(
      read_cross_signing_key(object("ed25519:" + key + "=", key + "=", "master"), alice, Usage::Master));
  EXPECT_FALSE(read_cross_signing_key(object("ed25519:" + key, key, "master"), UserId("@bob:example.org"),
                                      Usage::Master));
}

TEST(KeyRules, TheBetterBackup) {
  const auto made = [](bool verified, std::int64_t first, std::int64_t forwarded) {
    return BackupKey{.room = {},
                     .session = {},
                     .first_message_index = first,
                     .forwarded_count = forwarded,
                     .is_verified = verified,
                     .session_data = {}};
  };
  EXPECT_TRUE(is_better_key(made(true, 9, 9), made(false, 0, 0)));
  EXPECT_FALSE(is_better_key(made(false, 0, 0), made(true, 9, 9)));
  EXPECT_TRUE(is_better_key(made(false, 1, 9), made(false, 2, 0)));
  EXPECT_TRUE(is_better_key(made(false, 1, 1), made(false, 1, 2)));
  EXPECT_FALSE(is_better_key(made(false, 1, 1), made(false, 1, 1))) << "what is there stays";
}

}  // namespace
}  // namespace kuramori::e2ee
