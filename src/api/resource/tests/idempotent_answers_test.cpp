#include "api/resource/idempotent_answers.hpp"

#include "server.hpp"

namespace kuramori::api::resource::testing {
namespace {

class IdempotentAnswersTest : public ::testing::Test {
 protected:
  Result<IdempotentAnswers::Claim> begin(std::string key, std::string_view request = "request") {
    return server.executor.run(
        server.answers.begin(server.user("aiko"), std::move(key), crypto::sha256(request)));
  }
  void finish(IdempotentAnswers::Claim claim, const net::Response& response) {
    ASSERT_TRUE(server.executor.run(server.answers.finish(std::move(claim), response)));
  }
  std::int64_t kept() {
    return *server.store.read_blocking(
        [](storage::Snapshot& s) { return s.count({.table = &kIdempotentRequests}); });
  }
  static net::Response answer(int status, std::string body) {
    net::Response response;
    response.status = status;
    response.body = std::move(body);
    response.headers.emplace_back("Location", "/x/1");
    return response;
  }

  Server server;
};

TEST_F(IdempotentAnswersTest, AnAnswerComesBackAsItWas) {
  auto claim = begin("k");
  ASSERT_TRUE(claim);
  EXPECT_FALSE(claim->replay);
  finish(*std::move(claim), answer(201, "{\"名\":\"倉\"}"));
  const auto again = begin("k");
  ASSERT_TRUE(again && again->replay);
  EXPECT_EQ(again->replay->status, 201);
  EXPECT_EQ(again->replay->body, "{\"名\":\"倉\"}");
  EXPECT_EQ(again->replay->headers.front(), (std::pair<std::string, std::string>("Location", "/x/1")));
}

TEST_F(IdempotentAnswersTest, WhileTheActGoesOnNobodyRepeatsIt) {
  auto claim = begin("k");
  const auto second = begin("k");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().reason(), "KURAMORI_IDEMPOTENT_REQUEST_UNDER_WAY");
  EXPECT_GT(second.error().retry_after_ms(), 0);
  EXPECT_EQ(begin("k", "another").error().reason(), "KURAMORI_IDEMPOTENCY_KEY_REUSED");
}

TEST_F(IdempotentAnswersTest, OnlyWhatSucceededIsKept) {
  for (const int status : {304, 400, 403, 409, 412, 500, 503}) {
    auto claim = begin("k");
    ASSERT_TRUE(claim && !claim->replay) << status;
    finish(*std::move(claim), answer(status, "{}"));
  }
  auto large = begin("k");
  finish(*std::move(large), answer(200, std::string(IdempotentAnswers::kAnswerBytesMax + 1, ' ')));
  EXPECT_EQ(kept(), 0);
}

TEST_F(IdempotentAnswersTest, AnswersAreKeptForADay) {
  finish(*begin("k"), answer(200, "{}"));
  finish(*begin("other"), answer(200, "{}"));
  server.clock.advance(std::chrono::hours(23));
  EXPECT_TRUE(begin("k")->replay);
  EXPECT_EQ(*server.executor.run(server.answers.expire()), 0U);
  server.clock.advance(std::chrono::hours(1));
  EXPECT_FALSE(begin("k")->replay) << "the key is free again, also before it was removed";
  server.clock.advance(Milliseconds(1));
  EXPECT_EQ(*server.executor.run(server.answers.expire()), 1U) << "the other one";
  EXPECT_EQ(kept(), 1);
}

TEST_F(IdempotentAnswersTest, KeysAreShortAndVisible) {
  for (const std::string& key : {std::string(), std::string("a b"), std::string("ü"), std::string(256, 'k')})
    EXPECT_EQ(begin(key).error().code(), ErrorCode::InvalidArgument) << key;
  EXPECT_TRUE(begin(std::string(255, 'k')));
}

TEST_F(IdempotentAnswersTest, WhatIsKeptIsSealed) {
  finish(*begin("k"), answer(200, "{\"secret\":1}"));
  const auto rows = *server.store.read_blocking(
      [](storage::Snapshot& s) { return s.scan({.table = &kIdempotentRequests}); });
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(as_text(storage::blob(rows.front().back())).find("secret"), std::string_view::npos);
}

TEST_F(IdempotentAnswersTest, ARequestIsItsMethodTargetAndBody) {
  const auto digest = [&](net::Method method, std::string_view target, std::string body) {
    return IdempotentAnswers::digest_of(server.make_request(method, target, std::move(body), ""));
  };
  const auto base = digest(net::Method::Post, "/a", "b");
  EXPECT_EQ(base, digest(net::Method::Post, "/a", "b"));
  EXPECT_NE(base, digest(net::Method::Put, "/a", "b"));
  EXPECT_NE(base, digest(net::Method::Post, "/a?x=1", "b"));
  EXPECT_NE(base, digest(net::Method::Post, "/a", "c"));
  EXPECT_NE(base, digest(net::Method::Post, "/ab", ""));
}

}  // namespace
}  // namespace kuramori::api::resource::testing
