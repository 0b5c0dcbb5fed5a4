// One entry of the record: who did what, on what, what decided, and the outcome.
//
// The stored bytes (the leaf of the Merkle tree) are canonical JSON of at most 65,535 octets. What identifies
// a person is in one field, sealed under that person's key: destroying the key erases the detail and leaves
// every proof valid.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/identifiers.hpp"
#include "json/json.hpp"

namespace kuramori::audit {

enum class EntryKind : std::uint8_t {
  Change,          // something was changed with the gate's permission
  Decision,        // the gate refused, warned, masked or held
  Administration,  // an administrative act
  Read,            // a privileged read
  Delivery,        // a device received a range of the stream
  System,          // start, stop, key creation, policy swap
};
std::string_view to_string(EntryKind kind);
std::optional<EntryKind> parse_entry_kind(std::string_view name);

// Personal detail: sealed under the key of `subject.user`.
struct Who {
  UserId user;
  DeviceId device;
  SessionId session;
  std::string address;  // network address of the client
  std::string user_agent;
};

struct Entry {
  Timestamp time;
  EntryKind kind = EntryKind::Change;
  std::string operation;  // the gate's name of the operation, e.g. "room.send"
  Who who;                // empty user: the system itself
  std::string resource;   // e.g. "room:!abc", "user:…" — never free text
  std::string detail;     // identifiers of what followed, e.g. an event id or "1234..1240"
  std::string outcome;    // "allowed", "refused", "warned", "masked", "failed:M_…"
  std::string rule;       // the rule that decided; empty: the default
  std::int64_t policy_version = 0;
  // Further personal detail (names, the mask's findings by detector, never message text): sealed with `who`.
  json::Object personal;
};

}  // namespace kuramori::audit
