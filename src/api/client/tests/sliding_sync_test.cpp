// POST …/sync over HTTP: both paths, parameters, status codes, waiting, deliveries.
#include "sync_fixture.hpp"

namespace kuramori::api::client::testing {
namespace {

constexpr std::string_view kUnstable = "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync";
constexpr std::string_view kFinal = "/_matrix/client/v4/sync";
constexpr std::string_view kAll = R"({"lists":{"all":{"ranges":[[0,9]],"timeline_limit":5}}})";

class SlidingSyncApi : public SyncApi {
 protected:
  Reply slide(std::string_view token, std::string_view query = {}, std::string_view body = kAll) {
    return server.post(std::string(kUnstable) + std::string(query), std::string(body), token);
  }
};

TEST_F(SlidingSyncApi, NeedsAToken) {
  EXPECT_EQ(slide("").errcode(), "M_MISSING_TOKEN");
  EXPECT_EQ(slide("nonsense").errcode(), "M_UNKNOWN_TOKEN");
  EXPECT_EQ(server.post(std::string(kFinal), "{}").status, 401);
}

TEST_F(SlidingSyncApi, FirstAndThenWhatIsNewAndItIsRecorded) {
  const std::string room = create(alice);
  const Reply first = slide(alice);
  ASSERT_EQ(first.status, 200) << first.response.body;
  EXPECT_NE(first.response.body.find(room), std::string::npos);
  ASSERT_EQ(deliveries.size(), 1U);
  EXPECT_EQ(deliveries[0].from, StreamPosition{0});
  ASSERT_EQ(send(alice, room, "hello", "t1").status, 200);
  const Reply second = slide(alice, "?pos=" + first.text("pos"));
  ASSERT_EQ(second.status, 200);
  EXPECT_NE(second.response.body.find("hello"), std::string::npos);
  EXPECT_NE(second.response.body.find(R"("transaction_id":"t1")"), std::string::npos);
  ASSERT_EQ(deliveries.size(), 2U);
  EXPECT_EQ(deliveries[1].from, deliveries[0].to);
  EXPECT_EQ(slide(alice, "?pos=" + second.text("pos")).status, 200);
  EXPECT_EQ(deliveries.size(), 2U) << "an empty answer delivers nothing";
}

TEST_F(SlidingSyncApi, TheFinalPathSpeaksTheFinalForm) {
  create(alice);
  const Reply reply =
      server.post(std::string(kFinal), R"({"lists":{"all":{"range":[0,9],"timeline_limit":5}}})", alice);
  ASSERT_EQ(reply.status, 200) << reply.response.body;
  EXPECT_NE(reply.response.body.find(R"("timeline_events":[)"), std::string::npos);
  EXPECT_EQ(reply.response.body.find(R"("timeline":[)"), std::string::npos);
}

TEST_F(SlidingSyncApi, UnknownPositionsAreNamed) {
  const Reply reply = slide(alice, "?pos=abc.1");
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.errcode(), "M_UNKNOWN_POS");
}

TEST_F(SlidingSyncApi, BadParametersAreRefused) {
  for (const std::string query : {"?timeout=soon", "?timeout=-1", "?set_presence=up"}) {
    const Reply reply = slide(alice, query);
    EXPECT_EQ(reply.status, 400) << query;
    EXPECT_EQ(reply.errcode(), "M_INVALID_PARAM") << query;
  }
  EXPECT_EQ(slide(alice, "", "[]").errcode(), "M_BAD_JSON");
  EXPECT_EQ(slide(alice, "", "{").errcode(), "M_NOT_JSON");
  EXPECT_EQ(slide(alice, "", R"({"lists":7})").errcode(), "M_BAD_JSON");
}

TEST_F(SlidingSyncApi, TheSamePositionMayRepeat) {
  const std::string room = create(alice);
  const std::string pos = slide(alice).text("pos");
  ASSERT_EQ(send(alice, room, "hello", "t1").status, 200);
  for (int i = 0; i < 3; ++i) {
    const Reply again = slide(alice, "?pos=" + pos);
    ASSERT_EQ(again.status, 200);
    EXPECT_NE(again.response.body.find("hello"), std::string::npos);
  }
}

TEST_F(SlidingSyncApi, AWaitingRequestIsAnsweredByAnEventOrByTheEndOfTheSession) {
  const std::string room = create(alice);
  const auto wait_from = [&](const std::string& pos) {
    return server.make_request(net::Method::Post, std::string(kUnstable) + "?timeout=30000&pos=" + pos,
                               std::string(kAll), alice);
  };
  net::Request first = wait_from(slide(alice).text("pos"));
  std::optional<net::Response> answer;
  runtime::TaskScope scope;
  const auto waiting = [&]() -> runtime::Task<void> { answer = co_await server.start(first); };
  scope.spawn_on(server.executor, waiting());
  server.executor.run_until_idle();
  EXPECT_FALSE(answer);
  ASSERT_EQ(send(alice, room, "hello", "t1").status, 200);
  server.executor.run_until_idle();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  const auto body = json::parse_object(answer->body);
  ASSERT_TRUE(body);
  net::Request second = wait_from(std::string(json::string_or(*body, "pos", "")));
  std::optional<net::Response> ended;
  const auto waiting_again = [&]() -> runtime::Task<void> { ended = co_await server.start(second); };
  scope.spawn_on(server.executor, waiting_again());
  server.executor.run_until_idle();
  EXPECT_FALSE(ended);
  ASSERT_EQ(server.post("/_matrix/client/v3/logout", "{}", alice).status, 200);
  server.clock.advance(Milliseconds(30'000));
  server.executor.run_until_idle();
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->status, 401);
}

TEST_F(SlidingSyncApi, IsAnnounced) {
  const Reply versions = server.get("/_matrix/client/versions");
  const json::Object* features = json::object_at(versions.body, "unstable_features");
  ASSERT_NE(features, nullptr);
  EXPECT_TRUE(json::bool_or(*features, "org.matrix.simplified_msc3575", false));
}

}  // namespace
}  // namespace kuramori::api::client::testing
