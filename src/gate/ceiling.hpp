// What of the content of rooms one session may see: a bit for each label, by the class of the room and the
// place it has for the person. The rules for content.see are asked once for each label, class and place, when
// the first such room is looked at; a room then costs an array access, and an event one comparison.
#pragma once
#include <array>
#include <atomic>
#include <memory>

#include "base/clock.hpp"
#include "gate/gate.hpp"
#include "governance/labels.hpp"

namespace kuramori::gate {

class CounterBook;
struct PolicyInForce;

class Ceiling {
 public:
  struct Ports {
    const Gate::Providers& providers;
    CounterBook& counters;
    const Clock& clock;
  };
  // Whether the policy has rules for what is seen at all.
  static bool is_set_by(const PolicyInForce& policy);
  Ceiling(Ports ports, Subject subject, std::shared_ptr<const PolicyInForce> policy);

  // Whether it says of this session what a new one would say: the same policy, person, client and place, the
  // same organisation, and where rules look at the clock the same minute. Rules that count are asked anew.
  bool still_holds(const Subject& subject, const PolicyInForce& policy) const;

  // Of a room that the organisation's facts know. Thread-safe.
  governance::LabelSet visible_in(const RoomId& room) const;
  const governance::LabelLattice& labels() const;

 private:
  static constexpr std::size_t kClasses = 2;                             // managed, sealed
  static constexpr std::size_t kPlaces = governance::kDestinations + 1;  // and of nobody knows where
  struct Compiled {
    std::atomic<governance::LabelSet> visible = 0;
    std::atomic<bool> is_known = false;
  };
  governance::LabelSet ask(const RoomId& room) const;
  std::weak_ptr<const governance::PersonFacts> people() const;

  const Ports ports_;
  const Subject subject_;
  const std::shared_ptr<const PolicyInForce> policy_;
  const std::weak_ptr<const governance::PersonFacts> people_;
  const Timestamp made_at_;
  mutable std::array<Compiled, kClasses * kPlaces> compiled_;
};

}  // namespace kuramori::gate
