// The people of this server. Passwords are hashed with Argon2id on a bounded worker pool; an unknown user
// costs as much time as a wrong password.
//
//   auto created = co_await accounts.create(std::move(permit), {.localpart = "alice", .password = "…"});
//   auto account = co_await accounts.verify_password(user, password);      // M_FORBIDDEN
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "crypto/password.hpp"
#include "gate/gate.hpp"
#include "identity/login_failures.hpp"
#include "identity/sessions.hpp"
#include "runtime/worker_pool.hpp"
#include "storage/key_ring.hpp"
#include "storage/store.hpp"

namespace kuramori::identity {

// Published when an account is gone for good. Its sessions' SessionEnded come in the same commit.
struct AccountDeactivated final : storage::ChangePayload {
  UserId user;
  bool erased = false;  // the user asked that others forget, too
};

enum class MustChangePassword : bool { No, Yes };
enum class OtherSessions : bool { Keep, End };
enum class Erasure : bool { No, Yes };

struct Account {
  UserId user;
  gate::Role role = gate::Role::Member;
  Timestamp created;
  bool must_change_password = false;  // told to administrators and clients; nothing is refused because of it
  bool has_password = false;
  std::optional<Timestamp> deactivated;
};

struct NewAccount {
  std::string localpart;                // lower-cased before it is checked
  std::optional<std::string> password;  // none: nobody logs in with a password (guests, single sign-on)
  gate::Role role = gate::Role::Member;
  MustChangePassword must_change_password = MustChangePassword::No;
};

class Accounts {
 public:
  struct Ports {
    storage::Reader& reader;
    gate::Gate& gate;
    Sessions& sessions;
    storage::KeyRing& keys;
    runtime::WorkerPool& hashing;
    const Clock& clock;
    Random& random;
  };
  struct Options {
    ServerName server_name;
    crypto::PasswordCost cost;
    std::size_t password_characters_min = 8;
    std::size_t password_bytes_max = 512;
    LoginFailures::Limits failures = {};  // how many leave an entry
    // Localparts that belong to an application service: M_EXCLUSIVE.
    std::function<bool(std::string_view localpart)> is_exclusive;
  };
  Accounts(Ports ports, Options options);
  ~Accounts();

  const ServerName& server_name() const;

  // M_INVALID_USERNAME, M_EXCLUSIVE, M_USER_IN_USE (deactivated accounts, too). What /register/available
  // asks.
  runtime::Task<Result<UserId>> check_available(std::string localpart);
  // Length and variety: M_WEAK_PASSWORD. `localpart` must not be the password.
  Result<void> check_password_strength(std::string_view localpart, std::string_view password) const;
  // Permit: AccountRegister or AdminUserAdd.
  runtime::Task<Result<Account>> create(gate::Permit permit, NewAccount account);
  // A localpart that nobody asked for by name: numeric, for guests and registrations without a username.
  std::string fresh_localpart();

  // M_NOT_FOUND.
  runtime::Task<Result<Account>> find(UserId user);
  // In the order of user ids, after `after`. Permit: AdminUserList.
  runtime::Task<Result<std::vector<Account>>> list(const gate::Permit& permit, UserId after,
                                                   std::size_t limit);

  // M_FORBIDDEN for an unknown user and for a wrong password alike; a deactivated one has no password. A
  // failure leaves an entry in the record; `from` has the client's address. A hash of another cost than the
  // configured one is renewed.
  runtime::Task<Result<Account>> verify_password(UserId user, std::string password, gate::Subject from = {});
  // For logins that fail elsewhere (a login token).
  LoginFailures& failures();
  // Ends all sessions but `kept` (may be null) when told so, in the same commit. Permit: AccountSetPassword
  // or AdminUserSetPassword; with the latter the person should change it.
  runtime::Task<Result<void>> set_password(gate::Permit permit, UserId user, std::string password,
                                           OtherSessions others, SessionPtr kept);
  // For good: sessions, devices, profile and password go; the user id is never given out again. Erasure::Yes
  // asks, beyond that, that others forget (see AccountDeactivated). The person's key stays: destroying it,
  // and with it the personal part of the record, is an act of the organisation. Permit: AccountDeactivate or
  // AdminUserDeactivate.
  runtime::Task<Result<void>> deactivate(gate::Permit permit, UserId user, Erasure erasure);

  // M_LAST_ADMINISTRATOR (Conflict) when nobody who administers would be left. Sessions go on, with the new
  // role from their next request. Permit: AdminUserSetRole.
  runtime::Task<Result<Account>> set_role(gate::Permit permit, UserId user, gate::Role role);
  // Destroys the person's key: what is sealed under it (names, addresses, account data, their part of the
  // record) cannot be read again by anybody, and every proof of the record stays valid. Only for an account
  // that is deactivated. Permit: AdminUserErase.
  runtime::Task<Result<void>> erase(gate::Permit permit, UserId user);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kuramori::identity
