// The server-default rules (client-server API, "Predefined Rules"), in the specification's words and order.
#include "base/assert.hpp"
#include "matrix/push_rule.hpp"

namespace kuramori::matrix::detail {
namespace {

constexpr std::string_view kDefaults = R"json({
  "override": [
    {"rule_id": ".m.rule.master", "enabled": false, "conditions": [], "actions": []},
    {"rule_id": ".m.rule.suppress_notices",
     "conditions": [{"kind": "event_match", "key": "content.msgtype", "pattern": "m.notice"}],
     "actions": []},
    {"rule_id": ".m.rule.invite_for_me",
     "conditions": [{"kind": "event_match", "key": "type", "pattern": "m.room.member"},
                    {"kind": "event_match", "key": "content.membership", "pattern": "invite"},
                    {"kind": "event_match", "key": "state_key", "pattern": "{reader}"}],
     "actions": ["notify", {"set_tweak": "sound", "value": "default"}]},
    {"rule_id": ".m.rule.member_event",
     "conditions": [{"kind": "event_match", "key": "type", "pattern": "m.room.member"}],
     "actions": []},
    {"rule_id": ".m.rule.is_user_mention",
     "conditions": [{"kind": "event_property_contains", "key": "content.m\\.mentions.user_ids",
                     "value": "{reader}"}],
     "actions": ["notify", {"set_tweak": "sound", "value": "default"}, {"set_tweak": "highlight"}]},
    {"rule_id": ".m.rule.is_room_mention",
     "conditions": [{"kind": "event_property_is", "key": "content.m\\.mentions.room", "value": true},
                    {"kind": "sender_notification_permission", "key": "room"}],
     "actions": ["notify", {"set_tweak": "highlight"}]},
    {"rule_id": ".m.rule.tombstone",
     "conditions": [{"kind": "event_match", "key": "type", "pattern": "m.room.tombstone"},
                    {"kind": "event_match", "key": "state_key", "pattern": ""}],
     "actions": ["notify", {"set_tweak": "highlight"}]},
    {"rule_id": ".m.rule.reaction",
     "conditions": [{"kind": "event_match", "key": "type", "pattern": "m.reaction"}],
     "actions": []},
    {"rule_id": ".m.rule.room.server_acl",
     "conditions": [{"kind": "event_match", "key": "type", "pattern": "m.room.server_acl"},
                    {"kind": "event_match", "key": "state_key", "pattern": ""}],
     "actions": []},
    {"rule_id": ".m.rule.suppress_edits",
     "conditions": [{"kind": "event_property_is", "key": "content.m\\.relates_to.rel_type",
                     "value": "m.replace"}],
     "actions": []}
  ],
  "underride": [
    {"rule_id": ".m.rule.call",
     "conditions": [{"kind": "event_match", "key": "type", "pattern": "m.call.invite"}],
     "actions": ["notify", {"set_tweak": "sound", "value": "ring"}]},
    {"rule_id": ".m.rule.encrypted_room_one_to_one",
     "conditions": [{"kind": "room_member_count", "is": "2"},
                    {"kind": "event_match", "key": "type", "pattern": "m.room.encrypted"}],
     "actions": ["notify", {"set_tweak": "sound", "value": "default"}]},
    {"rule_id": ".m.rule.room_one_to_one",
     "conditions": [{"kind": "room_member_count", "is": "2"},
                    {"kind": "event_match", "key": "type", "pattern": "m.room.message"}],
     "actions": ["notify", {"set_tweak": "sound", "value": "default"}]},
    {"rule_id": ".m.rule.message",
     "conditions": [{"kind": "event_match", "key": "type", "pattern": "m.room.message"}],
     "actions": ["notify"]},
    {"rule_id": ".m.rule.encrypted",
     "conditions": [{"kind": "event_match", "key": "type", "pattern": "m.room.encrypted"}],
     "actions": ["notify"]}
  ]
})json";

RuleLists compile_defaults() {
  const Result<json::Object> defaults = json::parse_object(kDefaults);
  ensure(defaults.has_value(), "the default push rules are JSON");
  RuleLists lists;
  for (std::size_t kind = 0; kind < kRuleKinds; ++kind) {
    const json::Array* rules = json::array_at(*defaults, kRuleKindNames[kind]);
    if (rules == nullptr) continue;
    for (const json::Value& value : *rules) {
      const json::Object& rule = value.get_object();
      Result<Rule> parsed =
          parse_rule(static_cast<RuleKind>(kind), std::string(json::string_or(rule, "rule_id", "")), rule,
                     RuleAuthor::Server);
      ensure(parsed.has_value(), "the default push rules are valid");
      parsed->enabled = json::bool_or(rule, "enabled", true);
      lists[kind].push_back(std::make_shared<const Rule>(*std::move(parsed)));
    }
  }
  return lists;
}

}  // namespace

const RuleLists& default_rules() {
  static const RuleLists lists = compile_defaults();
  return lists;
}

}  // namespace kuramori::matrix::detail
