#include "gate/policy_trial.hpp"

#include "gate/action.hpp"
#include "gate/refusal.hpp"

namespace kuramori::gate {
namespace {

json::Object to_json(const Localised& text) {
  return {{"en", text.en}, {"zh-Hans", text.zh_hans}, {"zh-Hant", text.zh_hant}, {"ja", text.ja}};
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
                                .content = &content};
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
  if (decision.masked_content) result["masked_content"] = *decision.masked_content;
  return result;
}

}  // namespace kuramori::gate
