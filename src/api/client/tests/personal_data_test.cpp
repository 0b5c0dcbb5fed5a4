// Account data, tags, receipts, read markers, typing, presence and push rules over HTTP.
#include "sync_fixture.hpp"

namespace kuramori::api::client::testing {
namespace {

class PersonalData : public SyncApi {
 protected:
  std::string send_event(std::string_view where, std::string_view transaction) {
    return send(alice, where, "hello", transaction).text("event_id");
  }
  Reply receipt(std::string_view token, std::string_view where, std::string_view type, std::string_view event,
                std::string body = "{}") {
    return server.post(path(where, "/receipt/" + std::string(type) + "/" + text::percent_encode(event)),
                       std::move(body), token);
  }
  Reply rule(net::Method method, std::string_view rest, std::string body = {}) {
    return server.request(method, "/_matrix/client/v3/pushrules" + std::string(rest), std::move(body), alice);
  }
  const std::string room = create(alice);
};

TEST_F(PersonalData, GlobalAccountData) {
  const std::string item = own("alice", "/account_data/org.example.item");
  EXPECT_EQ(server.get(item, alice).errcode(), "M_NOT_FOUND");
  EXPECT_EQ(server.put(item, R"({"a":1})", alice).response.body, "{}");
  EXPECT_EQ(server.get(item, alice).response.body, R"({"a":1})");
  EXPECT_EQ(server.get(item, bob).status, 403);
  EXPECT_EQ(server.put(item, "{}", bob).errcode(), "M_FORBIDDEN");
  EXPECT_EQ(server.put(item, "7", alice).errcode(), "M_BAD_JSON");
  EXPECT_EQ(server.put(item, "nope", alice).errcode(), "M_NOT_JSON");
  EXPECT_EQ(
      server.get("/_matrix/client/r0/user/@alice:example.org/account_data/org.example.item", alice).status,
      200);
}

TEST_F(PersonalData, AccountDataOfARoom) {
  const std::string item = own("alice", "/rooms/" + text::percent_encode(room) + "/account_data/org.item");
  EXPECT_EQ(server.get(item, alice).status, 404);
  EXPECT_EQ(server.put(item, R"({"a":1})", alice).status, 200);
  EXPECT_EQ(server.get(item, alice).response.body, R"({"a":1})");
  EXPECT_EQ(server.get(item, bob).errcode(), "M_FORBIDDEN");
  const std::string wrong = own("alice", "/rooms/@notaroomid:example.org/account_data/org.item");
  EXPECT_EQ(server.put(wrong, "{}", alice).errcode(), "M_INVALID_PARAM");
  EXPECT_EQ(server.get(wrong, alice).status, 400);
}

TEST_F(PersonalData, WhatTheServerManagesIsReadAlone) {
  const std::string in_room = "/rooms/" + text::percent_encode(room) + "/account_data/";
  for (const char* type : {"m.fully_read", "m.push_rules"}) {
    for (const std::string& place : {own("alice", "/account_data/"), own("alice", in_room)}) {
      const Reply reply = server.put(place + type, "{}", alice);
      EXPECT_EQ(reply.status, 405) << place << type;
      EXPECT_EQ(reply.errcode(), "M_BAD_JSON");
    }
  }
  EXPECT_EQ(server.get(own("alice", "/account_data/m.push_rules"), alice).status, 200);
}

TEST_F(PersonalData, Tags) {
  const std::string tags = own("alice", "/rooms/" + text::percent_encode(room) + "/tags");
  EXPECT_EQ(server.get(tags, alice).response.body, R"({"tags":{}})");
  EXPECT_EQ(server.put(tags + "/u.work", R"({"order":0.5})", alice).response.body, "{}");
  EXPECT_EQ(server.get(tags, alice).body.at("tags").as_object().size(), 1U);
  EXPECT_EQ(server.del(tags + "/u.work", alice).status, 200);
  EXPECT_EQ(server.get(tags, alice).response.body, R"({"tags":{}})");
  EXPECT_EQ(server.get(tags, bob).status, 403);
  EXPECT_EQ(server.put(tags + "/u.work", "{}", bob).status, 403);
  EXPECT_EQ(server.del(tags + "/u.work", bob).status, 403);
  EXPECT_EQ(server.put(tags + "/" + std::string(256, 'x'), "{}", alice).status, 400);
}

TEST_F(PersonalData, Receipts) {
  const std::string event = send_event(room, "1");
  for (const char* type : {"m.read", "m.read.private", "m.fully_read"}) {
    const Reply reply = receipt(alice, room, type, event);
    EXPECT_EQ(reply.status, 200) << type << reply.response.body;
    EXPECT_EQ(reply.response.body, "{}");
  }
  EXPECT_EQ(receipt(alice, room, "m.read", event, "").status, 200);
  EXPECT_EQ(receipt(alice, room, "m.seen", event).errcode(), "M_INVALID_PARAM");
  EXPECT_EQ(receipt(alice, room, "m.read", event, R"({"thread_id":7})").errcode(), "M_INVALID_PARAM");
  EXPECT_EQ(receipt(alice, room, "m.read", event, R"({"thread_id":""})").errcode(), "M_INVALID_PARAM");
  EXPECT_EQ(receipt(alice, room, "m.read", event, R"({"thread_id":"$other"})").errcode(), "M_INVALID_PARAM");
  EXPECT_EQ(receipt(alice, room, "m.fully_read", event, R"({"thread_id":"main"})").errcode(),
            "M_INVALID_PARAM");
  EXPECT_EQ(receipt(alice, room, "m.read", event, R"({"thread_id":"main"})").status, 200);
  EXPECT_EQ(receipt(alice, room, "m.read", "$unknown").status, 400);
  EXPECT_EQ(receipt(bob, room, "m.read", event).errcode(), "M_FORBIDDEN");
  EXPECT_EQ(receipt(alice, "!unknown:example.org", "m.read", event).errcode(), "M_FORBIDDEN");
}

TEST_F(PersonalData, ReadMarkers) {
  const std::string event = send_event(room, "1");
  const std::string markers = path(room, "/read_markers");
  const auto body = [&](std::string_view key, std::string_view id) {
    return "{\"" + std::string(key) + "\":\"" + std::string(id) + "\"}";
  };
  EXPECT_EQ(server.post(markers, "{}", alice).response.body, "{}");
  EXPECT_EQ(server.post(markers, body("m.fully_read", event), alice).status, 200);
  const std::string item =
      own("alice", "/rooms/" + text::percent_encode(room) + "/account_data/m.fully_read");
  EXPECT_EQ(server.get(item, alice).text("event_id"), event);
  EXPECT_EQ(server.post(markers, body("m.read", event), alice).status, 200);
  EXPECT_EQ(server.post(markers, body("m.read.private", event), alice).status, 200);
  EXPECT_EQ(server.post(markers, body("m.fully_read", "$unknown"), alice).errcode(), "M_INVALID_PARAM");
  EXPECT_EQ(server.post(markers, R"({"m.read":7})", alice).errcode(), "M_BAD_JSON");
  EXPECT_EQ(server.post(markers, body("m.read", event), bob).errcode(), "M_FORBIDDEN");
}

TEST_F(PersonalData, Typing) {
  const auto typing_of = [&](std::string_view who) {
    return path(room, "/typing/@" + std::string(who) + ":example.org");
  };
  EXPECT_EQ(server.put(typing_of("alice"), R"({"typing":true,"timeout":5000})", alice).response.body, "{}");
  EXPECT_EQ(typing.typing(RoomId(room)).size(), 1U);
  EXPECT_EQ(server.put(typing_of("alice"), R"({"typing":false})", alice).status, 200);
  EXPECT_TRUE(typing.typing(RoomId(room)).empty());
  EXPECT_EQ(server.put(typing_of("bob"), R"({"typing":true})", alice).errcode(), "M_FORBIDDEN");
  EXPECT_EQ(server.put(typing_of("bob"), R"({"typing":true})", bob).errcode(), "M_FORBIDDEN") << "not in it";
  EXPECT_EQ(server.put(typing_of("alice"), "{}", alice).errcode(), "M_MISSING_PARAM");
  EXPECT_EQ(server.put(typing_of("alice"), R"({"typing":"yes"})", alice).errcode(), "M_BAD_JSON");
  EXPECT_EQ(server.put(typing_of("alice"), R"({"typing":true,"timeout":-1})", alice).status, 400);
}

TEST_F(PersonalData, PresenceIsForThoseWhoShareARoom) {
  const std::string status = "/_matrix/client/v3/presence/@alice:example.org/status";
  EXPECT_EQ(server.put(status, R"({"presence":"online","status_msg":"here"})", alice).response.body, "{}");
  const Reply own_status = server.get(status, alice);
  EXPECT_EQ(own_status.text("presence"), "online");
  EXPECT_EQ(own_status.text("status_msg"), "here");
  EXPECT_EQ(server.get(status, bob).errcode(), "M_FORBIDDEN");
  ASSERT_EQ(join(bob, room).status, 200);
  EXPECT_EQ(server.get(status, bob).text("presence"), "online");
  EXPECT_EQ(server.put(status, R"({"presence":"online"})", bob).errcode(), "M_FORBIDDEN");
  EXPECT_EQ(server.put(status, R"({"presence":"away"})", alice).errcode(), "M_INVALID_PARAM");
  EXPECT_EQ(server.put(status, "{}", alice).errcode(), "M_MISSING_PARAM");
  EXPECT_EQ(server.put(status, R"({"presence":"online","status_msg":7})", alice).errcode(), "M_BAD_JSON");
  EXPECT_EQ(server.get("/_matrix/client/v3/presence/@nobody:example.org/status", alice).status, 403);
}

TEST_F(PersonalData, PushRules) {
  using net::Method;
  EXPECT_TRUE(rule(Method::Get, "/").body.contains("global"));
  EXPECT_TRUE(rule(Method::Get, "").body.contains("global"));
  EXPECT_TRUE(rule(Method::Get, "/global/").body.contains("override"));
  EXPECT_EQ(rule(Method::Get, "/global/content/cake").errcode(), "M_NOT_FOUND");
  EXPECT_EQ(
      rule(Method::Put, "/global/content/cake", R"({"pattern":"cake","actions":["notify"]})").response.body,
      "{}");
  const Reply made = rule(Method::Get, "/global/content/cake");
  EXPECT_EQ(made.text("pattern"), "cake");
  EXPECT_EQ(rule(Method::Get, "/global/content/cake/enabled").response.body, R"({"enabled":true})");
  EXPECT_EQ(rule(Method::Put, "/global/content/cake/enabled", R"({"enabled":false})").status, 200);
  EXPECT_EQ(rule(Method::Get, "/global/content/cake/enabled").response.body, R"({"enabled":false})");
  EXPECT_EQ(rule(Method::Put, "/global/content/cake/actions", R"({"actions":[]})").status, 200);
  EXPECT_EQ(rule(Method::Get, "/global/content/cake/actions").response.body, R"({"actions":[]})");
  EXPECT_EQ(rule(Method::Delete, "/global/content/cake").response.body, "{}");
  EXPECT_EQ(rule(Method::Delete, "/global/content/cake").status, 404);
  EXPECT_EQ(rule(Method::Get, "/global/override/.m.rule.master/enabled").response.body,
            R"({"enabled":false})");
}

TEST_F(PersonalData, PushRulesThatAreRefused) {
  using net::Method;
  const std::string body = R"({"pattern":"cake","actions":["notify"]})";
  EXPECT_EQ(rule(Method::Put, "/global/content/.mine", body).status, 400);
  EXPECT_EQ(rule(Method::Put, "/global/content/a%2Fb", body).status, 400);
  EXPECT_EQ(rule(Method::Put, "/global/nonsense/cake", body).status, 400);
  EXPECT_EQ(rule(Method::Put, "/global/content/cake", R"({"pattern":"cake"})").status, 400);
  EXPECT_EQ(rule(Method::Put, "/global/content/cake?before=absent", body).errcode(), "M_UNKNOWN");
  EXPECT_EQ(rule(Method::Put, "/global/content/absent/enabled", R"({"enabled":true})").errcode(),
            "M_NOT_FOUND");
  EXPECT_EQ(rule(Method::Put, "/global/content/absent/actions", R"({"actions":[]})").status, 404);
  EXPECT_EQ(rule(Method::Get, "/device/content/cake").status, 404);
}

}  // namespace
}  // namespace kuramori::api::client::testing
