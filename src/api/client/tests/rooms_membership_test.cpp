// Creating rooms, membership, aliases and the directory over HTTP: statuses and error codes.
#include "rooms_fixture.hpp"

namespace kuramori::api::client::testing {
namespace {

struct Refusal {
  std::string_view body;
  int status;
  std::string_view errcode;
};

class CreateRoomErrors : public RoomsApi, public ::testing::WithParamInterface<Refusal> {};

TEST_P(CreateRoomErrors, AreTheSpecified) {
  create(alice, R"({"room_alias_name":"taken"})");
  const Reply reply = server.post("/_matrix/client/v3/createRoom", std::string(GetParam().body), alice);
  EXPECT_EQ(reply.status, GetParam().status) << reply.response.body;
  EXPECT_EQ(reply.errcode(), GetParam().errcode);
}

INSTANTIATE_TEST_SUITE_P(
    All, CreateRoomErrors,
    ::testing::Values(Refusal{"{", 400, "M_NOT_JSON"}, Refusal{"[]", 400, "M_BAD_JSON"},
                      Refusal{R"({"preset":1})", 400, "M_BAD_JSON"},
                      Refusal{R"({"preset":"odd"})", 400, "M_INVALID_PARAM"},
                      Refusal{R"({"visibility":"secret"})", 400, "M_INVALID_PARAM"},
                      Refusal{R"({"room_version":"1"})", 400, "M_UNSUPPORTED_ROOM_VERSION"},
                      Refusal{R"({"room_version":12})", 400, "M_BAD_JSON"},
                      Refusal{R"({"room_alias_name":"taken"})", 400, "M_ROOM_IN_USE"},
                      Refusal{R"({"room_alias_name":"a:b"})", 400, "M_INVALID_PARAM"},
                      Refusal{R"({"invite":["bob"]})", 400, "M_INVALID_PARAM"},
                      Refusal{R"({"invite":[1]})", 400, "M_BAD_JSON"},
                      Refusal{R"({"name":{}})", 400, "M_BAD_JSON"},
                      Refusal{R"({"initial_state":[{"content":{}}]})", 400, "M_MISSING_PARAM"},
                      Refusal{R"({"initial_state":[{"type":"a"}]})", 400, "M_MISSING_PARAM"},
                      Refusal{R"({"initial_state":[7]})", 400, "M_BAD_JSON"},
                      Refusal{R"({"power_level_content_override":{"ban":"50"}})", 400, "M_BAD_JSON"},
                      Refusal{R"({"power_level_content_override":{"users":{"@alice:example.org":1}}})", 400,
                              "M_INVALID_ROOM_STATE"},
                      Refusal{R"({"invite_3pid":[{"medium":"email"}]})", 403, "M_FORBIDDEN"}));

using Membership = RoomsApi;

TEST_F(Membership, RunsThroughItsEndpoints) {
  const std::string room = create(alice, R"({"preset":"private_chat","invite":["@bob:example.org"]})");
  EXPECT_EQ(server.post(path(room, "/join"), "", bob).text("room_id"), room);
  EXPECT_EQ(server.get("/_matrix/client/v3/joined_rooms", bob).body.at("joined_rooms").as_array().size(), 1U);
  EXPECT_EQ(server.post(path(room, "/kick"), R"({"user_id":"@bob:example.org","reason":"r"})", alice).status,
            200);
  const Reply member = server.get(path(room, "/state/m.room.member/@bob:example.org?format=event"), alice);
  EXPECT_EQ(member.body.at("content").at("reason").as_string(), "r");
  EXPECT_EQ(member.body.at("room_id").as_string(), room);
  EXPECT_EQ(server.post(path(room, "/join"), "", bob).errcode(), "M_FORBIDDEN");
  EXPECT_EQ(server.post(path(room, "/ban"), R"({"user_id":"@bob:example.org"})", alice).status, 200);
  EXPECT_EQ(server.post(path(room, "/invite"), R"({"user_id":"@bob:example.org"})", alice).status, 403);
  EXPECT_EQ(server.post(path(room, "/unban"), R"({"user_id":"@bob:example.org"})", alice).status, 200);
  EXPECT_EQ(server.post(path(room, "/unban"), R"({"user_id":"@bob:example.org"})", alice).status, 403);
  EXPECT_EQ(server.post(path(room, "/invite"), R"({"user_id":"@bob:example.org"})", alice).status, 200);
  EXPECT_EQ(server.post(path(room, "/leave"), "{}", bob).status, 200);
  EXPECT_EQ(server.post(path(room, "/forget"), "{}", alice).errcode(), "M_UNKNOWN");
  EXPECT_EQ(server.post(path(room, "/forget"), "{}", bob).status, 200);
}

TEST_F(Membership, ErrorsAreTheSpecified) {
  const std::string room = create(alice, "{}");
  EXPECT_EQ(server.post(path(room, "/invite"), "{}", alice).errcode(), "M_MISSING_PARAM");
  EXPECT_EQ(server.post(path(room, "/invite"), R"({"user_id":"bob"})", alice).errcode(), "M_INVALID_PARAM");
  EXPECT_EQ(server.post(path(room, "/invite"), R"({"id_server":"x","medium":"email","address":"a@b"})", alice)
                .status,
            403);
  EXPECT_EQ(server.post(path(room, "/join"), "{}", bob).status, 403);
  EXPECT_EQ(server.post(path(room, "/join"), R"({"third_party_signed":{}})", bob).status, 403);
  EXPECT_EQ(server.post(path("!nowhere:example.org", "/join"), "{}", bob).errcode(), "M_NOT_FOUND");
  EXPECT_EQ(server.post(path("#alias:example.org", "/join"), "{}", bob).errcode(), "M_INVALID_PARAM");
  EXPECT_EQ(server.post("/_matrix/client/v3/join/nothing", "{}", bob).errcode(), "M_INVALID_PARAM");
  EXPECT_EQ(server.post("/_matrix/client/v3/join/%23gone:example.org", "{}", bob).status, 404);
  EXPECT_EQ(server.post("/_matrix/client/v3/knock/" + text::percent_encode(room), "{}", bob).status, 403);
  EXPECT_EQ(server.post("/_matrix/client/v3/knock/%23gone:example.org", "{}", bob).status, 404);
  EXPECT_EQ(server.post(path(room, "/leave"), "{}", bob).status, 403);
  EXPECT_EQ(server.post(path(room, "/join"), "{}", "").errcode(), "M_MISSING_TOKEN");
}

TEST_F(Membership, AliasesAndTheDirectory) {
  const std::string room = create(alice, R"({"preset":"public_chat","name":"Tea","visibility":"public"})");
  const std::string alias = "/_matrix/client/v3/directory/room/%23tea:example.org";
  const std::string body = R"({"room_id":")" + room + "\"}";
  EXPECT_EQ(server.get(alias).status, 404);
  EXPECT_EQ(server.put(alias, "{}", alice).errcode(), "M_MISSING_PARAM");
  EXPECT_EQ(server.put("/_matrix/client/v3/directory/room/tea", body, alice).errcode(), "M_INVALID_PARAM");
  EXPECT_EQ(server.put(alias, body, bob).status, 403);
  EXPECT_EQ(server.put(alias, body, alice).status, 200);
  const Reply again = server.put(alias, body, alice);
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(again.errcode(), "M_UNKNOWN");
  EXPECT_EQ(server.get(alias).text("room_id"), room);
  EXPECT_EQ(server.post("/_matrix/client/v3/join/%23tea:example.org", "{}", bob).text("room_id"), room);
  EXPECT_EQ(server.get(path(room, "/aliases"), bob).body.at("aliases").as_array().size(), 1U);
  EXPECT_EQ(server.del(alias, bob).status, 403);
  EXPECT_EQ(server.del(alias, alice).status, 200);
  EXPECT_EQ(server.del(alias, alice).status, 404);

  EXPECT_EQ(server.get("/_matrix/client/v3/publicRooms").status, 401);
  const Reply list = server.get("/_matrix/client/v3/publicRooms?limit=1", bob);
  ASSERT_EQ(list.body.at("chunk").as_array().size(), 1U);
  EXPECT_EQ(list.body.at("chunk").at(0).at("name").as_string(), "Tea");
  EXPECT_EQ(list.body.at("chunk").at(0).at("num_joined_members").as_int64(), 2);
  const Reply none =
      server.post("/_matrix/client/v3/publicRooms", R"({"filter":{"generic_search_term":"x"}})", bob);
  EXPECT_TRUE(none.body.at("chunk").as_array().empty());
  EXPECT_EQ(server.post("/_matrix/client/v3/publicRooms", R"({"since":"odd"})", bob).errcode(),
            "M_INVALID_PARAM");
  const std::string listing = "/_matrix/client/v3/directory/list/room/" + text::percent_encode(room);
  EXPECT_EQ(server.get(listing).text("visibility"), "public");
  EXPECT_EQ(server.put(listing, R"({"visibility":"private"})", bob).status, 403);
  EXPECT_EQ(server.put(listing, R"({"visibility":"private"})", alice).status, 200);
  EXPECT_EQ(server.get(listing).text("visibility"), "private");
  EXPECT_EQ(server.get("/_matrix/client/v3/directory/list/room/!nowhere").status, 404);
}

}  // namespace
}  // namespace kuramori::api::client::testing
