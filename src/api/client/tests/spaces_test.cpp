// Spaces, summaries, restricted rooms, previews and mutual rooms over HTTP.
#include "rooms_fixture.hpp"

namespace kuramori::api::client::testing {
namespace {

class SpacesApi : public RoomsApi {
 protected:
  std::string space(std::string_view token, std::string_view preset = "public_chat") {
    return create(token,
                  R"({"preset":")" + std::string(preset) + R"(","creation_content":{"type":"m.space"}})");
  }
  void add_child(std::string_view token, std::string_view parent, std::string_view child,
                 std::string more = {}) {
    server.clock.advance(Milliseconds(1));
    const Reply reply = server.put(path(parent, "/state/m.space.child/" + text::percent_encode(child)),
                                   R"({"via":["example.org"])" + more + "}", token);
    EXPECT_EQ(reply.status, 200) << reply.response.body;
  }
  std::string restricted_to(std::string_view parent, std::string_view rule = "restricted") {
    return create(
        alice,
        R"({"preset":"private_chat","initial_state":[{"type":"m.room.join_rules","content":{"join_rule":")" +
            std::string(rule) + R"(","allow":[{"type":"m.room_membership","room_id":")" +
            std::string(parent) + R"("}]}}]})");
  }
  Reply hierarchy(std::string_view token, std::string_view room, std::string query = {}) {
    return server.get("/_matrix/client/v1/rooms/" + text::percent_encode(room) + "/hierarchy" + query, token);
  }
  Reply summary(std::string_view token, std::string_view room) {
    return server.get("/_matrix/client/v1/room_summary/" + text::percent_encode(room), token);
  }
  static std::vector<std::string> ids(const Reply& reply) {
    std::vector<std::string> found;
    for (const json::Value& room : reply.body.at("rooms").as_array()) {
      found.emplace_back(json::string_or(room.as_object(), "room_id", ""));
    }
    return found;
  }
};

TEST_F(SpacesApi, TheTreeIsWalkedDepthFirstInOrder) {
  const std::string root = space(alice);
  const std::string inner = space(alice);
  const std::string one = create(alice);
  const std::string two = create(alice);
  const std::string deep = create(alice);
  const std::string hidden = create(alice, R"({"preset":"private_chat"})");
  add_child(alice, root, two, R"(,"order":"b")");
  add_child(alice, root, inner, R"(,"order":"a","suggested":true)");
  add_child(alice, root, one);
  add_child(alice, root, hidden);
  add_child(alice, inner, deep);
  add_child(alice, inner, root);  // a circle
  EXPECT_EQ(ids(hierarchy(bob, root)), (std::vector<std::string>{root, inner, deep, two, one}));
  EXPECT_EQ(ids(hierarchy(alice, root)), (std::vector<std::string>{root, inner, deep, two, one, hidden}));
  EXPECT_EQ(ids(hierarchy(bob, root, "?max_depth=1")), (std::vector<std::string>{root, inner, two, one}));
  EXPECT_EQ(ids(hierarchy(bob, root, "?suggested_only=true")), (std::vector<std::string>{root, inner}));
  const json::Object first = hierarchy(bob, root).body.at("rooms").as_array()[0].as_object();
  EXPECT_EQ(first.at("children_state").as_array().size(), 4u);
  EXPECT_EQ(json::string_or(first, "room_type", ""), "m.space");
  EXPECT_EQ(json::string_or(first, "room_version", ""), "12");

  std::vector<std::string> paged;
  std::string from;
  for (int page = 0; page < 10; ++page) {
    const Reply reply = hierarchy(bob, root, "?limit=2" + (from.empty() ? "" : "&from=" + from));
    for (std::string& id : ids(reply)) paged.push_back(std::move(id));
    from = reply.text("next_batch");
    if (from.empty()) break;
    EXPECT_EQ(hierarchy(bob, root, "?limit=2&max_depth=1&from=" + from).errcode(), "M_INVALID_PARAM");
  }
  EXPECT_EQ(paged, (std::vector<std::string>{root, inner, deep, two, one}));
  EXPECT_EQ(hierarchy(bob, hidden).errcode(), "M_FORBIDDEN");
  EXPECT_EQ(hierarchy(bob, root, "?from=x").errcode(), "M_INVALID_PARAM");
}

TEST_F(SpacesApi, RestrictedRoomsOpenToMembersOfTheSpace) {
  const std::string parent = space(alice);
  for (const std::string rule : {"restricted", "knock_restricted"}) {
    const std::string room = restricted_to(parent, rule);
    add_child(alice, parent, room);
    const std::string stranger = server.sign_up("stranger" + std::to_string(rule.size()));
    const bool is_knockable = rule == "knock_restricted";
    EXPECT_EQ(summary(stranger, room).status, is_knockable ? 200 : 404);
    EXPECT_EQ(join(stranger, room).status, 403);
    ASSERT_EQ(join(stranger, parent).status, 200);
    const Reply seen = summary(stranger, room);
    EXPECT_EQ(seen.status, 200);
    EXPECT_EQ(seen.text("membership"), "leave");
    EXPECT_EQ(json::serialize(seen.body.at("allowed_room_ids")), "[\"" + parent + "\"]");
    EXPECT_EQ(join(stranger, room).status, 200);
    const Reply member = server.get(
        path(room, "/state/m.room.member/%40stranger" + std::to_string(rule.size()) + "%3Aexample.org"),
        alice);
    EXPECT_EQ(member.text("join_authorised_via_users_server"), "@alice:example.org");
  }
}

TEST_F(SpacesApi, ASummaryIsToldToWhoMayEnter) {
  const std::string open =
      create(alice, R"({"preset":"public_chat","name":"Open","room_alias_name":"open"})");
  const std::string closed = create(alice, R"({"preset":"private_chat"})");
  EXPECT_EQ(summary("", open).text("name"), "Open");
  EXPECT_FALSE(summary("", open).body.contains("membership"));
  EXPECT_EQ(summary(alice, "#open:example.org").text("membership"), "join");
  EXPECT_EQ(server.get("/_matrix/client/unstable/im.nheko.summary/summary/" + text::percent_encode(open), bob)
                .text("im.nheko.summary.version"),
            "12");
  EXPECT_EQ(summary(bob, closed).status, 404);
  EXPECT_EQ(summary("", closed).status, 404);
  EXPECT_EQ(summary(bob, "!nothing:example.org").errcode(), "M_NOT_FOUND");
  ASSERT_EQ(server.post(path(closed, "/invite"), R"({"user_id":"@bob:example.org"})", alice).status, 200);
  EXPECT_EQ(summary(bob, closed).text("membership"), "invite");
}

TEST_F(SpacesApi, WorldReadableRoomsAreOpenToWhoIsNotInThem) {
  const std::string room = create(
      alice,
      R"({"preset":"public_chat","initial_state":[{"type":"m.room.history_visibility","content":{"history_visibility":"world_readable"}}]})");
  ASSERT_EQ(send(alice, room, "hello", "t1").status, 200);
  const Reply initial = server.get(path(room, "/initialSync"), bob);
  ASSERT_EQ(initial.status, 200) << initial.response.body;
  EXPECT_FALSE(initial.body.contains("membership"));
  const std::string end(json::string_or(initial.body.at("messages").as_object(), "end", ""));
  ASSERT_EQ(send(alice, room, "again", "t2").status, 200);
  const Reply peeked =
      server.get("/_matrix/client/v3/events?room_id=" + text::percent_encode(room) + "&from=" + end, bob);
  ASSERT_EQ(peeked.status, 200) << peeked.response.body;
  ASSERT_EQ(peeked.body.at("chunk").as_array().size(), 1u);
  EXPECT_EQ(json::serialize(peeked.body.at("chunk").as_array()[0].at("content").at("body")), "\"again\"");
  EXPECT_EQ(server.get("/_matrix/client/v3/events?from=" + peeked.text("end"), alice)
                .body.at("chunk")
                .as_array()
                .size(),
            0u);

  const std::string closed = create(alice);
  EXPECT_EQ(server.get(path(closed, "/initialSync"), bob).status, 403);
  EXPECT_EQ(server.get("/_matrix/client/v3/events?room_id=" + text::percent_encode(closed), bob).status, 403);
  const Reply all = server.get("/_matrix/client/v3/initialSync", alice);
  EXPECT_EQ(all.body.at("rooms").as_array().size(), 2u);
}

TEST_F(SpacesApi, AnEventIsFoundWithoutItsRoom) {
  const std::string room = create(alice);
  const std::string event = send(alice, room, "hello", "t1").text("event_id");
  const std::string target = "/_matrix/client/v3/events/" + text::percent_encode(event);
  EXPECT_EQ(server.get(target, alice).text("room_id"), room);
  EXPECT_EQ(server.get(target, bob).status, 404);
  EXPECT_EQ(server.get("/_matrix/client/v3/events/%24nothing", alice).status, 404);
}

TEST_F(SpacesApi, MutualRoomsAreThoseOfBoth) {
  const std::string shared = create(alice);
  create(alice);
  ASSERT_EQ(join(bob, shared).status, 200);
  const Reply mutual = server.get("/_matrix/client/v1/mutual_rooms?user_id=%40bob%3Aexample.org", alice);
  EXPECT_EQ(json::serialize(mutual.body.at("joined")), "[\"" + shared + "\"]");
  EXPECT_EQ(mutual.body.at("count").as_int64(), 1);
  const std::string unstable = "/_matrix/client/unstable/uk.half-shot.msc2666/user/mutual_rooms?user_id=";
  EXPECT_EQ(server.get(unstable + "%40nobody%3Aexample.org", alice).body.at("count").as_int64(), 0);
  EXPECT_EQ(server.get(unstable + "%40alice%3Aexample.org", alice).errcode(), "M_INVALID_PARAM");
  EXPECT_EQ(server.get("/_matrix/client/v1/mutual_rooms", alice).errcode(), "M_MISSING_PARAM");
}

}  // namespace
}  // namespace kuramori::api::client::testing
