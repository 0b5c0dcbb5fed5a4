#include <algorithm>

#include "app/admin_operations.hpp"
#include "app/policy_simulation.hpp"
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

// document: the text of a policy; reason. Swapped whole; the old version is kept.
Result<json::Object> AdminOperations::policy_apply(const Call& call) {
  KURAMORI_TRY(document, json::required_string(call.arguments, "document"));
  KURAMORI_TRY(reason, json::required_string(call.arguments, "reason"));
  KURAMORI_TRY(permit, admit(call, gate::Operation::AdminPolicySwap));
  KURAMORI_TRY(version, wait(node_.organisation.policies().swap(std::move(permit), std::move(document),
                                                                {.reason = std::move(reason)})));
  return json::Object{{"policy_version", version}};
}

// document: a draft; days, limit: what it would have decided lately. Ends when nobody listens any more.
Result<json::Object> AdminOperations::policy_simulate(const Call& call) {
  constexpr std::int64_t kDaysMost = 3'650;
  KURAMORI_TRY(document, json::required_string(call.arguments, "document"));
  const std::int64_t days =
      std::clamp<std::int64_t>(json::integer_or(call.arguments, "days", 7), 1, kDaysMost);
  const std::int64_t limit = std::max<std::int64_t>(1, json::integer_or(call.arguments, "limit", 100'000));
  const governance::ParseOptions options{.company_data = node_.organisation.gate().company_data()};
  KURAMORI_TRY(draft, gate::compile_policy(document, 0, options));
  KURAMORI_TRY(permit, admit(call, gate::Operation::AdminPolicySimulate));
  const Timestamp now = node_.environment.clock.now();
  simulation::Request request{.draft = std::move(draft),
                              .from = now - std::chrono::days(days),
                              .to = now,
                              .limit = static_cast<std::size_t>(limit)};
  PolicySimulation simulation(node_);
  return wait(simulation.simulator().simulate(std::move(permit), std::move(request), [&](double fraction) {
    call.output.progress(fraction);
    return call.output.is_heard();
  }));
}

// limit?, before?: the versions, the newest first, without their documents.
Result<json::Object> AdminOperations::policy_history(const Call& call) {
  constexpr std::int64_t kListed = 50;
  constexpr std::int64_t kListedMost = 1'000;
  const std::int64_t limit =
      std::clamp<std::int64_t>(json::integer_or(call.arguments, "limit", kListed), 1, kListedMost);
  KURAMORI_TRY(before, json::optional_integer(call.arguments, "before"));
  KURAMORI_TRY(permit, admit(call, gate::Operation::AdminPolicyRead));
  KURAMORI_CHECK(
      wait(node_.organisation.gate().record(std::move(permit), gate::Outcome{.detail = "versions"})));
  const auto query = [&](storage::Snapshot& snapshot) {
    return gate::list_policies(snapshot, static_cast<std::size_t>(limit), before);
  };
  KURAMORI_TRY(versions, node_.organisation.store().read_blocking(query));
  json::Array list;
  for (const gate::PolicyVersion& version : versions) list.emplace_back(gate::to_json(version));
  return json::Object{{"versions", std::move(list)}};
}

// version, from?: what it changed since `from`, or since the version before it.
Result<json::Object> AdminOperations::policy_difference(const Call& call) {
  KURAMORI_TRY(version, json::optional_integer(call.arguments, "version"));
  KURAMORI_TRY(from, json::optional_integer(call.arguments, "from"));
  if (!version) return invalid_argument("'version' says of which version the difference is asked.");
  KURAMORI_TRY(permit, admit(call, gate::Operation::AdminPolicyRead));
  gate::Outcome outcome{.detail = "policy:" + std::to_string(*version)};
  KURAMORI_CHECK(wait(node_.organisation.gate().record(std::move(permit), std::move(outcome))));
  return gate::difference_of(node_.organisation.store(), *version, from);
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
  json::Object shown{{"policy_version", stored->version}};
  for (auto& [key, value] : gate::to_json(*stored)) shown[key] = std::move(value);
  shown["document"] = stored->document;
  return shown;
}

}  // namespace kuramori::app
