#include "push/event_push.hpp"

#include <gtest/gtest.h>

#include "matrix/room_version.hpp"

namespace kuramori::push {
namespace {

matrix::EventPtr event(std::string_view type, std::string_view content,
                       std::optional<std::string> state_key = {}) {
  json::Object pdu = *json::parse_object(
      R"({"room_id":"!room:example.org","sender":"@bob:example.org","origin_server_ts":1,"depth":1,)"
      R"("auth_events":[],"prev_events":[],"hashes":{"sha256":""},"signatures":{}})");
  pdu["type"] = type;
  pdu["content"] = *json::parse_object(content);
  if (state_key) pdu["state_key"] = *state_key;
  return *matrix::Event::parse(std::move(pdu), *matrix::find_room_version("11"));
}

class EventPush : public ::testing::Test {
 protected:
  EventPush() {
    rooms::RoomState empty;
    state = empty.with(event("m.room.name", R"({"name":"Sales"})", ""));
    state = state->with(
        event("m.room.member", R"({"membership":"join","displayname":"Bob"})", "@bob:example.org"));
    pusher.app_id = "org.example";
    pusher.pushkey = "key";
    pusher.data = *json::parse_object(R"({"url":"https://g/_matrix/push/v1/notify","custom":1})");
  }
  json::Object notification(const QueuedEvent& queued, const matrix::EventPtr& of,
                            Unread unread = {3, 1}) const {
    const Addressee to{.pusher = pusher, .user = reader, .pushkey_ts = 12};
    return json::parse_object(event_push(to, queued, *of, *state, unread))->at("notification").as_object();
  }

  const UserId reader{"@alice:example.org"};
  Pusher pusher;
  rooms::RoomStatePtr state;
  matrix::EventPtr message = event("m.room.message", R"({"msgtype":"m.text","body":"secret"})");
};

TEST_F(EventPush, TellsEverythingInTheFullFormat) {
  const json::Object sent = notification(
      {.room = message->room(), .event = message->id(), .highlight = true, .sound = "ring"}, message);
  EXPECT_EQ(json::string_or(sent, "event_id", ""), message->id().view());
  EXPECT_EQ(json::string_or(sent, "room_name", ""), "Sales");
  EXPECT_EQ(json::string_or(sent, "sender_display_name", ""), "Bob");
  EXPECT_EQ(json::string_or(sent, "prio", ""), "high");
  EXPECT_EQ(json::string_or(*json::object_at(sent, "content"), "body", ""), "secret");
  EXPECT_EQ(json::integer_or(*json::object_at(sent, "counts"), "unread", 0), 3);
  const json::Object& device = json::array_at(sent, "devices")->at(0).as_object();
  EXPECT_EQ(json::serialize(*json::object_at(device, "data")), R"({"custom":1})");
  EXPECT_EQ(json::string_or(*json::object_at(device, "tweaks"), "sound", ""), "ring");
  EXPECT_TRUE(json::bool_or(*json::object_at(device, "tweaks"), "highlight", false));
  EXPECT_EQ(json::integer_or(device, "pushkey_ts", 0), 12);
}

TEST_F(EventPush, TellsNothingOfTheContentWhenTheIdIsEnough) {
  pusher.data["format"] = "event_id_only";
  const Addressee to{.pusher = pusher, .user = reader, .pushkey_ts = 12};
  const std::string sent = event_push(to, {.room = message->room(), .event = message->id(), .sound = "ring"},
                                      *message, *state, {});
  for (const std::string_view word : {"secret", "Sales", "Bob", "@bob", "m.room.message", "url"})
    EXPECT_EQ(sent.find(word), std::string::npos) << word << " in " << sent;
  EXPECT_NE(sent.find("event_id_only"), std::string::npos);
}

TEST_F(EventPush, IsUrgentForWhatMakesASoundOrMayDoSo) {
  const matrix::EventPtr encrypted = event("m.room.encrypted", R"({"algorithm":"m.megolm.v1.aes-sha2"})");
  const auto prio = [&](const QueuedEvent& queued, const matrix::EventPtr& of) {
    return std::string(json::string_or(notification(queued, of), "prio", ""));
  };
  EXPECT_EQ(prio({}, message), "low");
  EXPECT_EQ(prio({.sound = "default"}, message), "high");
  EXPECT_EQ(prio({.highlight = true}, message), "high");
  EXPECT_EQ(prio({}, encrypted), "high");
}

TEST_F(EventPush, SaysWhetherAnInvitationIsForTheReader) {
  const auto invitation = event("m.room.member", R"({"membership":"invite"})", "@alice:example.org");
  EXPECT_TRUE(json::bool_or(notification({}, invitation), "user_is_target", false));
  const auto other = event("m.room.member", R"({"membership":"invite"})", "@carol:example.org");
  EXPECT_FALSE(json::bool_or(notification({}, other), "user_is_target", true));
}

TEST_F(EventPush, BadgesSayTheNumberAlone) {
  const Addressee to{.pusher = pusher, .user = reader, .pushkey_ts = 12};
  const json::Object sent = json::parse_object(badge_push(to, {}))->at("notification").as_object();
  EXPECT_EQ(json::find(sent, "event_id"), nullptr);
  EXPECT_EQ(json::integer_or(*json::object_at(sent, "counts"), "unread", -1), 0);
}

TEST(RejectedPushkeys, AreReadFromAnyAnswer) {
  EXPECT_EQ(rejected_pushkeys(R"({"rejected":["a",1,"b"]})"), (std::vector<std::string>{"a", "b"}));
  for (const std::string_view answer : {"", "{}", "[]", R"({"rejected":"a"})", "<html>"})
    EXPECT_TRUE(rejected_pushkeys(answer).empty()) << answer;
}

TEST(QueuedEvent, IsReadAsItWasWritten) {
  const QueuedEvent queued{
      .room = RoomId("!r:x"), .event = EventId("$e"), .highlight = true, .sound = "ring"};
  const auto read = parse_queued(render_queued(queued));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->room, queued.room);
  EXPECT_EQ(read->event, queued.event);
  EXPECT_TRUE(read->highlight);
  EXPECT_EQ(read->sound, "ring");
}

}  // namespace
}  // namespace kuramori::push
