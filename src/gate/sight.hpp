// What one reading may show of the content of rooms, by label. The gate gives one along with a permission to
// read, where the policy has rules for content.see; without one, everything is seen that else is.
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

#include "gate/gate.hpp"
#include "governance/labels.hpp"

namespace kuramori::gate {

class Ceiling;

class Sight {
 public:
  // The session's ceiling in this moment.
  using CurrentCeiling = std::function<std::shared_ptr<const Ceiling>()>;
  Sight(const Gate::Providers& providers, CurrentCeiling ceiling)
      : providers_(providers), ceiling_(std::move(ceiling)) {}

  // Takes what holds now; what is known of the room is brought into memory first.
  runtime::Task<void> prepare(RoomId room) const;
  // Thread-safe. `content` may carry a label of its own. Of a room that was not prepared nothing is shown.
  bool shows(const RoomId& room, const json::Object& content) const;

 private:
  struct InRoom {
    std::shared_ptr<const Ceiling> ceiling = {};
    governance::LabelSet visible = 0;  // a bit for each label
    governance::LabelIndex room = 0;   // the label of the room: the least that its content has
  };

  const Gate::Providers& providers_;
  const CurrentCeiling ceiling_;
  mutable std::mutex mutex_;
  mutable std::unordered_map<RoomId, InRoom> rooms_;
};

}  // namespace kuramori::gate
