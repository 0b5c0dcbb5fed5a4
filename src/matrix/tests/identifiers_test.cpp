#include "matrix/identifiers.hpp"

#include <gtest/gtest.h>

#include <string>

namespace kuramori::matrix {
namespace {

TEST(Identifiers, Users) {
  for (const char* good :
       {"@a:one", "@:one", "@a:one:8448", "@A b!:one", "@ü:one", "@a:[::1]:80", "@a:1.2.3.4", "@a=+/-._:x"}) {
    EXPECT_TRUE(parse_user_id(good)) << good;
  }
  for (const char* bad : {"", "a:one", "@a", "@", "@a:", "@a:one:", "@a:one:123456", "@a:one:x", "@a:o_ne",
                          "@a:[::1", "#a:one", "@a:[g::]", "@a:one two", "@\xff:one", "@a:[]"}) {
    EXPECT_FALSE(parse_user_id(bad)) << bad;
  }
  EXPECT_FALSE(parse_user_id(std::string_view("@a\0b:one", 8)));
  EXPECT_TRUE(parse_user_id("@" + std::string(250, 'a') + ":one"));
  EXPECT_FALSE(parse_user_id("@" + std::string(251, 'a') + ":one"));
}

TEST(Identifiers, NewUsersFollowTheStrictGrammar) {
  const ServerName server("one");
  EXPECT_EQ(make_user_id("alice.b_c=d-e/f+9", server)->view(), "@alice.b_c=d-e/f+9:one");
  for (const std::string& bad : {std::string(), std::string("Alice"), std::string("a b"), std::string("ä"),
                                 std::string("a:b"), std::string("a@b"), std::string(251, 'a')}) {
    const Result<UserId> made = make_user_id(bad, server);
    ASSERT_FALSE(made) << bad;
    EXPECT_EQ(made.error().reason(), "M_INVALID_USERNAME");
  }
  EXPECT_TRUE(make_user_id(std::string(250, 'a'), server));
}

TEST(Identifiers, RoomsOfBothGrammars) {
  for (const char* good : {"!a:one", "!:one", "!AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA-_"}) {
    EXPECT_TRUE(parse_room_id(good)) << good;
  }
  for (const char* bad : {"", "!", "!a", "!AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "#a:one",
                          "!a:", "!AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+/"}) {
    EXPECT_FALSE(parse_room_id(bad)) << bad;
  }
}

TEST(Identifiers, EventsAliasesAndServers) {
  EXPECT_TRUE(parse_event_id("$abc"));
  EXPECT_TRUE(parse_event_id("$abc:one"));
  EXPECT_FALSE(parse_event_id("$"));
  EXPECT_FALSE(parse_event_id("abc"));
  EXPECT_FALSE(parse_event_id("$" + std::string(255, 'a')));
  EXPECT_TRUE(parse_room_alias("#日本:one"));
  EXPECT_FALSE(parse_room_alias("#nowhere"));
  EXPECT_TRUE(parse_server_name("example.org:8448"));
  EXPECT_TRUE(parse_server_name("[2001:db8::1]"));
  EXPECT_FALSE(parse_server_name(""));
  EXPECT_FALSE(parse_server_name("[2001:db8::1]8448"));
  EXPECT_FALSE(parse_server_name("exa mple"));
  EXPECT_FALSE(parse_server_name(std::string(256, 'a')));
}

TEST(Identifiers, Parts) {
  EXPECT_EQ(localpart(UserId("@alice:one:8448")), "alice");
  EXPECT_EQ(server_of(UserId("@alice:one:8448")), "one:8448");
  EXPECT_EQ(server_of(RoomAlias("#room:two")), "two");
  EXPECT_EQ(localpart(UserId()), "");
  EXPECT_EQ(server_of(UserId("@nowhere")), "");
}

}  // namespace
}  // namespace kuramori::matrix
