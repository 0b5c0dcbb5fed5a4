// The authorisation rules of room versions 10 to 12, rule by rule as numbered in rooms/v10.md, v11.md,
// v12.md.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "matrix/event.hpp"

namespace kuramori::matrix {

using StateKey = std::pair<std::string, std::string>;  // (type, state_key)

// The state that an event is judged against.
class StateView {
 public:
  virtual ~StateView() = default;
  virtual EventPtr find(std::string_view type, std::string_view state_key) const = 0;  // null when absent
};

struct Verdict {
  bool allowed = false;
  std::string rule;    // e.g. "5.3.4" of the version's list
  std::string reason;  // a sentence for the user when refused
};

// Rules from 4 on (v12 numbering): what depends on the room's state. For m.room.create rule 1.
// `signed_by` answers rule 5.2 for restricted joins: whether that server validly signed the event. Without
// it, the caller has verified all signatures of the event before, and only that such a signature is there is
// checked.
using SignatureTest = std::function<bool(const Event&, const ServerName&)>;
Verdict authorise(const Event& event, const StateView& state, const SignatureTest& signed_by);
Verdict authorise(const Event& event, const StateView& state);
// Rules 1 to 3: about the event and its auth events alone. `is_rejected` answers rule 3.3; without it the
// caller has made sure that no rejected event is among them.
using RejectedTest = std::function<bool(const EventId&)>;
Verdict check_auth_events(const Event& event, const std::vector<EventPtr>& auth_events,
                          const RejectedTest& is_rejected);
Verdict check_auth_events(const Event& event, const std::vector<EventPtr>& auth_events);

// Which state an event must cite (server-server API, "Auth events selection").
std::vector<StateKey> auth_events_for(std::string_view type, const std::optional<std::string>& state_key,
                                      const UserId& sender, const json::Object& content,
                                      const RoomVersion& version);

}  // namespace kuramori::matrix
