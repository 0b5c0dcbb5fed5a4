#include "gate/gate.hpp"

#include <array>
#include <mutex>

#include "gate/role_limits.hpp"
#include "governance/compiled_policy.hpp"

namespace kuramori::gate {

namespace {

using governance::CompiledPolicy;
using governance::Decision;
using PolicyEffect = governance::Effect;

constexpr std::size_t kDecisionIdLength = 16;

// A policy with its rules looked up once per operation: an operation without rules costs an array access.
struct PolicyInForce {
  std::shared_ptr<const CompiledPolicy> policy;
  std::array<governance::RuleSelection, kOperations> rules;

  explicit PolicyInForce(std::shared_ptr<const CompiledPolicy> p) : policy(std::move(p)) {
    for (std::size_t i = 0; i < kOperations; ++i) {
      rules[i] = policy->rules_for(to_string(static_cast<Operation>(i)));
    }
  }
};

governance::Question question_of(const Action& action) {
  const Subject& subject = action.subject;
  const Resource& resource = action.resource;
  return {.operation = to_string(action.operation),
          .subject = {.user = subject.user.view(),
                      .role = to_string(subject.role),
                      .device = subject.device.view(),
                      .address = subject.address,
                      .user_agent = subject.user_agent,
                      .language = subject.language},
          .resource = {.room = resource.room.view(),
                       .user = resource.user.view(),
                       .event_type = resource.event_type,
                       .name = resource.name},
          .content = action.content};
}

Localised localised(governance::Explanation texts) {
  return {std::move(texts.en), std::move(texts.zh_hans), std::move(texts.zh_hant), std::move(texts.ja)};
}

json::Object findings_of(const Decision& decision) {
  json::Object findings;
  for (const auto& finding : decision.findings) findings[finding.source] = finding.count;
  return findings;
}

audit::Who who_of(Subject subject) {
  return {.user = std::move(subject.user),
          .device = std::move(subject.device),
          .session = std::move(subject.session),
          .address = std::move(subject.address),
          .user_agent = std::move(subject.user_agent)};
}

audit::EntryKind kind_of(Operation operation) {
  switch (effect_of(operation)) {
    case Effect::Mutates:
    case Effect::Signals:
      return audit::EntryKind::Change;
    case Effect::Administers:
      return audit::EntryKind::Administration;
    case Effect::Discloses:
      break;
  }
  return operation == Operation::Sync ? audit::EntryKind::Delivery : audit::EntryKind::Read;
}

// An auditor's reads, and an administrator's of what belongs to somebody else.
bool is_privileged_read(const Permit& permit) {
  const Operation operation = permit.operation();
  if (operation != Operation::RoomRead && operation != Operation::AccountDataRead &&
      operation != Operation::DeviceRead) {
    return false;
  }
  if (permit.subject().role == Role::Auditor) return true;
  const UserId& owner = permit.resource().user;
  return permit.subject().role == Role::Administrator && !owner.empty() && owner != permit.subject().user;
}

storage::CommitTicket failed_ticket(Error error) {
  auto channel = runtime::one_shot<Result<storage::CommitReceipt>>();
  channel.first.set(std::move(error));
  return std::move(channel.second);
}

}  // namespace

struct Gate::State {
  State(Ports p, std::shared_ptr<const CompiledPolicy> policy)
      : ports(std::move(p)),
        in_force(std::make_shared<const PolicyInForce>(std::move(policy))),
        allowed(decisions("allowed")),
        warned(decisions("warned")),
        masked(decisions("masked")),
        refused(decisions("refused")),
        failed(decisions("failed")) {}

  Counter& decisions(std::string outcome) {
    return ports.metrics.counter("kuramori_gate_decisions_total",
                                 "Acts that asked the gate, by what it answered.",
                                 {{"outcome", std::move(outcome)}});
  }
  std::shared_ptr<const PolicyInForce> current() const {
    const std::scoped_lock lock(mutex);
    return in_force;
  }

  runtime::Task<Result<void>> prepare(const Subject& subject);
  runtime::Task<Result<void>> record_alone(audit::Entry entry);
  runtime::Task<Admission> refuse(Action action, Refusal refusal, json::Object findings);
  audit::Entry entry_of(Permit permit, Outcome outcome);
  Error failure(Error error, Operation operation);

  Ports ports;
  mutable std::mutex mutex;
  std::shared_ptr<const PolicyInForce> in_force;
  Counter& allowed;
  Counter& warned;
  Counter& masked;
  Counter& refused;
  Counter& failed;
};

Gate::Gate(Ports ports, std::shared_ptr<const CompiledPolicy> policy)
    : state_(std::make_unique<State>(std::move(ports), std::move(policy))) {}
Gate::~Gate() = default;

runtime::Task<Result<void>> Gate::State::prepare(const Subject& subject) {
  if (subject.user.empty() || ports.recorder.ready(subject.user)) co_return Result<void>{};
  auto prepared = co_await ports.recorder.prepare(subject.user);
  co_return prepared;
}

runtime::Task<Result<void>> Gate::State::record_alone(audit::Entry entry) {
  storage::UnitOfWork work;
  ports.recorder.append(work, std::move(entry));
  auto ticket = ports.store.submit(std::move(work));
  auto receipt = co_await ticket;
  if (!receipt) co_return std::move(receipt).error();
  co_return Result<void>{};
}

Error Gate::State::failure(Error error, Operation operation) {
  failed.add();
  ports.log.error("gate_failed", {{"operation", to_string(operation)}, {"error", error.to_log()}});
  return error;
}

runtime::Task<Admission> Gate::State::refuse(Action action, Refusal refusal, json::Object findings) {
  auto prepared = co_await prepare(action.subject);
  if (!prepared) co_return failure(std::move(prepared).error(), action.operation);
  refusal.language = action.subject.language;
  refusal.decision_id = ports.random.alphanumeric(kDecisionIdLength);
  audit::Entry entry{.time = {},
                     .kind = audit::EntryKind::Decision,
                     .operation = std::string(to_string(action.operation)),
                     .who = who_of(std::move(action.subject)),
                     .resource = action.resource.to_record(),
                     .detail = refusal.decision_id,
                     .outcome = "refused",
                     .rule = refusal.rule,
                     .policy_version = refusal.policy_version,
                     .personal = {}};
  if (!findings.empty()) entry.personal["findings"] = std::move(findings);
  auto recorded = co_await record_alone(std::move(entry));
  if (!recorded) co_return failure(std::move(recorded).error(), action.operation);
  refused.add();
  co_return std::move(refusal);
}

runtime::Task<Admission> Gate::admit(Action action) {
  State& state = *state_;
  const auto in_force = state.current();
  if (!role_may(action.subject.role, action.operation)) {
    Refusal refusal{.rule = role_rule(action.subject.role),
                    .policy_version = in_force->policy->version(),
                    .explanation = role_explanation(action.subject.role),
                    .language = {},
                    .decision_id = {}};
    auto refusing = state.refuse(std::move(action), std::move(refusal), {});
    auto admission = co_await std::move(refusing);
    co_return admission;
  }
  Decision decision;
  if (const auto& rules = in_force->rules[static_cast<std::size_t>(action.operation)]; !rules.empty()) {
    auto outcome = in_force->policy->evaluate(rules, question_of(action));
    if (!outcome) co_return state.failure(std::move(outcome).error(), action.operation);
    decision = *std::move(outcome);
  }
  if (decision.effect == PolicyEffect::Refuse) {
    Refusal refusal{.rule = decision.rule,
                    .policy_version = in_force->policy->version(),
                    .explanation = localised(std::move(decision.explanation)),
                    .language = {},
                    .decision_id = {}};
    auto refusing = state.refuse(std::move(action), std::move(refusal), findings_of(decision));
    auto admission = co_await std::move(refusing);
    co_return admission;
  }
  const Effect effect = effect_of(action.operation);
  const bool followed_by_commit = effect == Effect::Mutates || effect == Effect::Administers;
  if (followed_by_commit && !action.subject.user.empty() &&
      !state.ports.recorder.ready(action.subject.user)) {
    auto prepared = co_await state.prepare(action.subject);
    if (!prepared) co_return state.failure(std::move(prepared).error(), action.operation);
  }

  Permit permit;
  permit.policy_version_ = in_force->policy->version();
  permit.rule_ = std::move(decision.rule);
  permit.findings_ = findings_of(decision);
  permit.obligations_ = std::move(decision.obligations);
  permit.masked_content_ = std::move(decision.masked_content);
  if (decision.effect == PolicyEffect::Allow) {
    state.allowed.add();
  } else {
    const bool masks = decision.effect == PolicyEffect::Mask;
    (masks ? state.masked : state.warned).add();
    permit.outcome_ = masks ? "masked" : "warned";
    permit.warning_ = localised(std::move(decision.explanation)).in(action.subject.language);
  }
  permit.operation_ = action.operation;
  permit.subject_ = std::move(action.subject);
  permit.resource_ = std::move(action.resource);
  if (!followed_by_commit && decision.effect != PolicyEffect::Allow) {
    auto prepared = co_await state.prepare(permit.subject_);
    if (!prepared) co_return state.failure(std::move(prepared).error(), permit.operation_);
    audit::Entry entry{.time = {},
                       .kind = audit::EntryKind::Decision,
                       .operation = std::string(to_string(permit.operation_)),
                       .who = who_of(permit.subject_),
                       .resource = permit.resource_.to_record(),
                       .detail = {},
                       .outcome = std::string(permit.outcome_),
                       .rule = permit.rule_,
                       .policy_version = permit.policy_version_,
                       .personal = {}};
    auto recorded = co_await state.record_alone(std::move(entry));
    if (!recorded) co_return state.failure(std::move(recorded).error(), permit.operation_);
  }
  co_return std::move(permit);
}

audit::Entry Gate::State::entry_of(Permit permit, Outcome outcome) {
  audit::Entry entry{.time = {},
                     .kind = kind_of(permit.operation_),
                     .operation = std::string(to_string(permit.operation_)),
                     .who = who_of(std::move(permit.subject_)),
                     .resource = permit.resource_.to_record(),
                     .detail = std::move(outcome.detail),
                     .outcome = std::string(permit.outcome_),
                     .rule = std::move(permit.rule_),
                     .policy_version = permit.policy_version_,
                     .personal = std::move(outcome.personal)};
  if (!permit.findings_.empty()) entry.personal["findings"] = std::move(permit.findings_);
  return entry;
}

storage::CommitTicket Gate::submit(Permit permit, storage::UnitOfWork work, Outcome outcome) {
  const UserId& user = permit.subject_.user;
  if (!user.empty() && !state_->ports.recorder.ready(user)) {
    // The person's key was destroyed between the permission and the act.
    return failed_ticket(
        Error(ErrorCode::Unavailable, "M_UNKNOWN", "The act could not be recorded; try again."));
  }
  state_->ports.recorder.append(work, state_->entry_of(std::move(permit), std::move(outcome)));
  return state_->ports.store.submit(std::move(work));
}

runtime::Task<Result<storage::CommitReceipt>> Gate::commit(Permit permit, storage::UnitOfWork work,
                                                           Outcome outcome) {
  auto prepared = co_await state_->prepare(permit.subject_);
  if (!prepared) co_return std::move(prepared).error();
  auto ticket = submit(std::move(permit), std::move(work), std::move(outcome));
  auto receipt = co_await ticket;
  co_return receipt;
}

runtime::Task<Result<void>> Gate::record(Permit permit, Outcome outcome) {
  const Effect effect = effect_of(permit.operation_);
  if (effect == Effect::Discloses && !is_privileged_read(permit)) co_return Result<void>{};
  // A warning or mask of a disclosure or a signal was recorded when it was admitted.
  if (effect == Effect::Signals) co_return Result<void>{};
  auto prepared = co_await state_->prepare(permit.subject_);
  if (!prepared) co_return std::move(prepared).error();
  auto recorded = co_await state_->record_alone(state_->entry_of(std::move(permit), std::move(outcome)));
  co_return recorded;
}

runtime::Task<Result<void>> Gate::record_failure(Action action, std::string code, json::Object personal) {
  auto prepared = co_await state_->prepare(action.subject);
  if (!prepared) co_return std::move(prepared).error();
  audit::Entry entry{.time = {},
                     .kind = audit::EntryKind::Decision,
                     .operation = std::string(to_string(action.operation)),
                     .who = who_of(std::move(action.subject)),
                     .resource = action.resource.to_record(),
                     .detail = {},
                     .outcome = "failed:" + code,
                     .rule = {},
                     .policy_version = state_->current()->policy->version(),
                     .personal = std::move(personal)};
  auto recorded = co_await state_->record_alone(std::move(entry));
  co_return recorded;
}

void Gate::forget(const UserId& user) {
  state_->ports.recorder.forget(user);
}

void Gate::swap_policy(std::shared_ptr<const CompiledPolicy> policy) {
  auto next = std::make_shared<const PolicyInForce>(std::move(policy));
  const std::scoped_lock lock(state_->mutex);
  std::swap(state_->in_force, next);
}

std::shared_ptr<const CompiledPolicy> Gate::policy() const {
  return state_->current()->policy;
}

}  // namespace kuramori::gate
