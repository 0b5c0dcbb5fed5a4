#include "app/admin_operations.hpp"
#include "gate/vocabulary.hpp"

namespace kuramori::app {
namespace {

json::Object to_json(const gate::Localised& text) {
  return {{"en", text.en}, {"zh-Hans", text.zh_hans}, {"zh-Hant", text.zh_hant}, {"ja", text.ja}};
}

}  // namespace

// operation, text? (as the body of a message), role?, user?, device?, address?, event_type?, room?: what the
// policy in force says. Asked of the policy itself, so that nothing is recorded as if it had been tried.
Result<json::Object> AdminOperations::policy_explain(const Call& call) {
  const std::string operation(json::string_or(call.arguments, "operation", "room.send"));
  if (!gate::parse_operation(operation)) {
    return invalid_argument("There is no operation '" + operation + "'; docs/policy.md lists them.");
  }
  KURAMORI_TRY(permit, admit(call, gate::Operation::AdminPolicyExplain));
  KURAMORI_CHECK(
      wait(node_.organisation.gate().record(std::move(permit), gate::Outcome{.detail = operation})));
  const auto argument = [&](std::string_view key) { return json::string_or(call.arguments, key, ""); };
  json::Object content;
  if (const json::Value* text = json::find(call.arguments, "text")) {
    content = {{"msgtype", "m.text"}, {"body", *text}};
  }
  const std::string_view event_type = argument("event_type");
  governance::Question question{.operation = operation,
                                .subject = {.user = argument("user"),
                                            .role = json::string_or(call.arguments, "role", "member"),
                                            .device = argument("device"),
                                            .address = argument("address"),
                                            .user_agent = {},
                                            .language = "en"},
                                .resource = {.room = argument("room"),
                                             .user = {},
                                             .event_type = event_type.empty() ? "m.room.message" : event_type,
                                             .name = {}},
                                .content = &content};
  const auto policy = node_.organisation.gate().policy();
  KURAMORI_TRY(decision, policy->evaluate(question));
  json::Object result{{"effect", governance::to_string(decision.effect)},
                      {"rule", decision.rule},
                      {"policy_version", policy->version()}};
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

// document: the text of a policy. Swapped whole; the old version is kept.
Result<json::Object> AdminOperations::policy_apply(const Call& call) {
  KURAMORI_TRY(document, json::required_string(call.arguments, "document"));
  KURAMORI_TRY(permit, admit(call, gate::Operation::AdminPolicySwap));
  KURAMORI_TRY(version, wait(node_.organisation.policies().swap(std::move(permit), std::move(document))));
  return json::Object{{"policy_version", version}};
}

// version?: the document of that version, or of the one in force.
Result<json::Object> AdminOperations::policy_show(const Call& call) {
  KURAMORI_TRY(version, json::optional_integer(call.arguments, "version"));
  KURAMORI_TRY(permit, admit(call, gate::Operation::AdminPolicyExplain));
  KURAMORI_CHECK(wait(node_.organisation.gate().record(std::move(permit), gate::Outcome{})));
  const auto query = [&](storage::Snapshot& s) {
    return version ? gate::load_policy(s, *version) : gate::load_current_policy(s);
  };
  KURAMORI_TRY(stored, node_.organisation.store().read_blocking(query));
  if (!stored) return not_found("There is no policy of this version.");
  return json::Object{{"policy_version", stored->version},
                      {"created", to_rfc3339(stored->created)},
                      {"document", stored->document}};
}

}  // namespace kuramori::app
