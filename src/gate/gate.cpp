#include "gate/gate.hpp"

#include <mutex>

#include "gate/amended_content.hpp"
#include "gate/carried_duties.hpp"
#include "gate/ceiling_book.hpp"
#include "gate/confirmations.hpp"
#include "gate/counter_book.hpp"
#include "gate/decision_id.hpp"
#include "gate/policy_in_force.hpp"
#include "gate/question_of_action.hpp"
#include "gate/recent_messages.hpp"
#include "gate/record_words.hpp"
#include "gate/refusal_texts.hpp"
#include "gate/role_limits.hpp"
#include "gate/showing.hpp"
#include "gate/sight.hpp"
#include "gate/surroundings_of_gate.hpp"
#include "governance/company_data.hpp"
#include "governance/compiled_policy.hpp"

namespace kuramori::gate {

namespace {

using governance::CompiledPolicy;
using governance::Decision;
using PolicyEffect = governance::Effect;

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
        asked(decisions("asked")),
        held(decisions("held")),
        step_up(decisions("step_up")),
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
  runtime::Task<Result<void>> record_with(storage::UnitOfWork work, audit::Entry entry);
  runtime::Task<Result<void>> record_alone(audit::Entry entry) { return record_with({}, std::move(entry)); }
  Counter& counter_of(Refusal::Kind kind);
  struct Findings {
    json::Object counts = {};
    governance::Duties duties = {};  // of the rules that refuse
  };
  runtime::Task<Admission> refuse(Action action, Refusal refusal, Findings findings);
  // What stands between a policy that does not refuse and the act: an approval, a confirmation, the brake.
  struct Considered {
    Decision& decision;
    const governance::Duties& duties;
    std::int64_t version;
    Amendment amendment;
  };
  std::optional<Refusal> obstacle(const Action& action, Considered considered, std::string_view& outcome);
  bool lacks_proof(const Action& action, const governance::Duties& duties, bool is_approved) const;
  audit::Entry entry_of(Permit permit, Outcome outcome);
  // What rules want told of an act: the entries of its alerts, and whoever tells people.
  void carry_out(const Told& told, storage::UnitOfWork& work);
  Error failure(Error error, Operation operation);

  Ports ports;
  Providers providers;  // set once, before anybody asks
  Confirmations confirmations;
  CounterBook counters;
  RecentMessages recent_messages;
  CeilingBook ceilings{{.providers = providers, .counters = counters, .clock = ports.clock}};
  void put_in_force(std::shared_ptr<const CompiledPolicy> policy,
                    std::shared_ptr<const governance::CompanyData> data);

  std::mutex swapping;       // held from reading what is in force to replacing it
  mutable std::mutex mutex;  // of the two below
  std::shared_ptr<const PolicyInForce> in_force;
  std::shared_ptr<const governance::CompanyData> data = std::make_shared<const governance::CompanyData>();
  Counter& allowed;
  Counter& warned;
  Counter& masked;
  Counter& refused;
  Counter& asked;
  Counter& held;
  Counter& step_up;
  Counter& failed;
};

Gate::Gate(Ports ports, std::shared_ptr<const CompiledPolicy> policy)
    : state_(std::make_unique<State>(std::move(ports), std::move(policy))) {}
Gate::~Gate() = default;

void Gate::provide(const Providers& providers) {
  state_->providers = providers;
}

runtime::Task<Result<void>> Gate::State::prepare(const Subject& subject) {
  if (subject.user.empty() || ports.recorder.ready(subject.user)) co_return Result<void>{};
  auto prepared = co_await ports.recorder.prepare(subject.user);
  co_return prepared;
}

Counter& Gate::State::counter_of(Refusal::Kind kind) {
  switch (kind) {
    case Refusal::Kind::Confirm:
      return asked;
    case Refusal::Kind::Hold:
      return held;
    case Refusal::Kind::StepUp:
      return step_up;
    case Refusal::Kind::Final:
      break;
  }
  return refused;
}

runtime::Task<Result<void>> Gate::State::record_with(storage::UnitOfWork work, audit::Entry entry) {
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

void Gate::State::carry_out(const Told& told, storage::UnitOfWork& work) {
  if (!told.duties.are_told() || told.subject.role == Role::System) return;
  for (audit::Entry& entry : alert_entries(told)) ports.recorder.append(work, std::move(entry));
  note_alerts(told, ports.metrics, ports.log);
  if (providers.witness != nullptr) providers.witness->happened(occurrence_of(told, ports.clock.now()));
}

runtime::Task<Admission> Gate::State::refuse(Action action, Refusal refusal, Findings findings) {
  auto prepared = co_await prepare(action.subject);
  if (!prepared) co_return failure(std::move(prepared).error(), action.operation);
  refusal.language = action.subject.language;
  refusal.decision_id = new_decision_id(ports.clock.now(), ports.random);
  storage::UnitOfWork work;
  // Whoever only has to confirm or to prove who he is has done nothing yet.
  const bool is_over = refusal.kind == Refusal::Kind::Final || refusal.kind == Refusal::Kind::Hold;
  if (is_over) {
    carry_out({.subject = action.subject,
               .operation = action.operation,
               .resource = action.resource,
               .outcome = outcome_of(refusal.kind),
               .policy_version = refusal.policy_version,
               .duties = findings.duties},
              work);
  }
  audit::Entry entry{.time = {},
                     .kind = audit::EntryKind::Decision,
                     .operation = std::string(to_string(action.operation)),
                     .who = who_of(std::move(action.subject)),
                     .resource = action.resource.to_record(),
                     .detail = refusal.decision_id,
                     .outcome = std::string(outcome_of(refusal.kind)),
                     .rule = refusal.rule,
                     .policy_version = refusal.policy_version,
                     .personal = {}};
  if (!findings.counts.empty()) entry.personal["findings"] = std::move(findings.counts);
  auto recorded = co_await record_with(std::move(work), std::move(entry));
  if (!recorded) co_return failure(std::move(recorded).error(), action.operation);
  counter_of(refusal.kind).add();
  co_return std::move(refusal);
}

// What the server itself does needs no password, and what was approved goes out without a session.
bool Gate::State::lacks_proof(const Action& action, const governance::Duties& duties,
                              bool is_approved) const {
  const Subject& subject = action.subject;
  if (!duties.step_up || subject.role == Role::System || (is_approved && subject.session.empty()))
    return false;
  const auto proved = providers.proofs == nullptr ? std::nullopt : providers.proofs->proved(subject.session);
  return !proved || ports.clock.now() - *proved > duties.step_up->within;
}

std::optional<Refusal> Gate::State::obstacle(const Action& action, Considered considered,
                                             std::string_view& outcome) {
  Decision& decision = considered.decision;
  const auto refusal = [&](Refusal::Kind kind, Localised explanation) {
    Refusal made;
    made.kind = kind;
    made.rule = decision.rule;
    made.policy_version = considered.version;
    made.explanation = std::move(explanation);
    made.holding_rules = decision.holding_rules;
    made.obligations = decision.obligations;
    return made;
  };
  const bool is_held = !decision.holding_rules.empty();
  const bool is_approved =
      is_held && providers.grants != nullptr && providers.grants->covers(action, decision.holding_rules);
  if (lacks_proof(action, considered.duties, is_approved)) {
    const governance::StepUpDuty& duty = *considered.duties.step_up;
    Refusal made = refusal(Refusal::Kind::StepUp, step_up_explanation(duty.rule, duty.within.count()));
    made.rule = duty.rule;
    made.step_up_minutes = duty.within.count();
    return made;
  }
  if (is_held && !is_approved) {
    Refusal made = refusal(Refusal::Kind::Hold, localised(decision.explanation));
    if (needs_amendment(action, decision, considered.amendment))
      made.content = amended(action, decision, considered.amendment);
    return made;
  }
  if (is_approved) outcome = "approved";
  // What was approved needs no confirmation, and where nobody can repeat the act nobody is asked.
  if (!decision.asking_rules.empty() && outcome != "approved" &&
      effect_of(action.operation) == Effect::Mutates) {
    if (confirmations.check(action, decision, ports.clock.now()) == Confirmations::Answer::Ask)
      return refusal(Refusal::Kind::Confirm, with_question(localised(decision.explanation)));
    outcome = "confirmed";
  }
  if (providers.brake != nullptr && action.operation == Operation::RoomSend &&
      providers.brake->stops(action)) {
    decision.rule = "worm-brake";
    return refusal(Refusal::Kind::Final, brake_explanation());
  }
  return std::nullopt;
}

runtime::Task<Admission> Gate::admit(Action action) {
  State& state = *state_;
  const auto in_force = state.current();
  if (!role_may(action.subject.role, action.operation)) {
    Refusal refusal;
    refusal.rule = role_rule(action.subject.role);
    refusal.policy_version = in_force->policy->version();
    refusal.explanation = role_explanation(action.subject.role);
    auto refusing = state.refuse(std::move(action), std::move(refusal), {});
    auto admission = co_await std::move(refusing);
    co_return admission;
  }
  Decision decision;
  const auto& rules = in_force->rules[static_cast<std::size_t>(action.operation)];
  const SurroundingsOfGate around(state.providers, state.counters, in_force->policy->document());
  const Timestamp now = state.ports.clock.now();
  if (rules.asks_room && state.providers.organisation != nullptr && !action.resource.room.empty() &&
      !state.providers.organisation->knows(action.resource.room)) {
    auto preparing = state.providers.organisation->prepare(action.resource.room);
    co_await std::move(preparing);
  }
  if (!rules.empty()) {
    const auto file = file_asked_for(action, state.providers.origins);
    governance::Question question = question_of(action, now, around);
    if (file) question.file = &*file;
    auto outcome = in_force->policy->evaluate(rules, question);
    if (!outcome) co_return state.failure(std::move(outcome).error(), action.operation);
    decision = *std::move(outcome);
    auto looked = state.recent_messages.look_back(*in_force->policy, rules, question, decision);
    if (!looked) co_return state.failure(std::move(looked).error(), action.operation);
  }
  if (action.operation == Operation::MediaDownload) keep_what_is_shown(*in_force->policy, decision);
  governance::Duties duties = governance::duties_of(decision);
  const Amendment amendment = amendment_of(action, duties, around);
  std::string_view outcome = "allowed";
  std::optional<Refusal> refusal;
  if (decision.effect == PolicyEffect::Refuse) {
    refusal.emplace();
    refusal->rule = decision.rule;
    refusal->policy_version = in_force->policy->version();
    refusal->explanation = localised(std::move(decision.explanation));
    refusal->obligations = std::move(decision.obligations);
  } else {
    refusal = state.obstacle(action,
                             {.decision = decision,
                              .duties = duties,
                              .version = in_force->policy->version(),
                              .amendment = amendment},
                             outcome);
  }
  if (refusal) {
    State::Findings findings{.counts = findings_of(decision), .duties = std::move(duties)};
    auto refusing = state.refuse(std::move(action), *std::move(refusal), std::move(findings));
    auto admission = co_await std::move(refusing);
    co_return admission;
  }
  for (const std::uint32_t counter : decision.counters) {
    state.counters.count(in_force->policy->document().counters[counter], question_of(action, now, around));
  }
  const Effect effect = effect_of(action.operation);
  const bool followed_by_commit = effect == Effect::Mutates || effect == Effect::Administers;
  if (followed_by_commit && !action.subject.user.empty() &&
      !state.ports.recorder.ready(action.subject.user)) {
    auto prepared = co_await state.prepare(action.subject);
    if (!prepared) co_return state.failure(std::move(prepared).error(), action.operation);
  }

  Permit permit;
  permit.content_->policy_version = in_force->policy->version();
  permit.content_->rule = std::move(decision.rule);
  permit.content_->findings = findings_of(decision);
  permit.content_->obligations = std::move(decision.obligations);
  permit.content_->outcome = outcome;
  if (decision.masked_content) {
    permit.content_->outcome = "masked";
    permit.content_->warning = localised(std::move(decision.explanation)).in(action.subject.language);
    state.masked.add();
  } else if (decision.effect == PolicyEffect::Warn) {
    // Asked and confirmed; or let through with a word, where nobody can be asked.
    if (outcome != "confirmed") {
      permit.content_->outcome = "warned";
      permit.content_->warning =
          with_notice(localised(std::move(decision.explanation))).in(action.subject.language);
    }
    state.warned.add();
  } else {
    state.allowed.add();
  }
  if (needs_amendment(action, decision, amendment))
    permit.content_->amended_content = amended(action, decision, amendment);
  if (rules.checks_numbers) {
    const json::Object* passed =
        permit.content_->amended_content ? &*permit.content_->amended_content : action.content;
    state.recent_messages.remember(question_of(action, now, around), passed);
  }
  permit.content_->label = std::move(decision.label);
  permit.content_->duties = std::move(duties);
  permit.content_->operation = action.operation;
  permit.content_->subject = std::move(action.subject);
  permit.content_->resource = std::move(action.resource);
  if (effect == Effect::Discloses) permit.content_->sight = sight(permit.content_->subject);
  if (!followed_by_commit && (permit.content_->outcome != "allowed" || permit.content_->duties.are_told())) {
    auto prepared = co_await state.prepare(permit.content_->subject);
    if (!prepared) co_return state.failure(std::move(prepared).error(), permit.content_->operation);
    audit::Entry entry{.time = {},
                       .kind = audit::EntryKind::Decision,
                       .operation = std::string(to_string(permit.content_->operation)),
                       .who = who_of(permit.content_->subject),
                       .resource = permit.content_->resource.to_record(),
                       .detail = {},
                       .outcome = std::string(permit.content_->outcome),
                       .rule = permit.content_->rule,
                       .policy_version = permit.content_->policy_version,
                       .personal = {}};
    storage::UnitOfWork work;
    state.carry_out(told_of(permit), work);
    auto recorded = co_await state.record_with(std::move(work), std::move(entry));
    if (!recorded) co_return state.failure(std::move(recorded).error(), permit.content_->operation);
  }
  co_return std::move(permit);
}

Told Gate::told_of(const Permit& permit) {
  return {.subject = permit.content_->subject,
          .operation = permit.content_->operation,
          .resource = permit.content_->resource,
          .outcome = permit.content_->outcome,
          .policy_version = permit.content_->policy_version,
          .duties = permit.content_->duties};
}

audit::Entry Gate::State::entry_of(Permit permit, Outcome outcome) {
  audit::Entry entry{.time = {},
                     .kind = kind_of(permit.content_->operation),
                     .operation = std::string(to_string(permit.content_->operation)),
                     .who = who_of(std::move(permit.content_->subject)),
                     .resource = permit.content_->resource.to_record(),
                     .detail = std::move(outcome.detail),
                     .outcome = std::string(permit.content_->outcome),
                     .rule = std::move(permit.content_->rule),
                     .policy_version = permit.content_->policy_version,
                     .personal = std::move(outcome.personal)};
  if (!permit.content_->findings.empty()) entry.personal["findings"] = std::move(permit.content_->findings);
  if (outcome.judged) {
    entry.outcome = std::move(outcome.judged->outcome);
    entry.rule = std::move(outcome.judged->rule);
    if (!outcome.judged->findings.empty()) entry.personal["findings"] = std::move(outcome.judged->findings);
  }
  return entry;
}

storage::CommitTicket Gate::submit(Permit permit, storage::UnitOfWork work, Outcome outcome) {
  const UserId& user = permit.content_->subject.user;
  if (!user.empty() && !state_->ports.recorder.ready(user)) {
    // The person's key was destroyed between the permission and the act.
    return failed_ticket(
        Error(ErrorCode::Unavailable, "M_UNKNOWN", "The act could not be recorded; try again."));
  }
  state_->carry_out(told_of(permit), work);
  state_->ports.recorder.append(work, state_->entry_of(std::move(permit), std::move(outcome)));
  return state_->ports.store.submit(std::move(work));
}

runtime::Task<Result<storage::CommitReceipt>> Gate::commit(Permit permit, storage::UnitOfWork work,
                                                           Outcome outcome) {
  auto prepared = co_await state_->prepare(permit.content_->subject);
  if (!prepared) co_return std::move(prepared).error();
  auto ticket = submit(std::move(permit), std::move(work), std::move(outcome));
  auto receipt = co_await ticket;
  co_return receipt;
}

runtime::Task<Result<void>> Gate::record(Permit permit, Outcome outcome) {
  const Effect effect = effect_of(permit.content_->operation);
  if (effect == Effect::Discloses && !is_recorded_read(permit)) co_return Result<void>{};
  // A warning or mask of a disclosure or a signal was recorded when it was admitted.
  if (effect == Effect::Signals) co_return Result<void>{};
  auto prepared = co_await state_->prepare(permit.content_->subject);
  if (!prepared) co_return std::move(prepared).error();
  storage::UnitOfWork work;
  if (effect != Effect::Discloses) state_->carry_out(told_of(permit), work);  // else when it was admitted
  auto recording =
      state_->record_with(std::move(work), state_->entry_of(std::move(permit), std::move(outcome)));
  auto recorded = co_await std::move(recording);
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

void Gate::State::put_in_force(std::shared_ptr<const CompiledPolicy> policy,
                               std::shared_ptr<const governance::CompanyData> with) {
  auto next = std::make_shared<const PolicyInForce>(policy->with(with));
  const std::scoped_lock lock(mutex);
  std::swap(in_force, next);
  std::swap(data, with);
}

void Gate::swap_policy(std::shared_ptr<const CompiledPolicy> policy) {
  const std::scoped_lock lock(state_->swapping);
  state_->put_in_force(std::move(policy), company_data());
}

void Gate::swap_company_data(std::shared_ptr<const governance::CompanyData> data) {
  const std::scoped_lock lock(state_->swapping);
  state_->put_in_force(policy(), std::move(data));
}

std::shared_ptr<const governance::CompanyData> Gate::company_data() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->data;
}

std::shared_ptr<const Sight> Gate::sight(const Subject& subject) const {
  State& state = *state_;
  if (subject.role == Role::System || !Ceiling::is_set_by(*state.current())) return nullptr;
  return std::make_shared<const Sight>(
      state.providers, [&state, subject] { return state.ceilings.of(subject, state.current()); });
}

std::shared_ptr<const CompiledPolicy> Gate::policy() const {
  return state_->current()->policy;
}

}  // namespace kuramori::gate
