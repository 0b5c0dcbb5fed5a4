#include "gate/ceiling.hpp"

#include "gate/policy_in_force.hpp"
#include "gate/surroundings_of_gate.hpp"

namespace kuramori::gate {

namespace {

const governance::RuleSelection& rules_of(const PolicyInForce& policy) {
  return policy.rules[static_cast<std::size_t>(Operation::ContentSee)];
}

// What no rule speaks of is seen, also under a policy that refuses what no rule allows: reading was allowed.
bool hides(const governance::Decision& decision) {
  if (decision.rule == "unmatched") return false;
  return decision.effect == governance::Effect::Refuse || decision.effect == governance::Effect::Hold;
}

// The label of the room is no question here: what is asked is what content of each label comes to.
class SurroundingsWithoutLabel final : public SurroundingsOfGate {
 public:
  using SurroundingsOfGate::SurroundingsOfGate;
  std::string_view label(std::string_view /*room*/) const override { return {}; }
};

auto minute_of(Timestamp time) {
  return std::chrono::floor<std::chrono::minutes>(time);
}

}  // namespace

bool Ceiling::is_set_by(const PolicyInForce& policy) {
  return !rules_of(policy).rules.empty();
}

Ceiling::Ceiling(Ports ports, Subject subject, std::shared_ptr<const PolicyInForce> policy)
    : ports_(ports),
      subject_(std::move(subject)),
      policy_(std::move(policy)),
      people_(people()),
      made_at_(ports_.clock.now()) {}

std::weak_ptr<const governance::PersonFacts> Ceiling::people() const {
  const OrganisationFacts* organisation = ports_.providers.organisation;
  return organisation == nullptr ? nullptr : organisation->people();
}

bool Ceiling::still_holds(const Subject& subject, const PolicyInForce& policy) const {
  const governance::RuleSelection& rules = rules_of(policy);
  if (policy_.get() != &policy || rules.asks_past || subject_ != subject) return false;
  if (rules.asks_time && minute_of(ports_.clock.now()) != minute_of(made_at_)) return false;
  const auto now = people();
  return !now.owner_before(people_) && !people_.owner_before(now);
}

const governance::LabelLattice& Ceiling::labels() const {
  return policy_->policy->document().labels;
}

governance::LabelSet Ceiling::visible_in(const RoomId& room) const {
  const governance::RuleSelection& rules = rules_of(*policy_);
  if (rules.names_rooms) return ask(room);
  std::size_t kind = 0;
  if (rules.asks_place) {
    const SurroundingsWithoutLabel around(ports_.providers, ports_.counters, policy_->policy->document());
    const auto place = around.destination(subject_.user.view(), room.view());
    kind = place ? static_cast<std::size_t>(*place) : governance::kDestinations;
    if (around.is_encrypted(room.view())) kind += kPlaces;
  }
  // Two that ask at once come to the same answer.
  Compiled& compiled = compiled_[kind];
  if (compiled.is_known.load(std::memory_order_acquire))
    return compiled.visible.load(std::memory_order_relaxed);
  const governance::LabelSet visible = ask(room);
  compiled.visible.store(visible, std::memory_order_relaxed);
  compiled.is_known.store(true, std::memory_order_release);
  return visible;
}

governance::LabelSet Ceiling::ask(const RoomId& room) const {
  const governance::LabelLattice& lattice = labels();
  const SurroundingsWithoutLabel around(ports_.providers, ports_.counters, policy_->policy->document());
  governance::LabelSet visible = 0;
  for (std::size_t label = 0; label < lattice.labels().size(); ++label) {
    const auto index = static_cast<governance::LabelIndex>(label);
    const json::Object content{{governance::kLabelKey, json::Object{{"label", lattice.id(index)}}}};
    const governance::Question question{.operation = to_string(Operation::ContentSee),
                                        .subject = {.user = subject_.user.view(),
                                                    .role = to_string(subject_.role),
                                                    .device = subject_.device.view(),
                                                    .address = subject_.address,
                                                    .user_agent = subject_.user_agent,
                                                    .language = subject_.language},
                                        .resource = {.room = room.view()},
                                        .content = &content,
                                        .surroundings = &around,
                                        .time = made_at_};
    const auto decision = policy_->policy->evaluate(rules_of(*policy_), question);
    // What could not be decided is not shown.
    if (decision && !hides(*decision)) visible |= governance::LabelSet{1} << label;
  }
  return visible;
}

}  // namespace kuramori::gate
