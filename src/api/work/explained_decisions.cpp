#include "api/work/explained_decisions.hpp"

#include <algorithm>

#include "api/resource/problem.hpp"
#include "api/resource/responses.hpp"
#include "audit/opened_entries.hpp"
#include "gate/decision_id.hpp"
#include "gate/refusal_texts.hpp"
#include "gate/role_limits.hpp"
#include "governance/compiled_policy.hpp"
#include "governance/obligations.hpp"
#include "identity/account_rows.hpp"
#include "identity/tables.hpp"

namespace kuramori::api::work {

using net::Response;
using resource::Call;
using resource::Pipeline;
using runtime::Task;

namespace {

// The name tells when the decision was made; its entry follows within moments.
constexpr Milliseconds kBefore = std::chrono::seconds(1);
constexpr Milliseconds kBehind = std::chrono::minutes(2);
constexpr std::size_t kLookedAtMost = 200'000;
constexpr std::size_t kOfficersNamed = 5;

Error no_such_decision() {
  return not_found("There is no such decision about you.");
}

// The person's own entry of this name.
Result<audit::OpenedEntry> find_decision(storage::Snapshot& snapshot, storage::KeyRing& keys,
                                         const UserId& user, const std::string& id) {
  const auto made = gate::time_of_decision(id);
  if (!made) return no_such_decision();
  auto key = keys.get_in(snapshot, crypto::KeyScope::Person, user.view());
  if (!key) return key.error().code() == ErrorCode::NotFound ? no_such_decision() : std::move(key).error();
  storage::Scan scan;
  scan.table = &audit::kRecordEntries;
  scan.index = &audit::kRecordEntries.index("record_entries_by_time");
  scan.from = to_unix_ms(*made - kBefore);
  scan.below = to_unix_ms(*made + kBehind);
  std::optional<audit::OpenedEntry> found;
  std::optional<Error> failure;
  std::size_t looked_at = 0;
  const auto visit = [&](storage::Row&& raw) {
    const audit::EntryRow row = audit::to_entry(std::move(raw));
    // The name stands in the entry as it is; most others need not be read.
    const bool may_be = as_text(row.bytes).find(id) != std::string_view::npos;
    if (!may_be) return ++looked_at < kLookedAtMost;
    auto opened = audit::open_own_entry(row, user, *key);
    if (!opened) {
      failure = std::move(opened).error();
      return false;
    }
    if (*opened && (*opened)->entry.kind == audit::EntryKind::Decision && (*opened)->entry.detail == id)
      found = *std::move(*opened);
    return !found;
  };
  KURAMORI_CHECK(snapshot.for_each(scan, visit));
  if (failure) return *std::move(failure);
  if (!found) return no_such_decision();
  return *std::move(found);
}

std::vector<governance::Finding> findings_in(const json::Object& personal) {
  std::vector<governance::Finding> findings;
  const json::Object* counts = json::object_at(personal, "findings");
  if (counts == nullptr) return findings;
  for (const auto& [source, count] : *counts) {
    const auto number = count.is_int64() ? count.get_int64() : 1;
    findings.push_back({std::string(source.data(), source.size()), static_cast<std::uint32_t>(number)});
  }
  return findings;
}

// The policy that decided; blocking.
Result<std::shared_ptr<const governance::CompiledPolicy>> policy_of(
    storage::Reader& reader, std::shared_ptr<const governance::CompiledPolicy> in_force,
    std::int64_t version) {
  if (in_force->version() == version) return in_force;
  auto query = [version](storage::Snapshot& snapshot) { return gate::load_policy(snapshot, version); };
  KURAMORI_TRY(stored, reader.read_blocking(query));
  if (!stored) return in_force;
  return gate::compile_policy(stored->document, version);
}

gate::Localised step_up_text(const governance::CompiledPolicy& policy, const std::string& rule) {
  const auto found =
      std::ranges::find(policy.rules(), rule, [](const governance::Rule* each) { return each->id; });
  const auto within = found == policy.rules().end() ? std::nullopt : governance::step_up_of(**found);
  return within ? gate::step_up_explanation(rule, within->count()) : rule_is_gone(rule);
}

Result<gate::Localised> explanation_of(storage::Reader& reader,
                                       std::shared_ptr<const governance::CompiledPolicy> in_force,
                                       const audit::OpenedEntry& decision) {
  constexpr std::string_view kRolePrefix = "role.";
  const std::string& rule = decision.entry.rule;
  if (rule.starts_with(kRolePrefix)) {
    if (const auto role = gate::parse_role(rule.substr(kRolePrefix.size())))
      return gate::role_explanation(*role);
  }
  if (rule == "worm-brake") return gate::brake_explanation();
  KURAMORI_TRY(policy, policy_of(reader, std::move(in_force), decision.entry.policy_version));
  if (decision.entry.outcome == "step_up") return step_up_text(*policy, rule);
  const auto texts = policy->explanation_of(rule, findings_in(decision.personal));
  if (!texts) return rule_is_gone(rule);
  return gate::Localised{texts->en, texts->zh_hans, texts->zh_hant, texts->ja};
}

struct PersonToAsk {
  UserId user;
  std::string_view as;
};

// Who looks after rules; administrators where there is nobody else.
Result<std::vector<PersonToAsk>> officers(storage::Snapshot& snapshot) {
  std::vector<PersonToAsk> compliance;
  std::vector<PersonToAsk> security;
  std::vector<PersonToAsk> administrators;
  const auto note = [](std::vector<PersonToAsk>& list, const UserId& user, gate::Role role) {
    if (list.size() < kOfficersNamed) list.push_back({user, gate::to_string(role)});
  };
  const auto visit = [&](storage::Row&& row) {
    const identity::Account account = identity::account_from(row).account;
    if (account.deactivated) return true;
    if (account.role == gate::Role::ComplianceOfficer) note(compliance, account.user, account.role);
    if (account.role == gate::Role::SecurityOfficer) note(security, account.user, account.role);
    if (account.role == gate::Role::Administrator) note(administrators, account.user, account.role);
    return true;
  };
  const storage::Scan scan{.table = &identity::kAccounts};
  KURAMORI_CHECK(snapshot.for_each(scan, visit));
  compliance.insert(compliance.end(), security.begin(), security.end());
  return compliance.empty() ? administrators : compliance;
}

json::Object texts_to_json(const gate::Localised& texts) {
  return {{"en", texts.en}, {"zh-Hans", texts.zh_hans}, {"zh-Hant", texts.zh_hant}, {"ja", texts.ja}};
}

Stopped stopped_by(std::string_view outcome) {
  if (outcome == "asked") return Stopped::Asked;
  if (outcome == "step_up") return Stopped::NeedsPassword;
  return outcome == "held" ? Stopped::Held : Stopped::Refused;
}

json::Object to_json(const audit::OpenedEntry& decision, const gate::Localised& explanation) {
  const gate::Resource resource = gate::Resource::from_record(decision.entry.resource);
  const Stopped stopped = stopped_by(decision.entry.outcome);
  json::Object body{
      {"id", decision.entry.detail},           {"time", to_rfc3339(decision.entry.time)},
      {"operation", decision.entry.operation}, {"outcome", decision.entry.outcome},
      {"rule", decision.entry.rule},           {"policy_version", decision.entry.policy_version}};
  if (!resource.room.empty()) body["room"] = resource.room.view();
  if (stopped == Stopped::Asked) body["resolution"] = "confirm";
  if (stopped == Stopped::Held) body["resolution"] = "approval";
  if (stopped == Stopped::NeedsPassword) body["resolution"] = "step_up";
  json::Array findings;
  for (const governance::Finding& finding : findings_in(decision.personal))
    findings.emplace_back(
        json::Object{{"source", finding.source}, {"count", static_cast<std::int64_t>(finding.count)}});
  body["findings"] = std::move(findings);
  body["explanation"] = texts_to_json(explanation);
  body["what_to_do"] = texts_to_json(what_to_do(stopped));
  return body;
}

// Each person once, as what comes first.
json::Array whom_to_ask(const UserId& who, const UserId& superior, const std::vector<PersonToAsk>& officers) {
  std::vector<PersonToAsk> people;
  if (!superior.empty()) people.push_back({superior, "manager"});
  people.insert(people.end(), officers.begin(), officers.end());
  json::Array ask;
  std::vector<UserId> named{who};
  for (const PersonToAsk& person : people) {
    if (std::ranges::find(named, person.user) != named.end()) continue;
    named.push_back(person.user);
    ask.emplace_back(json::Object{{"user", person.user.view()}, {"as", person.as}});
  }
  return ask;
}

Task<Response> get_decision(Call& call, Pipeline& pipeline, ExplainedDecisionServices& services) {
  auto admitting = pipeline.admit(call, gate::Operation::DecisionRead);
  auto admitted = co_await std::move(admitting);
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto query = [&keys = services.keys, user = call.subject.user, id = call.parameter(0)](
                   storage::Snapshot& snapshot) { return find_decision(snapshot, keys, user, id); };
  auto reading = services.reader.read(std::move(query));
  const auto decision = co_await std::move(reading);
  if (!decision) co_return resource::failed(decision.error(), call.request);
  auto explaining = [&reader = services.reader, &entry = *decision, policy = pipeline.gate().policy()] {
    return explanation_of(reader, policy, entry);
  };
  auto running = services.workers.run(std::move(explaining));
  const auto explanation = co_await std::move(running);
  if (!explanation) co_return resource::failed(explanation.error(), call.request);
  auto looking = [](storage::Snapshot& snapshot) { return officers(snapshot); };
  auto asking = services.reader.read(std::move(looking));
  const auto people = co_await std::move(asking);
  if (!people) co_return resource::failed(people.error(), call.request);
  const UserId superior = services.organisation.directory()->superior_of(call.subject.user);
  json::Object body = to_json(*decision, *explanation);
  body.emplace("ask", whom_to_ask(call.subject.user, superior, *people));
  co_return resource::ok(body);
}

}  // namespace

void add_explained_decision_routes(net::Router& router, Pipeline& pipeline,
                                   ExplainedDecisionServices& services) {
  pipeline.add(router, net::Method::Get, "/_kuramori/v1/decisions/{id}", {.limit = "message"},
               [&](Call& call) { return get_decision(call, pipeline, services); });
}

}  // namespace kuramori::api::work
