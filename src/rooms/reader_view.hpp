// What one reader sees of one room: judged for relations, threads and what is bundled of them.
#pragma once
#include <optional>

#include "rooms/history.hpp"
#include "rooms/ports.hpp"

namespace kuramori::rooms {

struct ReaderView {
  UserId user = {};
  DeviceId device = {};
  StreamPosition until = {};               // how far into the room the reader may look at all
  std::optional<HistoryJudge> judge = {};  // nothing: everything up to there
  IgnoredUsers ignored = {};               // null: nobody

  bool sees(StreamPosition position) const { return position <= until && (!judge || judge->sees(position)); }
  bool ignores(std::string_view sender) const {
    return ignored != nullptr && sender != user.view() && ignored->contains(UserId(sender));
  }
  // Nothing has to be looked at one by one.
  bool sees_all() const { return !judge && ignored == nullptr; }
};

}  // namespace kuramori::rooms
