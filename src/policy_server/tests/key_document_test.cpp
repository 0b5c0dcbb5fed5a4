#include "policy_server/key_document.hpp"

#include <gmock/gmock.h>

#include "policy_server/tests/other_server.hpp"

namespace kuramori::policy_server {
namespace {

const Timestamp kNow = from_unix_ms(1'000'000);

std::string why(std::string_view text, std::string_view server = "a.example") {
  const auto read = read_key_document(text, ServerName(server), kNow);
  return read ? "" : read.error().to_log();
}

TEST(KeyDocuments, AreReadWhenTheyAreGood) {
  const testing::OtherServer other("a.example");
  const auto read = read_key_document(other.key_document(2'000'000), other.name, kNow);
  ASSERT_TRUE(read) << read.error().to_log();
  EXPECT_EQ(read->valid_until, from_unix_ms(2'000'000));
  ASSERT_EQ(read->keys.size(), 1U);
  EXPECT_EQ(read->keys.begin()->second, other.key.public_key());
}

TEST(KeyDocuments, AreRefusedOtherwise) {
  const testing::OtherServer other("a.example");
  const std::string good = other.key_document(2'000'000);
  EXPECT_THAT(why(good, "b.example"), ::testing::HasSubstr("another server"));
  EXPECT_THAT(why(other.key_document(1'000'000)), ::testing::HasSubstr("expired"));
  EXPECT_THAT(why("nonsense"), ::testing::HasSubstr("no JSON"));
  EXPECT_THAT(why("{}"), ::testing::HasSubstr("another server"));
  std::string changed = good;
  changed.replace(changed.find("2000000"), 7, "3000000");
  EXPECT_THAT(why(changed), ::testing::HasSubstr("none of its keys"));
  EXPECT_THAT(why(R"({"server_name":"a.example","valid_until_ts":2000000,"verify_keys":[]})"),
              ::testing::HasSubstr("no keys"));
}

}  // namespace
}  // namespace kuramori::policy_server
