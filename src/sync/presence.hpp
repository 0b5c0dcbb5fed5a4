// Presence (client-server API, module presence): online, unavailable, offline, with a status message. State
// and status are kept over restarts; activity is in memory. An active sync keeps its user online; without one
// for a while the user goes idle, then offline.
#pragma once
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "gate/gate.hpp"
#include "runtime/task.hpp"
#include "storage/key_ring.hpp"
#include "storage/store.hpp"

namespace kuramori::sync {

enum class PresenceState : std::uint8_t { Offline, Unavailable, Online };
std::string_view to_string(PresenceState state);
std::optional<PresenceState> parse_presence(std::string_view text);

struct PresenceInfo {
  UserId user;
  PresenceState state = PresenceState::Offline;
  std::optional<std::string> status_message;
  std::int64_t last_active_ms = 0;  // UTC; 0: never
  bool currently_active = false;
  StreamPosition position;  // of its last change
};

enum class PresenceMode : bool { Off, On };

class Presence {
 public:
  // Without a sync for this long a user is offline.
  static constexpr Milliseconds kOfflineAfter{45'000};
  static constexpr Milliseconds kFlushEvery{250};

  Presence(storage::Reader& reader, gate::Gate& gate, storage::KeyRing& keys, const Clock& clock,
           Random& random, PresenceMode mode);
  ~Presence();

  runtime::Task<Result<void>> set(gate::Permit permit, UserId user, PresenceState state,
                                  std::optional<std::string> status_message);
  runtime::Task<Result<PresenceInfo>> get(const gate::Permit& permit, UserId user);
  // Called by every sync: cheap; publishes only when the state changes.
  void touch(const UserId& user, PresenceState state);
  std::optional<PresenceInfo> known(const UserId& user) const;  // from memory
  runtime::Task<void> run(std::stop_token stop);                // idle and offline transitions; spawn once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The content and sender of an m.presence event as JSON text.
std::string render_presence(const PresenceInfo& info, std::int64_t now_ms);

}  // namespace kuramori::sync
