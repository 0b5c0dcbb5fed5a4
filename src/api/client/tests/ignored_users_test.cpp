// What people decide about others: ignoring (module ignore_users) and invitations (module invite_permission);
// and relations in limited timelines.
#include "sync_fixture.hpp"

namespace kuramori::api::client::testing {
namespace {

class Choosing : public SyncApi {
 protected:
  void ignore(std::string_view token, std::string_view who, std::string_view whom) {
    const Reply reply =
        server.put(own(who, "/account_data/m.ignored_user_list"),
                   R"({"ignored_users":{"@)" + std::string(whom) + R"(:example.org":{}}})", token);
    ASSERT_EQ(reply.status, 200);
  }
  void block_invitations(std::string_view token, std::string_view who, std::string_view action) {
    const Reply reply = server.put(own(who, "/account_data/m.invite_permission_config"),
                                   R"({"default_action":")" + std::string(action) + R"("})", token);
    ASSERT_EQ(reply.status, 200);
  }
  Reply invite_bob(std::string_view room) {
    return server.post(path(room, "/invite"), R"({"user_id":"@bob:example.org"})", alice);
  }
  static std::vector<std::string> bodies(const json::Value& events) {
    std::vector<std::string> found;
    for (const json::Value& event : events.as_array()) {
      const auto body = json::string_or(event.at("content").as_object(), "body", "");
      if (!body.empty()) found.emplace_back(body);
    }
    return found;
  }
};

TEST_F(Choosing, MessagesOfIgnoredPeopleAreNotShown) {
  const std::string room = create(alice);
  ASSERT_EQ(join(bob, room).status, 200);
  const std::string hidden = send(alice, room, "before", "t1").text("event_id");
  ASSERT_EQ(send(bob, room, "own", "t2").status, 200);
  const std::string since = next_batch(bob);
  ignore(bob, "bob", "alice");
  ASSERT_EQ(send(alice, room, "unseen", "t3").status, 200);
  ASSERT_EQ(server.put(path(room, "/state/m.room.name"), R"({"name":"Seen"})", alice).status, 200);

  const Reply synced = sync(bob, "?since=" + since);
  const auto& timeline = synced.body.at("rooms").at("join").at(room).at("timeline").at("events").as_array();
  ASSERT_EQ(timeline.size(), 1u);  // state stays
  EXPECT_EQ(json::serialize(timeline[0].at("type")), "\"m.room.name\"");
  EXPECT_EQ(synced.body.at("rooms")
                .at("join")
                .at(room)
                .at("unread_notifications")
                .at("notification_count")
                .as_int64(),
            0);
  EXPECT_EQ(bodies(server.get(path(room, "/messages?dir=b&limit=50"), bob).body.at("chunk")),
            std::vector<std::string>{"own"});
  EXPECT_EQ(bodies(sync(bob).body.at("rooms").at("join").at(room).at("timeline").at("events")),
            std::vector<std::string>{"own"});
  EXPECT_EQ(server.get(path(room, "/event/" + text::percent_encode(hidden)), bob).status, 404);
  EXPECT_EQ(server.get(path(room, "/event/" + text::percent_encode(hidden)), alice).status, 200);
}

TEST_F(Choosing, InvitationsOfIgnoredPeopleAreNotShown) {
  ignore(bob, "bob", "alice");
  const std::string room = create(alice);
  EXPECT_EQ(invite_bob(room).status, 200);  // who is ignored does not learn of it
  const Reply synced = sync(bob);
  EXPECT_FALSE(synced.body.contains("rooms"));
}

TEST_F(Choosing, BlockedInvitationsAreRefusedAndHidden) {
  const std::string earlier = create(alice);
  ASSERT_EQ(invite_bob(earlier).status, 200);
  block_invitations(bob, "bob", "block");
  EXPECT_FALSE(sync(bob).body.contains("rooms"));
  const std::string room = create(alice);
  const Reply refused = invite_bob(room);
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.errcode(), "M_INVITE_BLOCKED");
  const Reply by_state = server.put(path(room, "/state/m.room.member/%40bob%3Aexample.org"),
                                    R"({"membership":"invite"})", alice);
  EXPECT_EQ(by_state.errcode(), "M_INVITE_BLOCKED");
  const Reply created =
      server.post("/_matrix/client/v3/createRoom", R"({"invite":["@bob:example.org"]})", alice);
  EXPECT_EQ(created.errcode(), "M_INVITE_BLOCKED");
  block_invitations(bob, "bob", "something else");
  EXPECT_EQ(invite_bob(room).status, 200);
  EXPECT_EQ(sync(bob).body.at("rooms").at("invite").as_object().size(), 2u);
}

TEST_F(Choosing, ThreadsCountWithoutIgnoredPeople) {
  const std::string room = create(alice);
  ASSERT_EQ(join(bob, room).status, 200);
  const std::string carol = server.sign_up("carol");
  ASSERT_EQ(join(carol, room).status, 200);
  const std::string root = send(carol, room, "root", "t1").text("event_id");
  const std::string reply =
      R"({"msgtype":"m.text","body":"r","m.relates_to":{"rel_type":"m.thread","event_id":")" + root +
      R"("}})";
  for (const auto& [token, transaction] : {std::pair(carol, "t2"), std::pair(alice, "t3")}) {
    ASSERT_EQ(server.put(path(room, "/send/m.room.message/" + std::string(transaction)), reply, token).status,
              200);
  }
  const auto count = [&](std::string_view token) {
    const Reply event = server.get(path(room, "/event/" + text::percent_encode(root)), token);
    return event.body.at("unsigned").at("m.relations").at("m.thread").at("count").as_int64();
  };
  EXPECT_EQ(count(bob), 2);
  ignore(bob, "bob", "alice");
  EXPECT_EQ(count(bob), 1);
  EXPECT_EQ(count(carol), 2);
  // The root of an ignored person's thread is shown without its content.
  ignore(bob, "bob", "carol");
  ASSERT_EQ(server.put(path(room, "/send/m.room.message/t4"), reply, bob).status, 200);
  const Reply threads =
      server.get("/_matrix/client/v1/rooms/" + text::percent_encode(room) + "/threads", bob);
  ASSERT_EQ(threads.body.at("chunk").as_array().size(), 1u);
  EXPECT_TRUE(threads.body.at("chunk").as_array()[0].at("content").as_object().empty());
}

// "GET /sync when the relevant section has a limited value of true."
TEST_F(Choosing, LimitedTimelinesBundleRelations) {
  const std::string room = create(alice);
  const std::string root = send(alice, room, "root", "t1").text("event_id");
  const std::string since = next_batch(alice);
  const std::string reply =
      R"({"msgtype":"m.text","body":"r","m.relates_to":{"rel_type":"m.thread","event_id":")" + root +
      R"("}})";
  ASSERT_EQ(server.put(path(room, "/send/m.room.message/t2"), reply, alice).status, 200);
  const auto timeline = [&](const Reply& synced) {
    return synced.body.at("rooms").at("join").at(room).at("timeline").as_object();
  };
  const json::Object limited =
      timeline(sync(alice, "?filter=%7B%22room%22%3A%7B%22timeline%22%3A%7B%22limit%22%3A2%7D%7D%7D"));
  ASSERT_TRUE(limited.at("limited").as_bool());
  const json::Object& details = limited.at("events").as_array()[0].at("unsigned").as_object();
  EXPECT_EQ(details.at("m.relations").at("m.thread").at("count").as_int64(), 1);
  EXPECT_EQ(json::string_or(details, "membership", ""), "join");
  // What comes bit by bit is aggregated by the client.
  for (const json::Value& event : timeline(sync(alice, "?since=" + since)).at("events").as_array()) {
    EXPECT_FALSE(event.at("unsigned").as_object().contains("m.relations"));
  }
}

}  // namespace
}  // namespace kuramori::api::client::testing
