#include "gate/policy_trial.hpp"

#include "gate/action.hpp"
#include "gate/refusal.hpp"
#include "governance/policy_review.hpp"
#include "governance/surroundings.hpp"

namespace kuramori::gate {
namespace {

json::Object to_json(const Localised& text) {
  return {{"en", text.en}, {"zh-Hans", text.zh_hans}, {"zh-Hant", text.zh_hant}, {"ja", text.ja}};
}

// The world as the one who asks supposes it.
class SupposedSurroundings final : public governance::Surroundings {
 public:
  explicit SupposedSurroundings(const json::Object& arguments) : arguments_(arguments) {}

  bool works_in(std::string_view, std::string_view unit) const override { return is("department", unit); }
  bool has_role(std::string_view, std::string_view role) const override {
    return is("organisation_role", role);
  }
  std::string_view clearance(std::string_view) const override { return argument("clearance"); }
  std::string_view region(std::string_view) const override { return argument("region"); }
  std::string_view employment(std::string_view) const override { return argument("employment"); }
  bool may_contact(std::string_view, std::string_view) const override { return !is("may_contact", "false"); }
  std::optional<governance::Destination> destination(std::string_view, std::string_view) const override {
    return governance::destination_named(argument("destination"));
  }
  governance::Destination place_of(std::string_view, std::string_view) const override {
    return governance::destination_named(argument("destination"))
        .value_or(governance::Destination::OwnDepartment);
  }
  bool is_encrypted(std::string_view) const override { return is("room_class", "sealed"); }
  std::string_view label(std::string_view) const override { return argument("room_label"); }
  governance::LinkVerdicts links(const json::Object&) const override {
    governance::LinkVerdicts verdicts;
    if (const auto verdict = governance::link_verdict_named(argument("link")))
      verdicts.set(static_cast<std::size_t>(*verdict));
    return verdicts;
  }
  governance::ContentOrigin origin(const json::Object&, std::string_view) const override {
    return {.label = argument("origin_label"),
            .is_forwarded = is("forwarded", "true"),
            .hops = 0,
            .no_forward = is("no_forward", "true")};
  }
  std::uint32_t recent(std::size_t, const governance::Question&) const override { return 0; }

 private:
  std::string_view argument(std::string_view key) const { return json::string_or(arguments_, key, ""); }
  bool is(std::string_view key, std::string_view value) const {
    return !value.empty() && argument(key) == value;
  }
  const json::Object& arguments_;
};

json::Object to_json(const governance::TracedCondition& traced, const governance::LabelLattice& labels) {
  json::Object object{{"holds", traced.holds}};
  if (traced.children.empty()) {
    object["condition"] = governance::describe(*traced.condition, labels);
    return object;
  }
  json::Array children;
  for (const auto& child : traced.children) children.emplace_back(to_json(child, labels));
  object[governance::name_of(traced.condition->kind)] = std::move(children);
  return object;
}

// What the rules that decided ask for besides, and which rule does.
json::Array obligations_to_json(const governance::Decision& decision) {
  json::Array obligations;
  for (std::size_t i = 0; i < decision.obligations.size(); ++i) {
    json::Object object{{"obligation", decision.obligations[i]}};
    if (i < decision.obliging_rules.size()) object["rule"] = decision.obliging_rules[i];
    obligations.emplace_back(std::move(object));
  }
  return obligations;
}

// Every rule that names the operation, with the tree of its conditions and what each came to.
json::Array to_json(const std::vector<governance::RuleTrace>& traces,
                    const governance::LabelLattice& labels) {
  json::Array rules;
  for (const governance::RuleTrace& trace : traces) {
    json::Object rule{{"rule", trace.rule->id},
                      {"effect", governance::to_string(trace.rule->effect)},
                      {"applies", trace.applies},
                      {"holds", trace.holds}};
    if (trace.condition) rule["when"] = to_json(*trace.condition, labels);
    rules.emplace_back(std::move(rule));
  }
  return rules;
}

}  // namespace

Result<json::Object> try_policy(const governance::CompiledPolicy& policy, const json::Object& arguments) {
  const std::string operation(json::string_or(arguments, "operation", "room.send"));
  if (!parse_operation(operation))
    return invalid_argument("There is no operation '" + operation + "'; docs/policy.md lists them.");
  const auto argument = [&](std::string_view key) { return json::string_or(arguments, key, ""); };
  json::Object content;
  if (const json::Value* text = json::find(arguments, "text"))
    content = {{"msgtype", "m.text"}, {"body", *text}};
  const std::string_view event_type = argument("event_type");
  const SupposedSurroundings surroundings(arguments);
  governance::Question question{.operation = operation,
                                .subject = {.user = argument("user"),
                                            .role = json::string_or(arguments, "role", "member"),
                                            .device = argument("device"),
                                            .address = argument("address"),
                                            .user_agent = {},
                                            .language = "en"},
                                .resource = {.room = argument("room"),
                                             .user = {},
                                             .event_type = event_type.empty() ? "m.room.message" : event_type,
                                             .name = {}},
                                .content = &content,
                                .surroundings = &surroundings};
  KURAMORI_TRY(decision, policy.evaluate(question));
  json::Object result{{"effect", governance::to_string(decision.effect)},
                      {"rule", decision.rule},
                      {"policy_version", policy.version()}};
  json::Array findings;
  for (const governance::Finding& finding : decision.findings) {
    findings.emplace_back(json::Object{{"source", finding.source}, {"count", finding.count}});
  }
  result["findings"] = std::move(findings);
  if (decision.effect != governance::Effect::Allow) {
    result["explanation"] = to_json({decision.explanation.en, decision.explanation.zh_hans,
                                     decision.explanation.zh_hant, decision.explanation.ja});
  }
  if (!decision.label.empty()) result["label"] = decision.label;
  result["obligations"] = obligations_to_json(decision);
  KURAMORI_TRY(traces, policy.explain(question));
  result["rules"] = to_json(traces, policy.document().labels);
  if (decision.masked_content) result["masked_content"] = *decision.masked_content;
  return result;
}

}  // namespace kuramori::gate
