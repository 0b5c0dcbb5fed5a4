#include "matrix/authorisation.hpp"

#include <map>

#include "tests/support.hpp"

namespace kuramori::matrix {
namespace {

using testing::text_at;

constexpr std::string_view kRoom = "!room:one";

class StateOfRoom final : public StateView {
 public:
  void set(EventPtr event) { events_[{event->type(), event->state_key().value_or("")}] = std::move(event); }
  EventPtr find(std::string_view type, std::string_view state_key) const override {
    const auto found = events_.find({std::string(type), std::string(state_key)});
    return found == events_.end() ? nullptr : found->second;
  }

 private:
  std::map<StateKey, EventPtr> events_;
};

// A room of the vectors, in one room version.
struct Room {
  explicit Room(std::string version_id) : version(std::move(version_id)) {}

  EventPtr make(json::Object members) const {
    const std::string type = text_at(members, "type");
    if (json::bool_or(members, "follows_creation", false)) {
      members["prev_events"] = json::Array{create->id().view()};
      members.erase("follows_creation");
    }
    if (type == "m.room.create") {
      if (!members.contains("prev_events")) members["prev_events"] = json::Array{};
      if (version != "12" && !members.contains("room_id")) members["room_id"] = kRoom;
    } else {
      members["room_id"] = create->room().view();
    }
    return testing::event(members, version);
  }

  void add(const json::Object& members) {
    json::Object piece = members;
    if (text_at(piece, "type") == "m.room.create") {
      if (version == "10") piece["content"].as_object()["creator"] = text_at(piece, "sender");
      create = make(piece);
      state.set(create);
    } else {
      state.set(make(piece));
    }
  }

  std::string version;
  EventPtr create;
  StateOfRoom state;
};

Room room_of(const json::Object& vectors, const json::Object& test, const std::string& version) {
  Room room(version);
  const json::Object& rooms = vectors.at("rooms").as_object();
  for (const json::Value& piece : rooms.at(text_at(test, "room")).as_array()) room.add(piece.as_object());
  if (const json::Array* change = json::array_at(test, "change")) {
    for (const json::Value& piece : *change) room.add(piece.as_object());
  }
  return room;
}

TEST(Authorisation, Vectors) {
  const json::Object vectors = testing::load_vectors("authorisation.json");
  ASSERT_GE(vectors.at("cases").as_array().size(), 60U);
  for (const json::Value& value : vectors.at("cases").as_array()) {
    const json::Object& test = value.as_object();
    for (const auto& rule : test.at("rule").as_object()) {
      SCOPED_TRACE(text_at(test, "name") + " in version " + std::string(rule.key()));
      const Room room = room_of(vectors, test, std::string(rule.key()));
      const EventPtr event = room.make(test.at("event").as_object());
      ASSERT_NE(event, nullptr);
      const Verdict verdict = authorise(*event, room.state);
      EXPECT_EQ(verdict.allowed, test.at("allowed").as_bool());
      EXPECT_EQ(verdict.rule, json::view(rule.value().as_string()));
      EXPECT_EQ(verdict.reason.empty(), verdict.allowed);
    }
  }
}

struct Cited {
  std::vector<EventPtr> events;
  std::vector<EventId> rejected;
};

Cited cite(const Room& room, const json::Array& entries) {
  Cited cited;
  for (const json::Value& value : entries) {
    const json::Object& entry = value.as_object();
    EventPtr event = room.state.find(text_at(entry, "type"), text_at(entry, "state_key"));
    EXPECT_NE(event, nullptr);
    json::Object variant = event->pdu();
    if (json::bool_or(entry, "another", false)) variant["origin_server_ts"] = 99;
    if (json::bool_or(entry, "of_another_room", false)) {
      variant["room_id"] = room.version == "12" ? "!" + std::string(43, 'A') : "!other:one";
    }
    cited.events.push_back(testing::event(variant, room.version));
    if (json::bool_or(entry, "rejected", false)) cited.rejected.push_back(cited.events.back()->id());
  }
  return cited;
}

TEST(Authorisation, AuthEventVectors) {
  const json::Object vectors = testing::load_vectors("authorisation.json");
  for (const json::Value& value : vectors.at("auth_events").as_array()) {
    const json::Object& test = value.as_object();
    for (const auto& rule : test.at("rule").as_object()) {
      SCOPED_TRACE(text_at(test, "name") + " in version " + std::string(rule.key()));
      const Room room = room_of(vectors, test, std::string(rule.key()));
      json::Array entries = test.at("cites").as_array();
      // Every valid citation but that of the creation is the same in all versions.
      const auto is_create = [](const json::Value& entry) {
        return text_at(entry.as_object(), "type") == "m.room.create";
      };
      const bool before_12 = room.version != "12";
      const std::string expected(json::view(rule.value().as_string()));
      if (before_12 && expected != "2.4" && std::ranges::none_of(entries, is_create)) {
        entries.push_back(testing::object(R"({"type": "m.room.create", "state_key": ""})"));
      }
      const Cited cited = cite(room, entries);
      const EventPtr event = room.make(test.at("event").as_object());
      const Verdict verdict = check_auth_events(*event, cited.events, [&](const EventId& id) {
        return std::ranges::find(cited.rejected, id) != cited.rejected.end();
      });
      EXPECT_EQ(verdict.allowed, test.at("allowed").as_bool());
      EXPECT_EQ(verdict.rule, expected);
    }
  }
}

TEST(Authorisation, WhatIsSelectedIsWhatMayBeCited) {
  const json::Object content =
      testing::object(R"({"membership": "join", "join_authorised_via_users_server": "@m:one"})");
  const UserId sender("@a:one");
  const std::optional<std::string> target("@a:one");
  const auto v11 = auth_events_for("m.room.member", target, sender, content, testing::version("11"));
  const auto v12 = auth_events_for("m.room.member", target, sender, content, testing::version("12"));
  const std::vector<StateKey> expected{{"m.room.power_levels", ""},
                                       {"m.room.member", "@a:one"},
                                       {"m.room.join_rules", ""},
                                       {"m.room.member", "@m:one"}};
  EXPECT_EQ(v12, expected);
  EXPECT_EQ(v11.size(), expected.size() + 1);
  EXPECT_EQ(v11.front(), StateKey("m.room.create", ""));
  EXPECT_TRUE(auth_events_for("m.room.create", "", sender, {}, testing::version("11")).empty());
}

TEST(Authorisation, AsksForTheAuthorisingServersSignature) {
  Room room("11");
  room.add(testing::object(R"({"type": "m.room.create", "state_key": "", "sender": "@a:one"})"));
  room.add(testing::object(R"({"type": "m.room.member", "state_key": "@a:one", "sender": "@a:one",
                               "content": {"membership": "join"}})"));
  room.add(testing::object(R"({"type": "m.room.join_rules", "state_key": "", "sender": "@a:one",
                               "content": {"join_rule": "restricted"}})"));
  const EventPtr join = room.make(testing::object(
      R"({"type": "m.room.member", "state_key": "@b:two", "sender": "@b:two", "signatures": {"one": {"ed25519:1": "x"}},
          "content": {"membership": "join", "join_authorised_via_users_server": "@a:one"}})"));
  std::string asked;
  const Verdict verdict = authorise(*join, room.state, [&asked](const Event&, const ServerName& server) {
    asked = server.str();
    return false;
  });
  EXPECT_EQ(asked, "one");
  EXPECT_FALSE(verdict.allowed);
  EXPECT_EQ(verdict.rule, "4.2.1");
  EXPECT_TRUE(authorise(*join, room.state).allowed);
}

TEST(Authorisation, NothingIsAllowedInARoomThatWasNotCreated) {
  Room room("12");
  room.add(testing::object(R"({"type": "m.room.create", "state_key": "", "sender": "@a:one"})"));
  const EventPtr message = room.make(testing::object(R"({"type": "m.room.message", "sender": "@a:one"})"));
  const Verdict verdict = authorise(*message, StateOfRoom());
  EXPECT_FALSE(verdict.allowed);
  EXPECT_EQ(verdict.rule, "2");
}

}  // namespace
}  // namespace kuramori::matrix
