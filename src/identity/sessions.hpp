// Logins and their tokens. Tokens are random, stored as SHA-256 only; a token is never logged. The live
// sessions are cached in memory (bounded), so that authenticating a request costs one hash and one lookup.
#pragma once
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "gate/gate.hpp"
#include "identity/session.hpp"
#include "runtime/sequencer.hpp"
#include "runtime/task.hpp"
#include "storage/key_ring.hpp"
#include "storage/store.hpp"

namespace kuramori::identity {

// Published on the stream when a session is gone (logout, device deleted, password changed, account
// deactivated): whoever holds a parked request of it ends it.
struct SessionEnded final : storage::ChangePayload {
  UserId user;
  DeviceId device;
  SessionId session;
};

struct IssuedTokens {
  SessionPtr session;
  std::string access_token;
  std::string refresh_token;       // empty when the client asked for none
  std::int64_t expires_in_ms = 0;  // 0: never
};

enum class PasswordProved : bool { No, Yes };

struct LoginRequest {
  UserId user;
  std::optional<DeviceId> device;  // none: a new one is made
  std::string initial_device_display_name;
  bool wants_refresh_token = false;
  PasswordProved proved = PasswordProved::No;  // by this very login
};

class Sessions {
 public:
  struct Options {
    std::int64_t access_token_lifetime_ms = 300'000;  // of sessions that have a refresh token
    std::size_t cached_sessions_max = 200'000;
    // Tables of other modules: rows whose keys begin with (user_id, device_id) go with the device, rows whose
    // keys begin with (user_id) with the account, in the same commit.
    std::vector<const storage::Table*> device_tables = {};
    std::vector<const storage::Table*> account_tables = {};
  };
  Sessions(storage::Reader& reader, gate::Gate& gate, storage::KeyRing& keys, const Clock& clock,
           Random& random, Options options);
  ~Sessions();

  // Hears of SessionEnded and empties the cache: the wiring adds it to the store, before those that wake
  // parked requests.
  storage::StreamListener& listener();

  // From memory, or nothing: the hot path. Expired tokens are not returned.
  SessionPtr cached(std::string_view access_token) const;
  // M_MISSING_TOKEN for an empty one; M_UNKNOWN_TOKEN for an unknown or expired one (is_soft_logout says
  // which).
  runtime::Task<Result<SessionPtr>> authenticate(std::string access_token);
  // Whether the unknown token belongs to a session that can be refreshed (`soft_logout`).
  runtime::Task<bool> is_soft_logout(std::string access_token);

  // An existing device id of the user: its earlier session ends.
  runtime::Task<Result<IssuedTokens>> log_in(gate::Permit permit, LoginRequest request);
  // Old tokens stay valid until the new ones are first used (client-server API, "Refreshing access tokens").
  runtime::Task<Result<IssuedTokens>> refresh(gate::Permit permit, std::string refresh_token);
  runtime::Task<Result<UserId>> owner_of_refresh_token(std::string refresh_token);
  runtime::Task<Result<void>> log_out(gate::Permit permit, SessionPtr session);
  // All sessions of the user but `except` (may be null).
  runtime::Task<Result<void>> log_out_all(gate::Permit permit, UserId user, SessionPtr except);

  // m.login.token: one use, short life (client-server API, "Token-based user login").
  std::string make_login_token(const gate::Permit& permit, const UserId& user, Milliseconds lifetime);
  std::optional<UserId> take_login_token(std::string_view token);

  bool is_live(const SessionId& session) const;  // false after it ended; for parked requests

  // When and from where a device was last heard of: kept in memory, written in batches (see maintain).
  void note_seen(const Session& session, std::string_view address);
  struct Seen {
    std::string address;
    Timestamp at;
  };
  std::optional<Seen> last_seen(const UserId& user, const DeviceId& device) const;  // from memory alone
  runtime::Task<Result<void>> flush_seen();
  // Flushes every minute until stopped, and once more then. Spawned by the wiring.
  runtime::Task<void> maintain(std::stop_token stop);

  // Ends a session in memory. Idempotent; whoever erased its rows calls it after the commit.
  void forget(const UserId& user, const DeviceId& device, const SessionId& session);
  // The person's role has changed: sessions in memory are read again at their next request. After the commit.
  void forget_role(const UserId& user);
  // Acts that read and then change the sessions, devices or profile of one person take this lane meanwhile.
  runtime::Sequencer& lane(const UserId& user);
  const Options& options() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kuramori::identity
