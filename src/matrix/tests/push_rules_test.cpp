// The endpoints that change rules, and how sets are stored.
#include "matrix/push_rules.hpp"

#include "tests/support.hpp"

namespace kuramori::matrix {
namespace {

using testing::object;
using Set = std::shared_ptr<const PushRuleSet>;

const UserId kUser("@u:one");

std::string ids(const Set& set, std::string_view kind) {
  std::string all;
  for (const json::Value& rule : set->to_json().at("global").at(kind).as_array()) {
    all += testing::text_at(rule.as_object(), "rule_id") + " ";
  }
  return all;
}

Set put(const Set& set, std::string_view kind, std::string_view id, const PushRuleSet::Place& place = {}) {
  const auto changed = set->put(kind, id, object(R"({"pattern": "x", "actions": ["notify"]})"), place);
  if (!changed) ADD_FAILURE() << changed.error().to_log();
  return changed ? *changed : set;
}

std::string_view refusal(const Result<Set>& result) {
  return result ? std::string_view("none") : result.error().reason();
}

TEST(PushRules, DefaultsAreInTheSpecificationsOrder) {
  const Set set = PushRuleSet::defaults(kUser);
  EXPECT_EQ(ids(set, "override"),
            ".m.rule.master .m.rule.suppress_notices .m.rule.invite_for_me .m.rule.member_event "
            ".m.rule.is_user_mention .m.rule.is_room_mention .m.rule.tombstone .m.rule.reaction "
            ".m.rule.room.server_acl .m.rule.suppress_edits ");
  EXPECT_EQ(ids(set, "underride"),
            ".m.rule.call .m.rule.encrypted_room_one_to_one .m.rule.room_one_to_one .m.rule.message "
            ".m.rule.encrypted ");
  for (const char* kind : {"content", "room", "sender"}) EXPECT_EQ(ids(set, kind), "");
}

TEST(PushRules, DefaultsNameTheirUser) {
  const auto rule = PushRuleSet::defaults(kUser)->rule("override", ".m.rule.invite_for_me");
  ASSERT_TRUE(rule);
  EXPECT_EQ(json::canonical(*rule),
            R"({"actions":["notify",{"set_tweak":"sound","value":"default"}],"conditions":[)"
            R"({"key":"type","kind":"event_match","pattern":"m.room.member"},)"
            R"({"key":"content.membership","kind":"event_match","pattern":"invite"},)"
            R"({"key":"state_key","kind":"event_match","pattern":"@u:one"}],)"
            R"("default":true,"enabled":true,"rule_id":".m.rule.invite_for_me"})");
  const auto mention = PushRuleSet::defaults(kUser)->rule("override", ".m.rule.is_user_mention");
  EXPECT_NE(json::serialize(*mention).find("@u:one"), std::string::npos);
}

TEST(PushRules, NewRulesComeFirstAmongTheUsers) {
  Set set = PushRuleSet::defaults(kUser);
  for (const char* id : {"a", "b", "c"}) set = put(set, "content", id);
  EXPECT_EQ(ids(set, "content"), "c b a ");
  set = put(set, "content", "a", {.before = "c", .after = ""});
  EXPECT_EQ(ids(set, "content"), "a c b ");
  set = put(set, "content", "a", {.before = "", .after = "c"});
  EXPECT_EQ(ids(set, "content"), "c a b ");
  set = put(set, "content", "new", {.before = "b", .after = "c"});
  EXPECT_EQ(ids(set, "content"), "c a new b ");
  set = put(set, "content", "b");
  EXPECT_EQ(ids(set, "content"), "c a new b ");
  const Set with_override = put(set, "override", "mine");
  EXPECT_TRUE(ids(with_override, "override").starts_with(".m.rule.master mine .m.rule.suppress_notices"));
  EXPECT_TRUE(ids(put(set, "underride", "mine"), "underride").starts_with("mine .m.rule.call"));
}

TEST(PushRules, PutRefuses) {
  const Set set = put(PushRuleSet::defaults(kUser), "content", "a");
  const auto reason = [&set](std::string_view kind, std::string_view id, const char* body,
                             const PushRuleSet::Place& place = {}) {
    return refusal(set->put(kind, id, object(body), place));
  };
  const char* good = R"({"pattern": "x", "actions": []})";
  EXPECT_EQ(reason("content", "b", good), "none");
  EXPECT_EQ(reason("nonsense", "b", good), "M_INVALID_PARAM");
  EXPECT_EQ(reason("content", ".b", good), "M_INVALID_PARAM");
  EXPECT_EQ(reason("content", "b/c", good), "M_INVALID_PARAM");
  EXPECT_EQ(reason("content", "b\\c", good), "M_INVALID_PARAM");
  EXPECT_EQ(reason("content", "", good), "M_INVALID_PARAM");
  EXPECT_EQ(reason("content", "b", R"({"actions": []})"), "M_MISSING_PARAM");
  EXPECT_EQ(reason("content", "b", R"({"pattern": 1, "actions": []})"), "M_BAD_JSON");
  EXPECT_EQ(reason("content", "b", R"({"pattern": "x"})"), "M_MISSING_PARAM");
  EXPECT_EQ(reason("content", "b", R"({"pattern": "x", "actions": {}})"), "M_BAD_JSON");
  EXPECT_EQ(reason("content", "b", R"({"pattern": "x", "actions": [1]})"), "M_INVALID_PARAM");
  EXPECT_EQ(reason("content", "b", R"({"pattern": "x", "actions": [{"tweak": "sound"}]})"),
            "M_INVALID_PARAM");
  EXPECT_EQ(reason("content", "b", good, {.before = "absent", .after = ""}), "M_UNKNOWN");
  EXPECT_EQ(reason("content", "b", good, {.before = "", .after = "absent"}), "M_UNKNOWN");
  EXPECT_EQ(reason("override", "b", R"({"actions": []})", {.before = ".m.rule.call", .after = ""}),
            "M_INVALID_PARAM");
  EXPECT_EQ(reason("content", "a", good, {.before = "a", .after = ""}), "M_INVALID_PARAM");
  for (const char* conditions :
       {R"("x")", "[1]", "[{}]", R"([{"kind": "event_match", "key": "type"}])",
        R"([{"kind": "event_property_is", "key": "type", "value": {}}])",
        R"([{"kind": "room_member_count", "is": "few"}])", R"([{"kind": "room_member_count", "is": "<"}])",
        R"([{"kind": "sender_notification_permission"}])"}) {
    const std::string body = std::string(R"({"actions": [], "conditions": )") + conditions + "}";
    EXPECT_NE(reason("override", "b", body.c_str()), "none") << conditions;
  }
}

TEST(PushRules, AnUpdateKeepsWhetherTheRuleIsEnabled) {
  Set set = put(PushRuleSet::defaults(kUser), "content", "a");
  EXPECT_TRUE(set->rule("content", "a")->at("enabled").as_bool());
  set = *set->set_enabled("content", "a", object(R"({"enabled": false})"));
  set = put(set, "content", "a");
  EXPECT_FALSE(set->rule("content", "a")->at("enabled").as_bool());
}

TEST(PushRules, RulesAreFoundChangedAndRemoved) {
  const Set set = put(PushRuleSet::defaults(kUser), "content", "a");
  EXPECT_EQ(set->rule("content", "absent").error().reason(), "M_NOT_FOUND");
  EXPECT_EQ(refusal(set->remove("content", "absent")), "M_NOT_FOUND");
  EXPECT_EQ(refusal(set->remove("override", ".m.rule.master")), "M_INVALID_PARAM");
  EXPECT_EQ(ids(*set->remove("content", "a"), "content"), "");
  EXPECT_EQ(refusal(set->set_enabled("content", "absent", object(R"({"enabled": true})"))), "M_NOT_FOUND");
  EXPECT_EQ(refusal(set->set_enabled("content", "a", object("{}"))), "M_MISSING_PARAM");
  EXPECT_EQ(refusal(set->set_enabled("content", "a", object(R"({"enabled": 1})"))), "M_BAD_JSON");
  EXPECT_EQ(refusal(set->set_actions("content", "absent", object(R"({"actions": []})"))), "M_NOT_FOUND");
  EXPECT_EQ(refusal(set->set_actions("content", "a", object("{}"))), "M_MISSING_PARAM");
  const auto changed = set->set_actions(
      "underride", ".m.rule.message",
      object(R"({"actions": ["notify", "dont_notify", "coalesce", {"set_tweak": "highlight"}]})"));
  ASSERT_TRUE(changed);
  EXPECT_EQ(json::serialize((*changed)->rule("underride", ".m.rule.message")->at("actions")),
            R"(["notify",{"set_tweak":"highlight"}])");
}

TEST(PushRules, SurviveBeingStored) {
  Set set = put(put(PushRuleSet::defaults(kUser), "content", "a"), "override", "mine");
  set = *set->set_enabled("override", ".m.rule.suppress_notices", object(R"({"enabled": false})"));
  set = *set->set_actions("underride", ".m.rule.call", object(R"({"actions": []})"));
  const auto again = PushRuleSet::parse(kUser, set->to_json());
  ASSERT_TRUE(again) << again.error().to_log();
  EXPECT_EQ(json::canonical((*again)->to_json()), json::canonical(set->to_json()));
}

TEST(PushRules, StoredDefaultsFollowTheSpecification) {
  const auto set = PushRuleSet::parse(kUser, object(R"({"global": {"override": [
      {"rule_id": ".m.rule.contains_display_name", "default": true, "enabled": true, "actions": ["notify"],
       "conditions": [{"kind": "contains_display_name"}]},
      {"rule_id": ".m.rule.reaction", "default": true, "enabled": false, "actions": ["notify"], "conditions": []}]}})"));
  ASSERT_TRUE(set);
  EXPECT_EQ(ids(*set, "override"), ids(PushRuleSet::defaults(kUser), "override"));
  const json::Object reaction = *(*set)->rule("override", ".m.rule.reaction");
  EXPECT_FALSE(reaction.at("enabled").as_bool());
  EXPECT_EQ(json::serialize(reaction.at("actions")), R"(["notify"])");
  EXPECT_EQ(reaction.at("conditions").as_array().size(), 1U);
}

TEST(PushRules, RefusesMalformedSets) {
  for (const char* bad :
       {R"({"global": []})", R"({"global": {"content": {}}})", R"({"global": {"content": [1]}})",
        R"({"global": {"content": [{"pattern": "x", "actions": []}]}})",
        R"({"global": {"content": [{"rule_id": "a", "actions": []}]}})",
        R"({"global": {"content": [{"rule_id": "a", "pattern": "x"}]}})",
        R"({"global": {"room": [{"rule_id": "a", "actions": [], "enabled": "yes"}]}})",
        R"({"global": {"room": [{"rule_id": "a", "actions": []}, {"rule_id": "a", "actions": []}]}})"}) {
    EXPECT_FALSE(PushRuleSet::parse(kUser, object(bad))) << bad;
  }
  EXPECT_EQ(json::canonical((*PushRuleSet::parse(kUser, {}))->to_json()),
            json::canonical(PushRuleSet::defaults(kUser)->to_json()));
}

TEST(PushRules, AreBounded) {
  json::Array rules;
  for (int i = 0; i < 1001; ++i) {
    rules.push_back(object(R"({"actions": [], "rule_id": "r)" + std::to_string(i) + "\"}"));
  }
  json::Object content = object(R"({"global": {}})");
  content["global"].as_object()["room"] = std::move(rules);
  EXPECT_EQ(refusal(PushRuleSet::parse(kUser, content)), "M_TOO_LARGE");
}

}  // namespace
}  // namespace kuramori::matrix
