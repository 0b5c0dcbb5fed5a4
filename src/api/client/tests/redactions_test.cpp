// Redactions as clients see them, in each room version: what stays of an event, and where its redaction names
// it (room versions 10 to 12, "Redactions" and "Handling redactions"; client-server API, m.room.redaction).
#include <set>

#include "sync_fixture.hpp"

namespace kuramori::api::client::testing {
namespace {

class Redactions : public SyncApi {
 protected:
  std::string room_of(std::string_view version) {
    server.clock.advance(Milliseconds(1));
    return create(alice, R"({"preset":"public_chat","room_version":")" + std::string(version) + "\"}");
  }
  std::string redact(std::string_view room, std::string_view event) {
    const Reply reply =
        server.put(path(room, "/redact/" + text::percent_encode(event) + "/r" + std::to_string(++redacted)),
                   R"({"reason":"why"})", alice);
    EXPECT_EQ(reply.status, 200) << reply.response.body;
    return reply.text("event_id");
  }
  // All redactions in an answer, wherever they stand.
  static void collect(const json::Value& value, std::vector<json::Object>& found) {
    if (value.is_array()) {
      for (const json::Value& inner : value.get_array()) collect(inner, found);
    }
    if (!value.is_object()) return;
    const json::Object& object = value.get_object();
    if (json::string_or(object, "type", "") == "m.room.redaction") found.push_back(object);
    for (const auto& member : object) collect(member.value(), found);
  }
  static std::vector<json::Object> redactions_in(const Reply& reply) {
    EXPECT_EQ(reply.status, 200) << reply.response.body;
    std::vector<json::Object> found;
    const auto parsed = json::parse(reply.response.body);
    EXPECT_TRUE(parsed);
    if (parsed) collect(*parsed, found);
    return found;
  }
  // What is left of a state event's content after it was redacted.
  std::string left_of(std::string_view version, std::string_view type, std::string_view key,
                      std::string_view content) {
    const std::string room = room_of(version);
    const std::string target = "/state/" + std::string(type) + "/" + text::percent_encode(key);
    const Reply set = server.put(path(room, target), std::string(content), alice);
    EXPECT_EQ(set.status, 200) << type << set.response.body;
    redact(room, set.text("event_id"));
    const Reply left = server.get(path(room, target), alice);
    EXPECT_EQ(left.status, 200) << type << left.response.body;
    EXPECT_EQ(server.get(path(room, "/event/" + text::percent_encode(set.text("event_id"))), alice)
                  .body.at("content"),
              json::Value(left.body));
    return json::canonical(left.body);
  }

  int redacted = 0;
};

TEST_F(Redactions, NameTheirTargetInBothPlacesByEveryWayToRead) {
  for (const std::string_view version : {"10", "11", "12"}) {
    SCOPED_TRACE(version);
    const std::string room = room_of(version);
    const std::string sliding = "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync";
    const std::string lists = R"({"lists":{"all":{"ranges":[[0,9]],"timeline_limit":20}}})";
    const std::string since = next_batch(alice);
    const std::string pos = server.post(sliding, lists, alice).text("pos");
    const std::string target = send(alice, room, "gone", "t1").text("event_id");
    const std::string redaction = text::percent_encode(redact(room, target));
    const std::vector<std::pair<std::string, Reply>> answers{
        {"sync", sync(alice, "?since=" + since)},
        {"first sync", sync(alice)},
        {"sliding sync", server.post(sliding + "?pos=" + pos, lists, alice)},
        {"messages", server.get(path(room, "/messages?dir=b"), alice)},
        {"event", server.get(path(room, "/event/" + redaction), alice)},
        {"redacted event", server.get(path(room, "/event/" + text::percent_encode(target)), alice)},
        {"event without its room", server.get("/_matrix/client/v3/events/" + redaction, alice)},
        {"context", server.get(path(room, "/context/" + redaction), alice)},
        {"initialSync", server.get(path(room, "/initialSync"), alice)},
        {"events", server.get("/_matrix/client/v3/events?from=" + since, alice)}};
    for (const auto& [way, answer] : answers) {
      std::set<std::string> targets;  // syncs also tell of the rooms of the versions before
      for (const json::Object& event : redactions_in(answer)) {
        targets.emplace(json::string_or(event, "redacts", "none"));
        EXPECT_EQ(json::string_or(event.at("content").as_object(), "redacts", ""),
                  json::string_or(event, "redacts", "none"))
            << way;
      }
      EXPECT_TRUE(targets.contains(target)) << way;
      EXPECT_FALSE(targets.contains("none")) << way;
    }
  }
}

// The differences between the versions that are served, by the endpoints.
TEST_F(Redactions, LeaveOfStateWhatTheVersionKeeps) {
  struct Case {
    std::string_view type;
    std::string_view key;
    std::string_view content;
    std::string_view left_in_10;
    std::string_view left_since_11;
  };
  constexpr std::string_view kLevels =
      R"({"ban":50,"invite":7,"notifications":{"room":60},"users_default":0})";
  const Case cases[] = {{"m.room.power_levels", "", kLevels, R"({"ban":50,"users_default":0})",
                         R"({"ban":50,"invite":7,"users_default":0})"},
                        {"m.room.join_rules", "", R"({"allow":[],"join_rule":"public","more":1})",
                         R"({"allow":[],"join_rule":"public"})", R"({"allow":[],"join_rule":"public"})"},
                        {"m.room.history_visibility", "", R"({"history_visibility":"joined","more":1})",
                         R"({"history_visibility":"joined"})", R"({"history_visibility":"joined"})"},
                        {"m.room.member", "@alice:example.org", R"({"displayname":"A","membership":"join"})",
                         R"({"membership":"join"})", R"({"membership":"join"})"},
                        {"m.room.topic", "", R"({"topic":"secret"})", "{}", "{}"},
                        {"m.room.aliases", "example.org", R"({"aliases":["#a:example.org"]})", "{}", "{}"}};
  for (const Case& c : cases) {
    // In version 12 the creator is in no list of levels; before, without one nobody would have a level.
    std::string content(c.content);
    if (c.type == "m.room.power_levels") {
      const std::string named =
          content.substr(0, content.size() - 1) + R"(,"users":{"@alice:example.org":100}})";
      const std::string users = R"("users":{"@alice:example.org":100},)";
      const auto with_users = [&](std::string_view left) {
        std::string text(left);
        return text.insert(text.find(R"("users_default")"), users);
      };
      EXPECT_EQ(left_of("10", c.type, c.key, named), with_users(c.left_in_10));
      EXPECT_EQ(left_of("11", c.type, c.key, named), with_users(c.left_since_11));
    } else {
      EXPECT_EQ(left_of("10", c.type, c.key, content), c.left_in_10) << c.type;
      EXPECT_EQ(left_of("11", c.type, c.key, content), c.left_since_11) << c.type;
    }
    EXPECT_EQ(left_of("12", c.type, c.key, content), c.left_since_11) << c.type;
  }
}

TEST_F(Redactions, LeaveOfTheCreationWhatTheVersionKeeps) {
  for (const std::string_view version : {"10", "11", "12"}) {
    SCOPED_TRACE(version);
    const std::string room = room_of(version);
    const Reply created = server.get(path(room, "/state/m.room.create?format=event"), alice);
    const json::Object before = created.body.at("content").as_object();
    ASSERT_EQ(json::string_or(before, "room_version", ""), version);
    redact(room, created.text("event_id"));
    const Reply left = server.get(path(room, "/state/m.room.create"), alice);
    ASSERT_EQ(left.status, 200);
    if (version == "10") {
      EXPECT_EQ(json::canonical(left.body), R"({"creator":"@alice:example.org"})");
    } else {
      EXPECT_EQ(left.body, before);
    }
    // The room lives on with it.
    EXPECT_EQ(join(bob, room).status, 200);
    EXPECT_EQ(send(bob, room, "still here", "t1").status, 200);
  }
}

// The redaction of a redaction: since version 11 it still says what it took away.
TEST_F(Redactions, OfARedactionKeepItsTargetWhereItIsContent) {
  for (const std::string_view version : {"10", "11", "12"}) {
    SCOPED_TRACE(version);
    const std::string room = room_of(version);
    const std::string target = send(alice, room, "gone", "t1").text("event_id");
    const std::string first = redact(room, target);
    redact(room, first);
    const Reply event = server.get(path(room, "/event/" + text::percent_encode(first)), alice);
    EXPECT_EQ(json::string_or(event.body.at("content").as_object(), "redacts", ""),
              version == "10" ? "" : target);
    EXPECT_FALSE(event.body.at("content").as_object().contains("reason"));
    const Reply gone = server.get(path(room, "/event/" + text::percent_encode(target)), alice);
    EXPECT_TRUE(gone.body.at("content").as_object().empty()) << "what was taken away stays away";
  }
}

}  // namespace
}  // namespace kuramori::api::client::testing
