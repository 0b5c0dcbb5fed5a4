// GET /sync and filters over HTTP: parameters, status codes, waiting.
#include "sync_fixture.hpp"

namespace kuramori::api::client::testing {
namespace {

TEST_F(SyncApi, NeedsAToken) {
  EXPECT_EQ(sync("").status, 401);
  EXPECT_EQ(sync("").errcode(), "M_MISSING_TOKEN");
  EXPECT_EQ(sync("nonsense").errcode(), "M_UNKNOWN_TOKEN");
}

TEST_F(SyncApi, FirstAndThenWhatIsNew) {
  const std::string room = create(alice);
  const Reply first = sync(alice);
  ASSERT_EQ(first.status, 200) << first.response.body;
  EXPECT_NE(first.response.body.find(room), std::string::npos);
  ASSERT_EQ(send(alice, room, "hello", "t1").status, 200);
  const Reply second = sync(alice, "?since=" + first.text("next_batch"));
  ASSERT_EQ(second.status, 200);
  EXPECT_NE(second.response.body.find("hello"), std::string::npos);
  EXPECT_NE(second.response.body.find(R"("transaction_id":"t1")"), std::string::npos);
  ASSERT_EQ(deliveries.size(), 2U);
  EXPECT_EQ(deliveries[1].from, deliveries[0].to);
  EXPECT_EQ(sync(alice, "?since=" + second.text("next_batch")).status, 200);
  EXPECT_EQ(deliveries.size(), 2U) << "an empty answer delivers nothing";
}

TEST_F(SyncApi, TheOlderPrefixWorks) {
  EXPECT_EQ(server.get("/_matrix/client/r0/sync", alice).status, 200);
}

TEST_F(SyncApi, BadParametersAreRefused) {
  const std::vector<std::string> queries{
      "?since=",          "?since=nonsense",     "?since=s-1",          "?since=s999999999",
      "?timeout=soon",    "?timeout=-1",         "?full_state=perhaps", "?use_state_after=1",
      "?set_presence=up", "?filter=nonexistent", "?filter=%7Bbad",
  };
  for (const std::string& query : queries) {
    const Reply reply = sync(alice, query);
    EXPECT_EQ(reply.status, 400) << query;
    EXPECT_EQ(reply.errcode(), "M_INVALID_PARAM") << query;
  }
  EXPECT_EQ(sync(alice, "?filter=%7B%22room%22%3A7%7D").errcode(), "M_BAD_JSON");
}

TEST_F(SyncApi, StateAfterUnderBothNames) {
  create(alice);
  const std::string stable = sync(alice, "?use_state_after=true").response.body;
  EXPECT_NE(stable.find(R"("state_after":)"), std::string::npos);
  EXPECT_EQ(stable.find(R"("state":)"), std::string::npos);
  EXPECT_EQ(sync(alice).response.body.find("state_after"), std::string::npos);
  const std::string unstable = sync(alice, "?org.matrix.msc4222.use_state_after=true").response.body;
  EXPECT_NE(unstable.find(R"("org.matrix.msc4222.state_after":)"), std::string::npos);
  EXPECT_EQ(unstable.find(R"("state":)"), std::string::npos);
}

// What a client missed lies between the token that it had and prev_batch: nothing is there twice, nothing is
// left out.
TEST_F(SyncApi, PagingBackFromPrevBatchMeetsWhatWasToldBefore) {
  const std::string room = create(alice);
  ASSERT_EQ(join(bob, room).status, 200);
  const std::string filter = "?filter=" + text::percent_encode(R"({"room":{"timeline":{"limit":3}}})");
  const std::string since = sync(bob, filter).text("next_batch");
  const auto say = [&](int number) {
    const std::string n = std::to_string(number);
    ASSERT_EQ(send(alice, room, n, "t" + n).status, 200);
  };
  const auto bodies = [](const json::Value& events) {
    std::vector<std::string> found;
    for (const json::Value& event : events.as_array()) {
      found.emplace_back(json::string_or(event.at("content").as_object(), "body", ""));
    }
    return found;
  };
  const auto missed = [&](const Reply& reply, std::string_view section) {
    const json::Object& timeline = reply.body.at("rooms").at(section).at(room).at("timeline").as_object();
    EXPECT_TRUE(json::bool_or(timeline, "limited", false));
    const std::string before(json::string_or(timeline, "prev_batch", ""));
    const Reply page =
        server.get(path(room, "/messages?dir=b&limit=50&from=" + before + "&to=" + since), bob);
    EXPECT_EQ(page.status, 200) << page.response.body;
    auto all = bodies(page.body.at("chunk"));
    std::ranges::reverse(all);
    std::ranges::move(bodies(timeline.at("events")), std::back_inserter(all));
    return all;
  };
  std::vector<std::string> expected;
  for (int i = 0; i < 8; ++i) {
    say(i);
    expected.push_back(std::to_string(i));
  }
  EXPECT_EQ(missed(sync(bob, filter + "&since=" + since), "join"), expected);
  ASSERT_EQ(server.post(path(room, "/leave"), "{}", bob).status, 200);
  say(8);
  expected.emplace_back();  // his leave, which has no body
  EXPECT_EQ(missed(sync(bob, filter + "&since=" + since), "leave"), expected);
}

TEST_F(SyncApi, AWaitingRequestIsAnsweredByAnEvent) {
  const std::string room = create(alice);
  const std::string since = next_batch(alice);
  net::Request held = server.make_request(net::Method::Get,
                                          "/_matrix/client/v3/sync?timeout=30000&since=" + since, "", alice);
  std::optional<net::Response> answer;
  runtime::TaskScope scope;
  const auto waiting = [&]() -> runtime::Task<void> { answer = co_await server.start(held); };
  scope.spawn_on(server.executor, waiting());
  server.executor.run_until_idle();
  EXPECT_FALSE(answer);
  ASSERT_EQ(send(alice, room, "hello", "t1").status, 200);
  server.executor.run_until_idle();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_NE(answer->body.find("hello"), std::string::npos);
}

TEST_F(SyncApi, LoggingOutEndsTheWait) {
  create(alice);
  net::Request held = server.make_request(
      net::Method::Get, "/_matrix/client/v3/sync?timeout=30000&since=" + next_batch(alice), "", alice);
  std::optional<net::Response> answer;
  runtime::TaskScope scope;
  const auto waiting = [&]() -> runtime::Task<void> { answer = co_await server.start(held); };
  scope.spawn_on(server.executor, waiting());
  server.executor.run_until_idle();
  ASSERT_EQ(server.post("/_matrix/client/v3/logout", "{}", alice).status, 200);
  server.executor.run_until_idle();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 401);
  EXPECT_NE(answer->body.find("M_UNKNOWN_TOKEN"), std::string::npos);
}

TEST_F(SyncApi, FiltersAreCreatedReadAndUsed) {
  const Reply made = server.post(own("alice", "/filter"), R"({"room":{"timeline":{"limit":1}}})", alice);
  ASSERT_EQ(made.status, 200) << made.response.body;
  const std::string id = made.text("filter_id");
  const Reply read = server.get(own("alice", "/filter/" + id), alice);
  EXPECT_EQ(read.response.body, R"({"room":{"timeline":{"limit":1}}})");
  EXPECT_EQ(sync(alice, "?filter=" + id).status, 200);
  EXPECT_EQ(server.get(own("alice", "/filter/unknown"), alice).errcode(), "M_NOT_FOUND");
  EXPECT_EQ(server.get(own("alice", "/filter/" + id), bob).errcode(), "M_FORBIDDEN");
  EXPECT_EQ(server.post(own("alice", "/filter"), "{}", bob).status, 403);
  EXPECT_EQ(server.post(own("alice", "/filter"), "[]", alice).errcode(), "M_BAD_JSON");
  EXPECT_EQ(server.post(own("alice", "/filter"), "{", alice).errcode(), "M_NOT_JSON");
  EXPECT_EQ(server.post(own("alice", "/filter"), R"({"room":[]})", alice).errcode(), "M_BAD_JSON");
}

}  // namespace
}  // namespace kuramori::api::client::testing
