#include "matrix/power_levels.hpp"

#include "tests/support.hpp"

namespace kuramori::matrix {
namespace {

constexpr std::string_view kCreate =
    R"({"type": "m.room.create", "state_key": "", "sender": "@c:one", "prev_events": [],
    "room_id": "!r:one", "content": {"creator": "@named:one", "additional_creators": ["@second:one", 3, "@c:one"]}})";

EventPtr create(std::string_view version) {
  json::Object members = testing::object(kCreate);
  if (version == "12") members.erase("room_id");
  return testing::event(members, version);
}

EventPtr levels(std::string_view content, std::string_view room = "!r:one") {
  json::Object members =
      testing::object(R"({"type": "m.room.power_levels", "state_key": "", "sender": "@c:one"})");
  members["content"] = testing::object(content);
  members["room_id"] = room;
  return testing::event(members, room == "!r:one" ? "11" : "12");
}

TEST(PowerLevels, DefaultsWithoutTheEvent) {
  const EventPtr room = create("11");
  const PowerLevels power(room.get(), nullptr);
  EXPECT_EQ(power.of(UserId("@c:one")), 100);
  EXPECT_EQ(power.of(UserId("@second:one")), 0);
  EXPECT_EQ(power.required("X", true), 50);
  EXPECT_EQ(power.required("X", false), 0);
  EXPECT_EQ(power.ban(), 50);
  EXPECT_EQ(power.kick(), 50);
  EXPECT_EQ(power.invite(), 0);
  EXPECT_EQ(power.redact(), 50);
  EXPECT_EQ(power.notification("room"), 50);
  EXPECT_EQ(PowerLevels(nullptr, nullptr).of(UserId("@c:one")), 0);
}

TEST(PowerLevels, TheCreatorOfVersion10IsNamed) {
  const EventPtr room = create("10");
  EXPECT_EQ(PowerLevels(room.get(), nullptr).of(UserId("@named:one")), 100);
  EXPECT_EQ(PowerLevels(room.get(), nullptr).of(UserId("@c:one")), 0);
  EXPECT_EQ(creators(*room), std::vector<UserId>{UserId("@named:one")});
  EXPECT_EQ(creators(*create("11")), std::vector<UserId>{UserId("@c:one")});
}

TEST(PowerLevels, OfTheEvent) {
  const EventPtr room = create("11");
  const EventPtr event =
      levels(R"({"users": {"@a:one": 70}, "users_default": 5, "events": {"X": 33}, "events_default": 6,
      "state_default": 7, "ban": 1, "kick": 2, "invite": 3, "redact": 4, "notifications": {"room": 8}})");
  const PowerLevels power(room.get(), event.get());
  EXPECT_EQ(power.of(UserId("@a:one")), 70);
  EXPECT_EQ(power.of(UserId("@c:one")), 5);
  EXPECT_EQ(power.required("X", true), 33);
  EXPECT_EQ(power.required("Y", true), 7);
  EXPECT_EQ(power.required("Y", false), 6);
  EXPECT_EQ(power.ban(), 1);
  EXPECT_EQ(power.kick(), 2);
  EXPECT_EQ(power.invite(), 3);
  EXPECT_EQ(power.redact(), 4);
  EXPECT_EQ(power.notification("room"), 8);
  EXPECT_EQ(power.notification("org.example"), 50);
}

TEST(PowerLevels, CreatorsOfVersion12StandAboveAll) {
  const EventPtr room = create("12");
  const EventPtr event =
      levels(R"({"users": {"@a:one": 9007199254740991}, "users_default": 0})", room->room().view());
  for (const Event* present : {static_cast<const Event*>(nullptr), event.get()}) {
    const PowerLevels power(room.get(), present);
    EXPECT_EQ(power.of(UserId("@c:one")), kCreatorLevel);
    EXPECT_EQ(power.of(UserId("@second:one")), kCreatorLevel);
    EXPECT_EQ(power.of(UserId("@named:one")), 0);
  }
  EXPECT_LT(PowerLevels(room.get(), event.get()).of(UserId("@a:one")), kCreatorLevel);
  EXPECT_EQ(creators(*room), (std::vector<UserId>{UserId("@c:one"), UserId("@second:one")}));
}

TEST(RoomVersion, KnowsTenToTwelve) {
  EXPECT_EQ(room_versions().size(), 3U);
  EXPECT_EQ(find_room_version("9"), nullptr);
  EXPECT_EQ(find_room_version("13"), nullptr);
  EXPECT_EQ(find_room_version(""), nullptr);
  for (const RoomVersion& version : room_versions()) EXPECT_EQ(find_room_version(version.id), &version);
}

}  // namespace
}  // namespace kuramori::matrix
