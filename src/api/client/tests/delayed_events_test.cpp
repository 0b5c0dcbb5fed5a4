// Delayed events (MSC4140) and sticky events (MSC4354) over HTTP.
#include "rooms_fixture.hpp"

namespace kuramori::api::client::testing {
namespace {

class EveryAuthor final : public rooms::Authors {
 public:
  runtime::Task<Result<gate::Subject>> author(UserId user, DeviceId device) override {
    gate::Subject subject;
    subject.user = std::move(user);
    subject.device = std::move(device);
    co_return subject;
  }
};

constexpr std::string_view kUnstable = "/_matrix/client/unstable/org.matrix.msc4140";

class DelayedApi : public RoomsApi {
 protected:
  DelayedApi() {
    server.store.add_listener(delayed);
    services.delayed = &delayed;
    add_delayed_events_routes(server.router, server.pipeline, services);
  }
  std::string schedule(std::string_view token, std::string_view body, std::string_view transaction) {
    const Reply reply = server.put(
        path(room, "/send/m.room.message/" + std::string(transaction) + "?org.matrix.msc4140.delay=5000"),
        R"({"msgtype":"m.text","body":")" + std::string(body) + "\"}", token);
    EXPECT_EQ(reply.status, 200) << reply.response.body;
    EXPECT_FALSE(reply.body.contains("event_id"));
    return reply.text("delay_id");
  }
  void pass(std::int64_t ms) {
    server.clock.advance(Milliseconds(ms));
    server.executor.run(delayed.send_due());
  }
  Reply manage(std::string_view id, std::string_view action) {
    return server.post(
        std::string(kUnstable) + "/delayed_events/" + std::string(id) + "/" + std::string(action), "", "");
  }
  json::Array list(std::string_view token, std::string_view query = "") {
    const Reply reply = server.get(std::string(kUnstable) + "/delayed_events" + std::string(query), token);
    EXPECT_EQ(reply.status, 200) << reply.response.body;
    return reply.status == 200 ? reply.body.at("delayed_events").as_array() : json::Array();
  }
  std::string messages(std::string_view token) {
    return server.get(path(room, "/messages?dir=b&limit=50"), token).response.body;
  }

  EveryAuthor authors;
  rooms::DelayedEvents delayed{{.rooms = service,
                                .store = server.store,
                                .keys = *server.keys,
                                .gate = server.gate,
                                .authors = authors,
                                .clock = server.clock,
                                .random = server.random,
                                .metrics = server.metrics,
                                .log = server.log},
                               {}};
  const std::string room = create(alice);
};

TEST_F(DelayedApi, AMessageIsSentLater) {
  const std::string id = schedule(alice, "tea is ready", "t1");
  EXPECT_EQ(schedule(alice, "tea is ready", "t1"), id);
  EXPECT_FALSE(messages(alice).contains("tea is ready"));
  const json::Array waiting = list(alice);
  ASSERT_EQ(waiting.size(), 1u);
  const json::Object& event = waiting[0].as_object();
  EXPECT_EQ(event.at("delay_id"), id.c_str());
  EXPECT_EQ(event.at("delay"), 5000);
  EXPECT_EQ(event.at("running_since"), server.clock.now_ms());
  EXPECT_EQ(event.at("content").at("body"), "tea is ready");
  EXPECT_TRUE(list(bob).empty());
  pass(5'000);
  const std::string all = messages(alice);
  EXPECT_TRUE(all.contains("tea is ready"));
  EXPECT_TRUE(all.contains("\"org.matrix.msc4140.delay_id\":\"" + id + "\"")) << all;
  join(bob, room);
  EXPECT_FALSE(messages(bob).contains("delay_id")) << "for its sender alone";
  EXPECT_TRUE(list(alice, "?status=scheduled").empty());
  const json::Array done = list(alice, "?dir=b&status=finalised&outcome=send&reason=delay");
  ASSERT_EQ(done.size(), 1u);
  EXPECT_TRUE(done[0].as_object().contains("event_id"));
}

TEST_F(DelayedApi, TheIdAloneManages) {
  const std::string cancelled = schedule(alice, "never", "t1");
  const std::string sent = schedule(alice, "at once", "t2");
  EXPECT_EQ(manage(cancelled, "cancel").status, 200);
  EXPECT_EQ(manage(sent, "restart").status, 200);
  const Reply old =
      server.post(std::string(kUnstable) + "/delayed_events/" + sent, R"({"action":"send"})", "");
  EXPECT_EQ(old.status, 200) << old.response.body;
  EXPECT_EQ(manage(sent, "cancel").status, 409);
  EXPECT_EQ(manage(sent, "refresh").errcode(), "M_INVALID_PARAM");
  EXPECT_EQ(manage("nothing", "send").errcode(), "M_NOT_FOUND");
  pass(10'000);
  EXPECT_TRUE(messages(alice).contains("at once"));
  EXPECT_FALSE(messages(alice).contains("never"));
  const std::string single = std::string(kUnstable) + "/delayed_events/" + sent;
  EXPECT_EQ(server.get(single, alice).status, 200);
  EXPECT_EQ(server.get(single, bob).errcode(), "M_NOT_FOUND");
}

TEST_F(DelayedApi, StateTheNewEndpointAndErrors) {
  const Reply state =
      server.put(path(room, "/state/org.matrix.msc3401.call.member/key?org.matrix.msc4140.delay=5000"),
                 R"({"memberships":[]})", alice);
  EXPECT_EQ(state.status, 200) << state.response.body;
  const std::string place =
      std::string(kUnstable) + "/rooms/" + text::percent_encode(room) + "/delayed_event/m.room.message/t1";
  const Reply fresh =
      server.put(place, R"({"delay":5000,"content":{"msgtype":"m.text","body":"new way"}})", alice);
  EXPECT_EQ(fresh.status, 200) << fresh.response.body;
  EXPECT_EQ(server.put(place, R"({"delay":5000})", alice).errcode(), "M_MISSING_PARAM");
  EXPECT_EQ(server.put(place, R"({"delay":-1,"content":{}})", alice).errcode(), "M_INVALID_PARAM");
  const Reply far = server.put(place, R"({"delay":99999999999,"content":{}})", alice);
  EXPECT_EQ(far.status, 400);
  EXPECT_EQ(far.errcode(), "ORG.MATRIX.MSC4140_MAX_DELAY_EXCEEDED");
  EXPECT_EQ(far.body.at("org.matrix.msc4140.max_delay"), 86'400'000);
  const Reply stranger =
      server.put(path(room, "/send/m.room.message/t9?org.matrix.msc4140.delay=1"), R"({"body":"x"})", bob);
  EXPECT_EQ(stranger.errcode(), "M_FORBIDDEN");
  EXPECT_EQ(
      server.put(path(room, "/send/m.room.message/t9?org.matrix.msc4140.delay=x"), "{}", alice).errcode(),
      "M_INVALID_PARAM");
  pass(5'000);
  EXPECT_TRUE(messages(alice).contains("new way"));
  EXPECT_EQ(server.get(path(room, "/state/org.matrix.msc3401.call.member/key"), alice).status, 200);
  for (const char* bad : {"?status=x", "?dir=x", "?order_by=x", "?from=x", "?since_ts=x", "?outcome=x"}) {
    EXPECT_EQ(server.get(std::string(kUnstable) + "/delayed_events" + bad, alice).errcode(),
              "M_INVALID_PARAM")
        << bad;
  }
}

TEST_F(DelayedApi, ListsComeInPages) {
  for (int i = 0; i < 60; ++i) schedule(alice, "x", "t" + std::to_string(i));
  const Reply first = server.get(std::string(kUnstable) + "/delayed_events", alice);
  EXPECT_EQ(first.body.at("delayed_events").as_array().size(), 50u);
  const json::Array rest = list(alice, "?from=" + first.text("next_batch"));
  EXPECT_EQ(rest.size(), 10u);
  for (const json::Value& event : rest) {
    for (const json::Value& other : first.body.at("delayed_events").as_array()) {
      EXPECT_NE(event.at("delay_id"), other.at("delay_id"));
    }
  }
}

TEST_F(DelayedApi, StickyEventsCarryTheirDuration) {
  const Reply reply = server.put(
      path(room, "/send/m.rtc.member/t1?org.matrix.msc4354.sticky_duration_ms=60000"), R"({"x":1})", alice);
  EXPECT_EQ(reply.status, 200) << reply.response.body;
  EXPECT_TRUE(messages(alice).contains(R"("msc4354_sticky":{"duration_ms":60000})"));
  for (const char* bad : {"3600001", "-1", "x", ""}) {
    const std::string query = "?org.matrix.msc4354.sticky_duration_ms=" + std::string(bad);
    EXPECT_EQ(server.put(path(room, "/send/m.rtc.member/t2" + query), "{}", alice).errcode(),
              "M_INVALID_PARAM")
        << bad;
  }
  // A delayed event begins to stick when it is sent.
  server.put(path(room,
                  "/send/m.rtc.member/"
                  "t3?org.matrix.msc4354.sticky_duration_ms=60000&org.matrix.msc4140.delay=100000"),
             R"({"x":2})", alice);
  pass(100'000);
  const auto sticky = service.sticky(RoomId(room), {}, service.last_position());
  ASSERT_EQ(sticky.size(), 1u);
  EXPECT_EQ(sticky[0]->event->content().at("x"), 2);
}

}  // namespace
}  // namespace kuramori::api::client::testing
