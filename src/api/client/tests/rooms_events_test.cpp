// Sending, state, redaction and history over HTTP.
#include "rooms_fixture.hpp"

namespace kuramori::api::client::testing {
namespace {

using Events = RoomsApi;

TEST_F(Events, SendingIsIdempotentPerDeviceAndPath) {
  const std::string room = create(alice);
  const Reply first = send(alice, room, "one", "t1");
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(send(alice, room, "one", "t1").text("event_id"), first.text("event_id"));
  const Reply other = server.put(path(room, "/send/org.example.other/t1"), "{}", alice);
  EXPECT_NE(other.text("event_id"), first.text("event_id"));
  EXPECT_EQ(send(bob, room, "x", "t1").errcode(), "M_FORBIDDEN");
  EXPECT_EQ(send(alice, "!nowhere:example.org", "x", "t1").errcode(), "M_FORBIDDEN");
  EXPECT_EQ(server.put(path(room, "/send/m.room.message/t2"), R"({"n":1.5})", alice).errcode(), "M_BAD_JSON");
  const Reply large = send(alice, room, std::string(66'000, 'x'), "t3");
  EXPECT_EQ(large.status, 413);
  EXPECT_EQ(large.errcode(), "M_TOO_LARGE");
  // Only the device that sent it learns the transaction id.
  ASSERT_EQ(join(bob, room).status, 200);
  const std::string event = path(room, "/event/" + text::percent_encode(first.text("event_id")));
  EXPECT_EQ(server.get(event, alice).body.at("unsigned").at("transaction_id").as_string(), "t1");
  EXPECT_FALSE(server.get(event, bob).body.at("unsigned").as_object().contains("transaction_id"));
}

// Canonical JSON: no floats, and integers within ±(2^53-1), wherever content comes in; levels are integers.
TEST_F(Events, NumbersThatAreNotCanonicalAreRefusedByEveryEndpoint) {
  const std::string room = create(alice);
  const std::string event = send(alice, room, "x", "t0").text("event_id");
  for (const std::string_view number :
       {"1.5", "-0.25", "1e-3", "1e400", "9007199254740992", "-9007199254740992", "18446744073709551616"}) {
    const std::string content = R"({"deep":[{"number":)" + std::string(number) + "}]}";
    const std::vector<Reply> refused{
        server.put(path(room, "/send/org.example.thing/t1"), content, alice),
        server.put(path(room, "/state/org.example.thing"), content, alice),
        server.put(path(room, "/redact/" + text::percent_encode(event) + "/t2"), content, alice),
        server.post("/_matrix/client/v3/createRoom", R"({"creation_content":)" + content + "}", alice),
        server.post("/_matrix/client/v3/createRoom",
                    R"({"initial_state":[{"type":"org.example.thing","content":)" + content + "}]}", alice),
        server.post("/_matrix/client/v3/createRoom",
                    R"({"power_level_content_override":{"events_default":)" + std::string(number) + "}}",
                    alice)};
    for (std::size_t i = 0; i < refused.size(); ++i) {
      EXPECT_EQ(refused[i].status, 400) << number << " by " << i << refused[i].response.body;
    }
  }
  for (const std::string_view number : {"9007199254740991", "-9007199254740991", "0"}) {
    EXPECT_EQ(
        server.put(path(room, "/state/org.example.thing"), R"({"n":)" + std::string(number) + "}", alice)
            .status,
        200);
    EXPECT_EQ(server.get(path(room, "/state/org.example.thing"), alice).response.body,
              R"({"n":)" + std::string(number) + "}");
  }
  // Levels as strings were for room versions before 10, which are not served.
  for (const std::string_view version : {"10", "11", "12"}) {
    const std::string other = create(alice, R"({"room_version":")" + std::string(version) + "\"}");
    EXPECT_EQ(server
                  .put(path(other, "/state/m.room.power_levels"),
                       R"({"users":{"@alice:example.org":100,"@bob:example.org":"50"}})", alice)
                  .status,
              400)
        << version;
    server.clock.advance(Milliseconds(1));
  }
  for (const std::string_view version : {"1", "6", "9"}) {
    EXPECT_EQ(server
                  .post("/_matrix/client/v3/createRoom",
                        R"({"room_version":")" + std::string(version) + "\"}", alice)
                  .errcode(),
              "M_UNSUPPORTED_ROOM_VERSION");
  }
}

TEST_F(Events, StateIsSetAndRead) {
  const std::string room = create(alice);
  EXPECT_EQ(server.put(path(room, "/state/m.room.name"), R"({"name":"N"})", alice).status, 200);
  EXPECT_EQ(server.get(path(room, "/state/m.room.name"), alice).text("name"), "N");
  EXPECT_EQ(server.put(path(room, "/state/m.room.name/"), R"({"name":"M"})", alice).status, 200);
  EXPECT_EQ(server.get(path(room, "/state/m.room.name/"), alice).text("name"), "M");
  EXPECT_EQ(server.put(path(room, "/state/org.example.k/a%2Fb"), R"({"v":1})", alice).status, 200);
  EXPECT_EQ(server.get(path(room, "/state/org.example.k/a%2Fb?format=event"), alice).text("state_key"),
            "a/b");
  EXPECT_EQ(server.get(path(room, "/state/org.example.none"), alice).status, 404);
  EXPECT_EQ(server.get(path(room, "/state/m.room.name?format=odd"), alice).errcode(), "M_INVALID_PARAM");
  EXPECT_EQ(server.get(path(room, "/state"), bob).status, 403);
  EXPECT_EQ(server.put(path(room, "/state/m.room.name"), R"({"name":"x"})", bob).status, 403);
  EXPECT_EQ(server.put(path(room, "/state/m.room.canonical_alias"), R"({"alias":"#gone:example.org"})", alice)
                .errcode(),
            "M_BAD_ALIAS");
  EXPECT_EQ(
      server.put(path(room, "/state/m.room.member/@bob:example.org"), R"({"membership":"invite"})", alice)
          .status,
      200);
  const auto state = json::parse(server.get(path(room, "/state"), alice).response.body);
  ASSERT_TRUE(state && state->is_array());
  EXPECT_GE(state->get_array().size(), 8U);
}

TEST_F(Events, RedactionsComeByTwoEndpoints) {
  for (const std::string_view version : {"10", "12"}) {
    const std::string room = create(alice, R"({"room_version":")" + std::string(version) + "\"}");
    const std::string one = send(alice, room, "one", "1").text("event_id");
    const std::string two = send(alice, room, "two", "2").text("event_id");
    EXPECT_EQ(
        server.put(path(room, "/redact/" + text::percent_encode(one) + "/3"), R"({"reason":"r"})", alice)
            .status,
        200);
    EXPECT_EQ(
        server.put(path(room, "/send/m.room.redaction/4"), R"({"redacts":")" + two + "\"}", alice).status,
        200);
    EXPECT_EQ(server.put(path(room, "/send/m.room.redaction/5"), "{}", alice).errcode(), "M_MISSING_PARAM");
    EXPECT_EQ(server.put(path(room, "/redact/$gone/6"), "", alice).status, 404);
    for (const std::string& event : {one, two}) {
      const Reply redacted = server.get(path(room, "/event/" + text::percent_encode(event)), alice);
      EXPECT_TRUE(redacted.body.at("content").as_object().empty());
      EXPECT_EQ(redacted.body.at("unsigned").at("redacted_because").at("redacts").as_string(), event);
    }
  }
}

TEST_F(Events, HistoryPagesContextAndTimes) {
  const std::string room = create(alice);
  std::vector<std::string> sent;
  for (int i = 0; i < 12; ++i)
    sent.push_back(send(alice, room, std::to_string(i), std::to_string(i)).text("event_id"));
  std::vector<std::string> bodies;
  std::string from;
  for (;;) {
    const Reply page = server.get(path(room, "/messages?dir=b&limit=5" + from), alice);
    ASSERT_EQ(page.status, 200);
    for (const json::Value& event : page.body.at("chunk").as_array()) {
      if (event.at("type").as_string() == "m.room.message") {
        bodies.emplace_back(json::view(event.at("content").at("body").as_string()));
      }
    }
    if (!page.body.contains("end")) break;
    from = "&from=" + page.text("end");
  }
  ASSERT_EQ(bodies.size(), 12U);
  EXPECT_EQ(bodies.front(), "11");
  EXPECT_EQ(bodies.back(), "0");
  const Reply lazy = server.get(
      path(room, "/messages?dir=f&filter=" + text::percent_encode(R"({"lazy_load_members":true})")), alice);
  EXPECT_EQ(lazy.body.at("state").as_array().size(), 1U);
  EXPECT_EQ(server.get(path(room, "/messages"), alice).errcode(), "M_MISSING_PARAM");
  EXPECT_EQ(server.get(path(room, "/messages?dir=x"), alice).errcode(), "M_INVALID_PARAM");
  EXPECT_EQ(server.get(path(room, "/messages?dir=b&from=odd"), alice).errcode(), "M_INVALID_PARAM");
  EXPECT_EQ(server.get(path(room, "/messages?dir=b&limit=-1"), alice).errcode(), "M_INVALID_PARAM");
  EXPECT_EQ(server.get(path(room, "/messages?dir=b&filter=odd"), alice).status, 400);
  EXPECT_EQ(server.get(path(room, "/messages?dir=b"), bob).status, 403);

  const Reply context =
      server.get(path(room, "/context/" + text::percent_encode(sent[5]) + "?limit=2"), alice);
  EXPECT_EQ(context.body.at("event").at("event_id").as_string(), sent[5]);
  EXPECT_EQ(context.body.at("events_before").at(0).at("event_id").as_string(), sent[4]);
  EXPECT_EQ(context.body.at("events_after").at(0).at("event_id").as_string(), sent[6]);
  EXPECT_FALSE(context.body.at("state").as_array().empty());
  EXPECT_EQ(server.get(path(room, "/context/$gone"), alice).status, 404);

  const std::string times = "/_matrix/client/v1/rooms/" + text::percent_encode(room) + "/timestamp_to_event";
  EXPECT_EQ(server.get(times + "?dir=f&ts=0", alice).status, 200);
  EXPECT_EQ(server.get(times + "?dir=b&ts=0", alice).errcode(), "M_NOT_FOUND");
  EXPECT_EQ(server.get(times + "?dir=b", alice).errcode(), "M_MISSING_PARAM");
  EXPECT_EQ(server.get(times + "?dir=b&ts=x", alice).errcode(), "M_INVALID_PARAM");
}

TEST_F(Events, MembersAreListedAsOfThenAndByMembership) {
  const std::string room = create(alice);
  const std::string before = server.get(path(room, "/messages?dir=b"), alice).text("start");
  ASSERT_EQ(join(bob, room).status, 200);
  const auto count = [&](const std::string& query, const std::string& token) {
    return server.get(path(room, "/members" + query), token).body.at("chunk").as_array().size();
  };
  EXPECT_EQ(count("", alice), 2U);
  EXPECT_EQ(count("?at=" + before, alice), 1U);
  EXPECT_EQ(count("?membership=join", alice), 2U);
  EXPECT_EQ(count("?not_membership=join", alice), 0U);
  EXPECT_EQ(server.get(path(room, "/members?membership=odd"), alice).errcode(), "M_INVALID_PARAM");
  EXPECT_EQ(server.get(path(room, "/members?at=odd"), alice).errcode(), "M_INVALID_PARAM");
  const auto joined = server.get(path(room, "/joined_members"), alice).body.at("joined").as_object();
  EXPECT_EQ(joined.size(), 2U);
  // Null for the name, which clients insist on; nothing for the picture, which the specification describes as
  // a text.
  EXPECT_TRUE(joined.begin()->value().as_object().at("display_name").is_null());
  EXPECT_FALSE(joined.begin()->value().as_object().contains("avatar_url"));
  ASSERT_EQ(server.post(path(room, "/leave"), "{}", bob).status, 200);
  EXPECT_EQ(count("?membership=leave", bob), 1U);
  EXPECT_EQ(server.get(path(room, "/joined_members"), bob).status, 403);
  const std::string carol = server.sign_up("carol");
  EXPECT_EQ(server.get(path(room, "/members"), carol).status, 403);
}

}  // namespace
}  // namespace kuramori::api::client::testing
