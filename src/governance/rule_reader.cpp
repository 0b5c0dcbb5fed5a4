#include <algorithm>
#include <array>

#include "governance/document_reader.hpp"
#include "governance/explanation_texts.hpp"
#include "governance/obligations.hpp"

namespace kuramori::governance {

namespace {

bool is_known_operation(std::span<const std::string_view> known, std::string_view name) {
  if (known.empty() || name == "*") return true;
  if (!name.ends_with(".*")) return std::ranges::find(known, name) != known.end();
  const auto group = name.substr(0, name.size() - 1);
  return std::ranges::any_of(known, [&](std::string_view operation) { return operation.starts_with(group); });
}

}  // namespace

void check_operations(const ConditionContext& context, const std::vector<std::string>& operations,
                      const std::string& pointer) {
  for (std::size_t i = 0; i < operations.size(); ++i) {
    const std::string& name = operations[i];
    const bool stray_star = name != "*" && name.find('*') != std::string::npos &&
                            (!name.ends_with(".*") || name.find('*') != name.size() - 1);
    if (stray_star) {
      context.reader.report(pointer_to(pointer, i),
                            "may have '*' alone or as its last part, as in \"room.*\"");
    } else if (!is_known_operation(context.vocabulary.operations, name)) {
      context.reader.report(pointer_to(pointer, i), "is not an operation of the gate");
    }
  }
}

ResourceMatcher read_resource(const ConditionContext& context, const Node& parent) {
  const Node node = context.reader.object_at(parent, "resource");
  if (node.object == nullptr) return {};
  context.reader.only_keys(node, {"rooms", "event_types", "users", "names"});
  return {.rooms = context.reader.texts_at(node, "rooms"),
          .event_types = context.reader.texts_at(node, "event_types"),
          .users = context.reader.texts_at(node, "users"),
          .names = context.reader.texts_at(node, "names")};
}

namespace {

// An unconditional refusal of the swap itself could never be taken back.
void check_lock_out(const ConditionContext& context, const Rule& rule, const std::string& pointer) {
  if (!rule.enabled || rule.effect != Effect::Refuse || rule.when) return;
  for (std::size_t i = 0; i < rule.operations.size(); ++i) {
    const std::string& name = rule.operations[i];
    if (name == "*" || name == "admin.*" || name == "admin.policy.*" || name == "admin.policy.swap") {
      context.reader.report(pointer_to(pointer, i),
                            "would refuse every later change of the policy; give the rule a condition");
    }
  }
}

Effect read_effect(const ConditionContext& context, const Node& node) {
  const std::string name = context.reader.text(node, "effect", Presence::Required);
  for (const Effect effect : {Effect::Allow, Effect::Mask, Effect::Warn, Effect::Hold, Effect::Refuse}) {
    if (name == to_string(effect)) return effect;
  }
  if (const auto* value = node.find("effect"); value != nullptr && value->is_string()) {
    context.reader.report(node.at("effect"), "must be allow, mask, warn, hold or refuse");
  }
  return Effect::Refuse;
}

bool is_obligation_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// The arguments that the gate itself understands; others belong to those who carry them out.
void check_argument(const ConditionContext& context, const json::Object& obligation,
                    const std::string& pointer) {
  if (const json::Value* label = json::find(obligation, "label")) {
    if (!label->is_string() || !context.labels.find(json::view(label->get_string())))
      context.reader.report(pointer + "/label", "is not a label of this policy");
  }
  if (const json::Value* chain = json::find(obligation, "chain"))
    read_chain(context.reader, *chain, pointer + "/chain");
  for (const std::string_view flag : {"view_only", "watermark"}) {
    const json::Value* given = json::find(obligation, flag);
    if (given != nullptr && !given->is_bool())
      context.reader.report(pointer + "/" + std::string(flag), "must be true or false");
  }
  if (const json::Value* minutes = json::find(obligation, "remember_minutes")) {
    if (!minutes->is_int64() || minutes->get_int64() < 1 || minutes->get_int64() > 7 * 24 * 60)
      context.reader.report(pointer + "/remember_minutes", "must be 1 to 10080: at most a week");
  }
  check_duty(context.reader, obligation, pointer);
}

// A name, or an object with one name and its argument; what they mean is up to those who carry them out.
json::Array read_obligations(const ConditionContext& context, const Node& node) {
  const json::Array* list = context.reader.array(node, "obligations", Presence::Optional, {.max = 20});
  if (list == nullptr) return {};
  for (std::size_t i = 0; i < list->size(); ++i) {
    const json::Value& obligation = (*list)[i];
    std::string_view name;
    if (obligation.is_string()) name = json::view(obligation.get_string());
    if (obligation.is_object() && obligation.get_object().size() == 1) {
      const auto key = obligation.get_object().begin()->key();
      name = {key.data(), key.size()};
    }
    if (!is_obligation_name(name)) {
      context.reader.report(
          pointer_to(node.at("obligations"), i),
          "must be a name (small letters, digits, '_') or an object with one name and its argument");
      continue;
    }
    const std::string pointer = pointer_to(node.at("obligations"), i);
    if (obligation.is_object()) {
      check_argument(context, obligation.get_object(), pointer);
    } else if (is_duty(name)) {
      context.reader.report(pointer, "needs its argument: docs/policy.md, \"Obligations\"");
    }
  }
  return *list;
}

// A room tells what it is; what happens elsewhere could never be encrypted.
void check_encrypted_operations(const ConditionContext& context, const Rule& rule, const Node& node) {
  if (!asks_to_encrypt(rule)) return;
  static constexpr std::array<std::string_view, 5> kInRooms{"room.send", "room.invite", "room.join",
                                                            "room.knock", "delayed_event.set"};
  for (std::size_t i = 0; i < rule.operations.size(); ++i) {
    if (std::ranges::find(kInRooms, rule.operations[i]) == kInRooms.end())
      context.reader.report(pointer_to(node.at("operations"), i),
                            "cannot be asked to be encrypted: " + listed(kInRooms));
  }
}

}  // namespace

Rule read_rule(const ConditionContext& context, const json::Value& value, const std::string& pointer,
               Layered layered) {
  Rule rule;
  const Node node = context.reader.object(value, pointer);
  if (node.object == nullptr) return rule;
  context.reader.only_keys(node, {"id", "description", "enabled", "operations", "resource", "when", "effect",
                                  "obligations", "explanation"});
  rule.id = context.reader.identifier(node, "id");
  rule.description = context.reader.text(node, "description", Presence::Optional);
  rule.enabled = context.reader.flag(node, "enabled", true);
  if (node.find("operations") == nullptr) context.reader.report(pointer, "lacks 'operations'");
  rule.operations = context.reader.texts_at(node, "operations");
  rule.resource = read_resource(context, node);
  rule.effect = read_effect(context, node);
  if (const json::Value* when = node.find("when"))
    rule.when = read_condition(context, *when, node.at("when"));
  rule.obligations = read_obligations(context, node);
  rule.explanation = context.reader.localised(node, "explanation");
  check_operations(context, rule.operations, node.at("operations"));
  check_lock_out(context, rule, node.at("operations"));
  check_encrypted_operations(context, rule, node);
  if (layered == Layered::Yes && rule.effect == Effect::Allow && rule.obligations.empty()) {
    context.reader.report(pointer, "allows: a layer can only tighten what stands above it");
  }
  if (rule.effect == Effect::Mask && (!rule.when || !looks_at_content(*rule.when))) {
    context.reader.report(
        pointer, "masks, and so needs a 'finding' or 'keyword' condition (outside 'not') that says what");
  }
  complete_explanation(rule);
  return rule;
}

}  // namespace kuramori::governance
