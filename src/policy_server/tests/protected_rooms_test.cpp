#include "policy_server/protected_rooms.hpp"

#include <gtest/gtest.h>

namespace kuramori::policy_server {
namespace {

TEST(ProtectedRooms, AreNamedWithTheirVersion) {
  const std::vector<std::string> entries{"!a:other.example 10", " !b:other.example   11 ",
                                         "!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM"};
  const auto rooms = ProtectedRooms::read(entries);
  ASSERT_TRUE(rooms) << rooms.error().message();
  EXPECT_EQ(rooms->version_of(RoomId("!a:other.example"))->id, "10");
  EXPECT_EQ(rooms->version_of(RoomId("!b:other.example"))->id, "11");
  EXPECT_EQ(rooms->version_of(RoomId("!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM"))->id, "12");
  EXPECT_EQ(rooms->version_of(RoomId("!c:other.example")), nullptr);
}

TEST(ProtectedRooms, WithoutAVersionOrOfAnUnknownOneAreMistakes) {
  for (const char* entry : {"!a:other.example", "!a:other.example 3", "#a:other.example 11", ""})
    EXPECT_FALSE(ProtectedRooms::read(std::vector<std::string>{entry})) << entry;
}

}  // namespace
}  // namespace kuramori::policy_server
