#include "policy_server/request_authentication.hpp"

#include <gtest/gtest.h>

#include "policy_server/tests/other_server.hpp"
#include "policy_server/tests/web.hpp"
#include "runtime/manual_executor.hpp"

namespace kuramori::policy_server {
namespace {

constexpr std::string_view kUri = "/_matrix/policy/v1/sign";

class RequestAuthenticationTest : public ::testing::Test {
 protected:
  RequestAuthenticationTest() {
    web.documents["https://a.example:8448/_matrix/key/v2/server"] =
        other.key_document(to_unix_ms(clock.now() + std::chrono::days(1)));
  }
  Result<ServerName> ask(std::vector<std::string> headers, std::string_view uri = kUri) {
    return executor.run(authentication.authenticate(
        {.method = "POST", .uri = std::string(uri), .headers = std::move(headers), .content = &content}));
  }
  static std::string reason(const Result<ServerName>& result) {
    return result ? "" : std::string(result.error().reason());
  }

  ManualClock clock;
  runtime::ManualExecutor executor{clock};
  testing::SmallWeb web;
  testing::OtherServer other{"a.example"};
  json::Object content{{"type", "m.room.message"}, {"depth", 7}};
  RemoteKeys keys{web, clock, {}};
  RequestAuthentication authentication{keys,
                                       {.server = ServerName("policy.example"), .allowed = {"*.example"}}};
};

TEST_F(RequestAuthenticationTest, KnowsWhoSigned) {
  const auto origin = ask({other.authorization(kUri, content, "policy.example")});
  ASSERT_TRUE(origin) << origin.error().to_log();
  EXPECT_EQ(*origin, other.name);
}

TEST_F(RequestAuthenticationTest, AnyOfSeveralKeysIsEnough) {
  const testing::OtherServer impostor("a.example", 9);
  EXPECT_TRUE(ask({"Bearer nonsense", impostor.authorization(kUri, content, "policy.example"),
                   other.authorization(kUri, content, "policy.example")}));
}

TEST_F(RequestAuthenticationTest, RefusesWhatIsNotSignedForIt) {
  EXPECT_EQ(reason(ask({})), "M_UNAUTHORIZED");
  EXPECT_EQ(reason(ask({"Bearer token"})), "M_UNAUTHORIZED");
  const testing::OtherServer impostor("a.example", 9);
  EXPECT_EQ(reason(ask({impostor.authorization(kUri, content, "policy.example")})), "M_UNAUTHORIZED");
  EXPECT_EQ(reason(ask({other.authorization(kUri, content, "another.example")})), "M_UNAUTHORIZED");
  EXPECT_EQ(reason(ask({other.authorization("/other", content, "policy.example")})), "M_UNAUTHORIZED");
  EXPECT_EQ(reason(ask({other.authorization(kUri, {}, "policy.example")})), "M_UNAUTHORIZED");
}

TEST_F(RequestAuthenticationTest, FetchesNothingForAServerThatMayNotAsk) {
  const testing::OtherServer stranger("elsewhere.org");
  EXPECT_EQ(ask({stranger.authorization(kUri, content, "policy.example")}).error().code(),
            ErrorCode::Forbidden);
  EXPECT_TRUE(web.fetched.empty());
}

TEST_F(RequestAuthenticationTest, RefusesNumbersThatHaveNoCanonicalForm) {
  content["depth"] = 0.5;
  EXPECT_EQ(reason(ask({other.authorization(kUri, {}, "policy.example")})), "M_BAD_JSON");
}

}  // namespace
}  // namespace kuramori::policy_server
