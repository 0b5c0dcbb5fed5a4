#include "administration.hpp"

namespace kuramori::api::admin::testing {
namespace {

constexpr std::string_view kWithoutKen = R"({"version":1,
  "units":[{"id":"hk","kind":"legal_entity","name":"Hong Kong"}],
  "people":[{"user":"@chief:example.org","name":"Chief","posts":[{"unit":"hk"}]},
            {"user":"@aiko:example.org","name":"Aiko","posts":[{"unit":"hk"}]},
            {"user":"@ken:example.org","name":"Ken","employment":"left"}]})";

class RoomApi : public Administration {
 protected:
  RoomApi() {
    server.sign_up("aiko");
    server.sign_up("ken");
    const Reply imported =
        server.put(target("/organisation"), std::string(kWithoutKen), chief, {{"if-match", "\"0\""}});
    ensure(imported.status == 200, "the organisation is imported");
    gate::Subject ken;
    ken.user = server.user("ken");
    auto created = server.executor.run(
        rooms.create(server.permit(ken, gate::Operation::RoomCreate), {.name = "Ken's group"}));
    ensure(created.has_value(), "the room is created");
    room = *created;
  }
  Reply hand_over(const RoomId& of, std::string body, std::string_view by, const Headers& headers = {}) {
    return server.post(target("/rooms/" + of.str() + "/hand-over"), std::move(body), by, headers);
  }

  RoomId room;
};

TEST_F(RoomApi, ARoomWhoseOwnerHasLeftIsReportedAndHandedOver) {
  const Reply listed = server.get(target("/rooms/ownerless"), chief);
  ASSERT_EQ(listed.status, 200) << listed.response.body;
  const json::Array& found = *json::array_at(listed.body, "rooms");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(json::string_or(found.front().as_object(), "room", ""), room.view());
  EXPECT_EQ(json::string_or(found.front().as_object(), "name", ""), "Ken's group");
  EXPECT_TRUE(json::bool_or(found.front().as_object(), "can_be_handed_over", false));
  EXPECT_EQ(listed.text("next_cursor"), "");

  const Headers key{{"idempotency-key", "hand-over-1"}};
  const Reply done = hand_over(room, R"({"successor":"@aiko:example.org"})", chief, key);
  ASSERT_EQ(done.status, 200) << done.response.body;
  EXPECT_EQ(done.text("in_the_name_of"), "@ken:example.org");
  EXPECT_TRUE(json::bool_or(done.body, "was_invited", false));
  EXPECT_EQ(hand_over(room, R"({"successor":"@aiko:example.org"})", chief, key).response.body,
            done.response.body);
}

TEST_F(RoomApi, WhatCannotBeIsAProblem) {
  EXPECT_EQ(hand_over(room, R"({})", chief).status, 400);
  EXPECT_EQ(hand_over(room, R"({"successor":"aiko"})", chief).status, 400);
  EXPECT_EQ(hand_over(room, R"({"successor":"@ken:example.org"})", chief).text("code"), "KURAMORI_SUCCESSOR");
  EXPECT_EQ(hand_over(RoomId("!none"), R"({"successor":"@aiko:example.org"})", chief).status, 404);
  EXPECT_EQ(server.get(target("/rooms/ownerless?limit=0"), chief).status, 400);
}

TEST_F(RoomApi, ALongListIsReadInParts) {
  gate::Subject ken;
  ken.user = server.user("ken");
  for (int i = 0; i < 2; ++i)
    ASSERT_TRUE(server.executor.run(rooms.create(server.permit(ken, gate::Operation::RoomCreate), {})));
  std::size_t seen = 0;
  std::string cursor;
  for (int part = 0; part < 3; ++part) {
    const Reply reply = server.get(target("/rooms/ownerless?limit=2") + cursor, chief);
    seen += json::array_at(reply.body, "rooms")->size();
    if (reply.text("next_cursor").empty()) break;
    cursor = "&cursor=" + reply.text("next_cursor");
  }
  EXPECT_EQ(seen, 3U);
}

}  // namespace
}  // namespace kuramori::api::admin::testing
