// Which rule decides about an event.
#include "matrix/push_rules.hpp"
#include "tests/support.hpp"

namespace kuramori::matrix {
namespace {

using testing::object;

const UserId kReader("@reader:one");
const PushContext kGroup{.joined_members = 5, .sender_level = 0, .room_notification_level = 50};
const PushContext kPair{.joined_members = 2, .sender_level = 0, .room_notification_level = 50};

EventPtr make(std::string_view type, std::string_view content, const char* state_key = nullptr,
              std::string_view sender = "@sender:one") {
  json::Object members;
  members["type"] = type;
  members["sender"] = sender;
  members["room_id"] = "!r:one";
  members["content"] = object(content);
  if (state_key != nullptr) members["state_key"] = state_key;
  return testing::event(members, "11");
}

std::string shown(const PushVerdict& verdict) {
  std::string text = verdict.notify ? "notify" : "silent";
  if (verdict.highlight) text += " highlight";
  if (!verdict.sound.empty()) text += " " + verdict.sound;
  return text;
}

std::string decide(const PushRuleSet& rules, const EventPtr& event, const PushContext& context = kGroup,
                   std::string_view display_name = "") {
  return shown(rules.evaluate(*event, context, {.user = kReader, .display_name = display_name}));
}

TEST(PushEvaluation, Defaults) {
  const auto rules = PushRuleSet::defaults(kReader);
  struct Case {
    const char* what;
    EventPtr event;
    PushContext context;
    const char* verdict;
  };
  const char* mention = R"({"body": "x", "m.mentions": {"user_ids": ["@other:one", "@reader:one"]}})";
  const char* room = R"({"body": "x", "m.mentions": {"room": true}})";
  const PushContext strong{.joined_members = 5, .sender_level = 50, .room_notification_level = 50};
  const Case cases[] = {
      {"message", make("m.room.message", R"({"body": "hi", "msgtype": "m.text"})"), kGroup, "notify"},
      {"message in a pair", make("m.room.message", R"({"body": "hi"})"), kPair, "notify default"},
      {"encrypted", make("m.room.encrypted", "{}"), kGroup, "notify"},
      {"encrypted in a pair", make("m.room.encrypted", "{}"), kPair, "notify default"},
      {"notice", make("m.room.message", R"({"body": "hi", "msgtype": "m.notice"})"), kPair, "silent"},
      {"call", make("m.call.invite", "{}"), kGroup, "notify ring"},
      {"invite", make("m.room.member", R"({"membership": "invite"})", "@reader:one"), kGroup,
       "notify default"},
      {"invite of another", make("m.room.member", R"({"membership": "invite"})", "@other:one"), kGroup,
       "silent"},
      {"join", make("m.room.member", R"({"membership": "join"})", "@sender:one"), kGroup, "silent"},
      {"mention", make("m.room.message", mention), kGroup, "notify highlight default"},
      {"mention of another",
       make("m.room.message", R"({"body": "x", "m.mentions": {"user_ids": ["@other:one"]}})"), kGroup,
       "notify"},
      {"a name in the text is no mention", make("m.room.message", R"({"body": "@reader:one @room"})"), strong,
       "notify"},
      {"room mention", make("m.room.message", room), strong, "notify highlight"},
      {"room mention without the level", make("m.room.message", room), kGroup, "notify"},
      {"room mention that is no truth value", make("m.room.message", R"({"m.mentions": {"room": 1}})"),
       strong, "notify"},
      {"tombstone", make("m.room.tombstone", "{}", ""), kGroup, "notify highlight"},
      {"tombstone that is no state", make("m.room.tombstone", "{}"), kGroup, "silent"},
      {"reaction", make("m.reaction", "{}"), kPair, "silent"},
      {"server acl", make("m.room.server_acl", "{}", ""), kPair, "silent"},
      {"edit", make("m.room.message", R"({"body": "x", "m.relates_to": {"rel_type": "m.replace"}})"), kPair,
       "silent"},
      {"edit with a mention", make("m.room.message", R"({"m.mentions": {"user_ids": ["@reader:one"]},
           "m.relates_to": {"rel_type": "m.replace"}})"),
       kGroup, "notify highlight default"},
      {"reply", make("m.room.message", R"({"m.relates_to": {"rel_type": "m.thread"}})"), kGroup, "notify"},
      {"other", make("org.example.other", "{}"), kPair, "silent"},
      {"own", make("m.room.message", mention, nullptr, "@reader:one"), kPair, "silent"},
  };
  for (const Case& c : cases) EXPECT_EQ(decide(*rules, c.event, c.context), c.verdict) << c.what;
}

// A set with one more override rule of these conditions, which silences; events are otherwise loud.
bool holds(const std::string& condition, const EventPtr& event, const PushContext& context = kGroup,
           std::string_view display_name = "") {
  const json::Object rule = object(R"-({"actions": [], "conditions": [)-" + condition + "]}");
  const auto set = PushRuleSet::defaults(kReader)->put("override", "test", rule, {});
  if (!set) {
    ADD_FAILURE() << set.error().to_log();
    return false;
  }
  return decide(**set, event, context, display_name) == "silent";
}

bool body_matches(const std::string& pattern, const std::string& body) {
  json::Object content;
  content["body"] = body;
  json::Object condition = object(R"({"kind": "event_match", "key": "content.body"})");
  condition["pattern"] = pattern;
  return holds(json::serialize(condition), make("m.room.message", json::serialize(content)));
}

TEST(PushEvaluation, BodiesAreMatchedByWord) {
  struct Case {
    const char* pattern;
    const char* body;
    bool matches;
  };
  for (const Case& c : {Case{"cake", "a CAKE, please", true},
                        {"cake", "cakes", false},
                        {"cake", "pancake", false},
                        {"cake", "cake", true},
                        {"cake", "pancake cake", true},
                        {"cake", "cake_", false},
                        {"ex*ple", "An example event.", true},
                        {"ex*ple", "exple", true},
                        {"ex*ple", "An exciting triple-whammy", true},
                        {"ex*ple", "examples", false},
                        {"c?ke", "a cike", true},
                        {"c?ke", "a cke", false},
                        {"c?ke", "xcike cokes coke", true},
                        {"?", "\xE6\xBC\xA2", true},
                        {"*", "anything", true},
                        {"ca*", "pancake", false},
                        {"ca*", "a cake", true},
                        {"*ke", "a cake", true},
                        {"*ke x", "cake xy", false},
                        {"a b", "x a b y", true},
                        {"\xE6\x9D\xB1\xE4\xBA\xAC", "\xE6\x9D\xB1\xE4\xBA\xAC\xE3\x81\xB8", true},
                        {"a*b*c", "a b cd a b c", true},
                        {"a*b*c", "a b cd", false},
                        {"longer than it", "short", false}}) {
    EXPECT_EQ(body_matches(c.pattern, c.body), c.matches) << c.pattern << " in " << c.body;
  }
}

TEST(PushEvaluation, LongPatternsStayFast) {
  EXPECT_FALSE(body_matches("a*a*a*a*a*a*a*a*a*a*a*a*a*b", std::string(30'000, 'a')));
  EXPECT_FALSE(body_matches("a?a?a?a?a?a?a?a?a?a?b", std::string(30'000, 'a')));
}

TEST(PushEvaluation, EventMatch) {
  const EventPtr event =
      make("m.room.message", R"({"topic": "Lunch plans", "number": 1, "a.b": {"c": "x"}})", "key");
  const auto matches = [&event](const char* key, const char* pattern) {
    json::Object condition = object(R"({"kind": "event_match"})");
    condition["key"] = key;
    condition["pattern"] = pattern;
    return holds(json::serialize(condition), event);
  };
  EXPECT_TRUE(matches("content.topic", "lunc?*"));
  EXPECT_TRUE(matches("content.topic", "LUNCH PLANS"));
  EXPECT_FALSE(matches("content.topic", "lunch"));
  EXPECT_FALSE(matches("content.number", "*"));
  EXPECT_FALSE(matches("content.absent", "*"));
  EXPECT_FALSE(matches("content", "*"));
  EXPECT_TRUE(matches("content.a\\.b.c", "x"));
  EXPECT_FALSE(matches("content.a.b.c", "x"));
  EXPECT_TRUE(matches("type", "m.room.*"));
  EXPECT_TRUE(matches("sender", "@sender:one"));
  EXPECT_TRUE(matches("room_id", "!r:one"));
  EXPECT_TRUE(matches("state_key", "key"));
  EXPECT_TRUE(matches("event_id", "$*"));
  EXPECT_FALSE(matches("{reader}", "{reader}"));
}

TEST(PushEvaluation, PropertiesAreComparedExactly) {
  const EventPtr event =
      make("m.room.message",
           R"({"t": true, "n": 1, "s": "1", "z": null, "list": ["a", 2, false, null, {"x": 1}], "o": {}})");
  const auto is = [&event](const char* kind, const char* key, const char* value) {
    json::Object condition;
    condition["kind"] = kind;
    condition["key"] = key;
    condition["value"] = *json::parse(value);
    return holds(json::serialize(condition), event);
  };
  EXPECT_TRUE(is("event_property_is", "content.t", "true"));
  EXPECT_FALSE(is("event_property_is", "content.t", "1"));
  EXPECT_FALSE(is("event_property_is", "content.t", R"("true")"));
  EXPECT_TRUE(is("event_property_is", "content.n", "1"));
  EXPECT_FALSE(is("event_property_is", "content.n", "true"));
  EXPECT_TRUE(is("event_property_is", "content.s", R"("1")"));
  EXPECT_FALSE(is("event_property_is", "content.s", "1"));
  EXPECT_TRUE(is("event_property_is", "content.z", "null"));
  EXPECT_FALSE(is("event_property_is", "content.absent", "null"));
  EXPECT_FALSE(is("event_property_is", "content.o", "null"));
  EXPECT_TRUE(is("event_property_is", "type", R"("m.room.message")"));
  EXPECT_FALSE(is("event_property_is", "type", R"("M.room.message")"));
  EXPECT_TRUE(is("event_property_contains", "content.list", R"("a")"));
  EXPECT_TRUE(is("event_property_contains", "content.list", "2"));
  EXPECT_TRUE(is("event_property_contains", "content.list", "false"));
  EXPECT_TRUE(is("event_property_contains", "content.list", "null"));
  EXPECT_FALSE(is("event_property_contains", "content.list", R"("A")"));
  EXPECT_FALSE(is("event_property_contains", "content.s", R"("1")"));
}

TEST(PushEvaluation, RoomsAndPeople) {
  const EventPtr event = make("m.room.message", R"-({"body": "Ask Ann-Marie (now)"})-");
  const auto with = [](std::int64_t members) { return PushContext{.joined_members = members}; };
  const auto count = [&](const char* is, std::int64_t members) {
    return holds(R"-({"kind": "room_member_count", "is": ")-" + std::string(is) + "\"}", event,
                 with(members));
  };
  EXPECT_TRUE(count("2", 2));
  EXPECT_TRUE(count("==2", 2));
  EXPECT_FALSE(count("2", 3));
  EXPECT_TRUE(count("<3", 2));
  EXPECT_FALSE(count("<3", 3));
  EXPECT_TRUE(count("<=3", 3));
  EXPECT_TRUE(count(">3", 4));
  EXPECT_FALSE(count(">3", 3));
  EXPECT_TRUE(count(">=3", 3));

  const char* name = R"({"kind": "contains_display_name"})";
  EXPECT_TRUE(holds(name, event, kGroup, "ann-marie"));
  EXPECT_TRUE(holds(name, event, kGroup, "(now)"));
  EXPECT_FALSE(holds(name, event, kGroup, "Mari"));
  EXPECT_FALSE(holds(name, event, kGroup, "A*"));
  EXPECT_FALSE(holds(name, event, kGroup, ""));

  const char* permission = R"({"kind": "sender_notification_permission", "key": "room"})";
  EXPECT_TRUE(
      holds(permission, event, {.joined_members = 5, .sender_level = 10, .room_notification_level = 10}));
  EXPECT_FALSE(
      holds(permission, event, {.joined_members = 5, .sender_level = 9, .room_notification_level = 10}));
}

TEST(PushEvaluation, UnknownConditionsNeverMatchAndNoneAlwaysDo) {
  const EventPtr event = make("m.room.message", "{}");
  EXPECT_FALSE(holds(R"({"kind": "org.example.unknown"})", event));
  EXPECT_TRUE(holds("", event));
  EXPECT_FALSE(holds(R"({"kind": "room_member_count", "is": "5"}, {"kind": "org.example.unknown"})", event));
}

TEST(PushEvaluation, KindsAndRulesHaveAnOrder) {
  const json::Object stored = object(R"({"global": {
      "underride": [{"rule_id": "u", "actions": ["notify", {"set_tweak": "sound", "value": "under"}], "conditions": []}],
      "sender": [{"rule_id": "@sender:one", "actions": ["notify", {"set_tweak": "sound", "value": "sender"}]}],
      "room": [{"rule_id": "!r:one", "actions": ["notify", {"set_tweak": "sound", "value": "room"}]}],
      "content": [{"rule_id": "c", "pattern": "tea", "actions": ["notify", {"set_tweak": "sound", "value": "tea"}]},
                  {"rule_id": "d", "pattern": "time", "actions": ["notify", {"set_tweak": "highlight", "value": false}]}],
      "override": [{"rule_id": "o", "actions": ["dont_notify"], "enabled": false, "conditions": []}]}})");
  auto set = *PushRuleSet::parse(kReader, stored);
  const EventPtr tea = make("m.room.message", R"({"body": "time for tea"})");
  const EventPtr other = make("m.room.message", R"({"body": "coffee"})");
  const auto without = [&set](const char* kind, const char* id) { set = *set->remove(kind, id); };
  EXPECT_EQ(decide(*set, tea), "notify tea");
  without("content", "c");
  EXPECT_EQ(decide(*set, tea), "notify");
  EXPECT_EQ(decide(*set, other), "notify room");
  without("room", "!r:one");
  EXPECT_EQ(decide(*set, other), "notify sender");
  without("sender", "@sender:one");
  EXPECT_EQ(decide(*set, other), "notify under");
  without("underride", "u");
  EXPECT_EQ(decide(*set, other), "notify");
  set = *set->set_enabled("override", "o", object(R"({"enabled": true})"));
  EXPECT_EQ(decide(*set, other), "silent");
  EXPECT_EQ(decide(*set, tea), "silent");
}

TEST(PushEvaluation, TheMasterRuleSilencesEverything) {
  const auto set = PushRuleSet::defaults(kReader)->set_enabled("override", ".m.rule.master",
                                                               object(R"({"enabled": true})"));
  ASSERT_TRUE(set);
  EXPECT_EQ(decide(**set, make("m.room.message", R"({"m.mentions": {"user_ids": ["@reader:one"]}})")),
            "silent");
}

}  // namespace
}  // namespace kuramori::matrix
