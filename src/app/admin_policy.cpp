#include "app/admin_operations.hpp"
#include "gate/policy_trial.hpp"

namespace kuramori::app {

// See gate::try_policy for the arguments: what the policy in force says.
Result<json::Object> AdminOperations::policy_explain(const Call& call) {
  KURAMORI_TRY(permit, admit(call, gate::Operation::AdminPolicyExplain));
  std::string operation(json::string_or(call.arguments, "operation", "room.send"));
  KURAMORI_CHECK(wait(
      node_.organisation.gate().record(std::move(permit), gate::Outcome{.detail = std::move(operation)})));
  const auto policy = node_.organisation.gate().policy();
  return gate::try_policy(*policy, call.arguments);
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
