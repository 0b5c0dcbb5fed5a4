// A request for approval as it is kept: who asks for what, who has decided, how it ended. A plain value; the
// rules are in engine.hpp. Times are UTC milliseconds.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/identifiers.hpp"
#include "base/result.hpp"
#include "json/json.hpp"

namespace kuramori::approvals {

// What happens on approval: a message or an invitation is delivered; a general request gives a grant for a
// time; a file that is held is given out.
enum class Kind : std::uint8_t { Message, Invite, General, File };

enum class State : std::uint8_t {
  Waiting,
  Approved,  // to be delivered; of a general request: the grant holds
  Refused,
  Withdrawn,
  Expired,  // nobody decided in time
  Delivered,
  Undeliverable,  // approved, and policy or the room refused it afterwards
  Ended           // a general grant whose time is over; a file that was decided about otherwise
};
constexpr bool is_open(State state) {
  return state == State::Waiting || state == State::Approved;
}

std::string_view to_string(Kind kind);
std::string_view to_string(State state);
std::optional<State> parse_state(std::string_view name);

enum class Verdict : bool { Refuse, Approve };

struct Decision {
  std::size_t step = 0;  // of the chain
  UserId by = {};
  Verdict verdict = Verdict::Refuse;
  std::string reason = {};
  std::int64_t at_ms = 0;
  friend bool operator==(const Decision&, const Decision&) = default;
};

struct Request {
  std::string id = {};
  Kind kind = Kind::General;
  State state = State::Waiting;
  UserId requester = {};
  DeviceId device = {};
  std::string operation = {};
  RoomId room = {};
  UserId target = {};  // who is invited
  std::string event_type = {};
  std::vector<std::string> rules = {};  // those that hold it back
  std::string reason = {};              // the requester's, or the policy's explanation
  std::string digest = {};              // of the content that is approved; empty: of any
  std::string transaction_scope = {};
  std::string transaction = {};
  std::int64_t sticky_ms = -1;
  json::Array chain = {};
  std::size_t step = 0;
  std::int64_t step_since_ms = 0;
  std::size_t escalations = 0;  // of this step
  std::vector<Decision> decisions = {};
  std::int64_t sequence = 0;  // the order of requests
  std::int64_t created_ms = 0;
  std::int64_t expires_ms = 0;
  std::int64_t grant_ms = 0;        // how long a general grant holds
  std::int64_t grant_until_ms = 0;  // once approved
  EventId event = {};               // once delivered
  std::string failure = {};         // why it could not be delivered
  json::Object file = {};           // of a file: uri, name (masked), type, bytes, found, view
};

// What is sealed of a request, as JSON; and back.
json::Object to_detail(const Request& request);
Result<Request> from_detail(const json::Object& detail);
// What its requester and those who decide are shown.
json::Object to_json(const Request& request);

}  // namespace kuramori::approvals
