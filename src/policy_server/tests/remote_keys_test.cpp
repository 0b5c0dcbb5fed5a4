#include "policy_server/remote_keys.hpp"

#include <gmock/gmock.h>

#include "policy_server/tests/other_server.hpp"
#include "policy_server/tests/web.hpp"
#include "runtime/manual_executor.hpp"

namespace kuramori::policy_server {
namespace {

class RemoteKeysTest : public ::testing::Test {
 protected:
  RemoteKeysTest() { publish("https://a.example:8448"); }
  void publish(const std::string& at, Milliseconds valid = std::chrono::days(30)) {
    web.documents[at + "/_matrix/key/v2/server"] = other.key_document(to_unix_ms(clock.now() + valid));
  }
  Result<crypto::Ed25519PublicKey> ask(std::string_view key = "ed25519:k1",
                                       std::string_view server = "a.example") {
    return executor.run(keys.key_of(ServerName(server), std::string(key)));
  }

  ManualClock clock;
  runtime::ManualExecutor executor{clock};
  testing::SmallWeb web;
  testing::OtherServer other{"a.example"};
  RemoteKeys keys{web, clock, {.own_networks = {"own.example"}, .servers_max = 2}};
};

TEST_F(RemoteKeysTest, AreFetchedOnce) {
  ASSERT_TRUE(ask());
  EXPECT_EQ(*ask(), other.key.public_key());
  EXPECT_THAT(web.fetched, ::testing::ElementsAre("https://a.example/.well-known/matrix/server",
                                                  "https://a.example:8448/_matrix/key/v2/server"));
  EXPECT_EQ(web.last_reach, net::Reach::Public);
}

TEST_F(RemoteKeysTest, FollowADelegation) {
  web.documents.clear();
  web.documents["https://a.example/.well-known/matrix/server"] = R"({"m.server":"matrix.a.example:443"})";
  publish("https://matrix.a.example:443");
  EXPECT_TRUE(ask());
}

TEST_F(RemoteKeysTest, AreFetchedAgainWhenTheyExpire) {
  publish("https://a.example:8448", std::chrono::hours(1));
  ASSERT_TRUE(ask());
  clock.advance(std::chrono::hours(2));
  EXPECT_FALSE(ask()) << "the document has expired";
  clock.advance(std::chrono::minutes(2));
  publish("https://a.example:8448");
  EXPECT_TRUE(ask());
  clock.advance(std::chrono::days(8));
  web.fetched.clear();
  EXPECT_TRUE(ask());
  EXPECT_EQ(web.fetched.size(), 2U) << "a week at most";
}

TEST_F(RemoteKeysTest, AFailureCountsForAMinute) {
  web.is_down = true;
  EXPECT_EQ(ask().error().code(), ErrorCode::Unavailable);
  web.is_down = false;
  web.fetched.clear();
  EXPECT_EQ(ask().error().code(), ErrorCode::Unavailable);
  EXPECT_TRUE(web.fetched.empty());
  clock.advance(std::chrono::minutes(1));
  EXPECT_TRUE(ask());
}

TEST_F(RemoteKeysTest, AKeyThatIsNotThereIsAskedForAgainLater) {
  EXPECT_EQ(ask("ed25519:k2").error().code(), ErrorCode::Unauthenticated);
  web.fetched.clear();
  EXPECT_EQ(ask("ed25519:k2").error().code(), ErrorCode::Unauthenticated);
  EXPECT_TRUE(web.fetched.empty());
  clock.advance(std::chrono::minutes(1));
  EXPECT_EQ(ask("ed25519:k2").error().code(), ErrorCode::Unauthenticated);
  EXPECT_FALSE(web.fetched.empty());
}

TEST_F(RemoteKeysTest, StayWithinTheirBoundAndTheNetworksThatWereNamed) {
  for (const char* server : {"b.example", "c.example", "own.example"})
    EXPECT_FALSE(ask("ed25519:k1", server));
  EXPECT_EQ(web.last_reach, net::Reach::Configured);
  EXPECT_TRUE(ask());
}

}  // namespace
}  // namespace kuramori::policy_server
