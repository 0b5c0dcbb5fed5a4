// What of the content of rooms a session may see, by label: the rules for content.see are asked once for each
// label in a room, and each event then costs one comparison. The gate gives one along with a permission to
// read, where the policy has such rules; without one, everything is seen that else is.
//
//   if (const auto& sight = permit.sight()) {
//     co_await sight->prepare(room);
//     if (!sight->shows(room, event.content())) …  // as if it were not there
//   }
//
// Effects refuse and hold hide; nobody can be asked while he reads, so warn and mask do not.
#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "base/clock.hpp"
#include "gate/gate.hpp"
#include "governance/labels.hpp"

namespace kuramori::gate {

class CounterBook;
struct PolicyInForce;

class Sight {
 public:
  struct Ports {
    const Gate::Providers& providers;
    CounterBook& counters;
    const Clock& clock;
    std::function<std::shared_ptr<const PolicyInForce>()> in_force;
  };
  // Whether the policy has rules for what is seen at all.
  static bool is_limited_by(const PolicyInForce& policy);
  Sight(Ports ports, Subject subject) : ports_(std::move(ports)), subject_(std::move(subject)) {}

  // Asks the policy in force now; what is known of the room is brought into memory first.
  runtime::Task<void> prepare(RoomId room) const;
  // Thread-safe. `content` may carry a label of its own. Of a room that was not prepared nothing is shown.
  bool shows(const RoomId& room, const json::Object& content) const;

 private:
  struct InRoom {
    std::shared_ptr<const PolicyInForce> policy = {};
    governance::LabelSet visible = 0;  // a bit for each label
    governance::LabelIndex room = 0;   // the label of the room: the least that its content has
  };
  InRoom look(const RoomId& room) const;

  const Ports ports_;
  const Subject subject_;
  mutable std::mutex mutex_;
  mutable std::unordered_map<RoomId, InRoom> rooms_;
};

}  // namespace kuramori::gate
