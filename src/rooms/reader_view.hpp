// What one reader sees of one room: judged for relations, threads and what is bundled of them.
#pragma once
#include <optional>

#include "gate/sight.hpp"
#include "matrix/event.hpp"
#include "rooms/history.hpp"
#include "rooms/ports.hpp"

namespace kuramori::rooms {

// State is what a room is, and is seen by whoever sees the room.
inline bool is_hidden(const gate::Sight* sight, const matrix::Event& event) {
  return sight != nullptr && !event.is_state() && !sight->shows(event.room(), event.content());
}

// What of a timeline one reader sees; empty: everything.
struct TimelineLimits {
  std::optional<HistoryJudge> judge = {};
  IgnoredUsers ignored = {};
  std::shared_ptr<const gate::Sight> sight = {};
  bool sees_all() const { return !judge && ignored == nullptr && sight == nullptr; }
};

struct ReaderView {
  UserId user = {};
  DeviceId device = {};
  StreamPosition until = {};                      // how far into the room the reader may look at all
  std::optional<HistoryJudge> judge = {};         // nothing: everything up to there
  IgnoredUsers ignored = {};                      // null: nobody
  std::shared_ptr<const gate::Sight> sight = {};  // null: content of every label

  bool sees(StreamPosition position) const { return position <= until && (!judge || judge->sees(position)); }
  bool ignores(std::string_view sender) const {
    return ignored != nullptr && sender != user.view() && ignored->contains(UserId(sender));
  }
  // What the session may not see, for its label.
  bool hides(const matrix::Event& event) const { return is_hidden(sight.get(), event); }
  // Nothing has to be looked at one by one.
  bool sees_all() const { return !judge && ignored == nullptr && sight == nullptr; }
};

}  // namespace kuramori::rooms
