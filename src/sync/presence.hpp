// Presence (client-server API, module presence): online, unavailable, offline, with a status message. The
// status is kept over restarts; states are in memory. Each device counts while it syncs and for a little
// longer; a user is what the most present device is. A client says by `set_presence` that its user is idle.
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
};

enum class PresenceMode : bool { Off, On };

class Presence {
 public:
  // Without a sync for this long a device counts no more.
  static constexpr Milliseconds kOfflineAfter{45'000};
  static constexpr Milliseconds kFlushEvery{250};
  static constexpr Milliseconds kExpireEvery{5'000};

  Presence(storage::Reader& reader, gate::Gate& gate, storage::KeyRing& keys, const Clock& clock,
           Random& random, PresenceMode mode);
  ~Presence();
  bool is_on() const;

  // Of the device of the permit's subject.
  runtime::Task<Result<void>> set(gate::Permit permit, UserId user, PresenceState state,
                                  std::optional<std::string> status_message);
  runtime::Task<Result<PresenceInfo>> get(const gate::Permit& permit, UserId user);

  struct Source {
    const UserId& user;
    const DeviceId& device;
  };
  // Called by every sync, with how long it may last: cheap; publishes only when the user's state changes. A
  // sync that asks for `Offline` leaves no trace.
  void touch(const Source& source, PresenceState state, Milliseconds lasting);
  std::optional<PresenceInfo> known(const UserId& user) const;  // from memory
  runtime::Task<void> run(std::stop_token stop);  // publishes, and ends what is over; spawn once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The content of an m.presence event, and the whole event as JSON text.
json::Object presence_content(const PresenceInfo& info, std::int64_t now_ms);
std::string render_presence(const PresenceInfo& info, std::int64_t now_ms);

}  // namespace kuramori::sync
