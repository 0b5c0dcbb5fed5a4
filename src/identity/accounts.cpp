#include "identity/accounts.hpp"

#include "base/text.hpp"
#include "identity/account_rows.hpp"
#include "identity/password_rules.hpp"
#include "identity/service_sessions.hpp"
#include "identity/session_rows.hpp"
#include "identity/tables.hpp"
#include "matrix/identifiers.hpp"

namespace kuramori::identity {

using gate::Operation;
using runtime::Task;
using storage::Sequence;
using storage::Snapshot;
using storage::UnitOfWork;

struct Accounts::State {
  Ports ports;
  Options options;
  std::string unknown_user_hash;  // what the password of an unknown user is compared with
  LoginFailures failures;
  runtime::Sequencer roles{};  // so that two administrators do not demote each other

  Task<Result<std::optional<AccountRow>>> find(UserId user) const {
    auto query = [user](Snapshot& snapshot) { return find_account(snapshot, user); };
    co_return co_await ports.reader.read(std::move(query));
  }
  Task<Result<std::string>> hash(std::string password) const {
    const crypto::PasswordCost cost = options.cost;
    auto work = [p = std::move(password), cost] { return crypto::hash_password(p, cost); };
    co_return co_await ports.hashing.run(std::move(work));
  }
  Task<Result<bool>> matches(std::string hash, std::string password) const {
    auto work = [h = std::move(hash), p = std::move(password)] {
      return Result<bool>(crypto::verify_password(h, p));
    };
    co_return co_await ports.hashing.run(std::move(work));
  }
  // Whether the name can be had by who may have it.
  Task<Result<UserId>> check_free(std::string lower) const;
  Task<Result<void>> renew_hash(AccountRow verified, std::string password, gate::Subject from);
};

namespace {

Error user_in_use() {
  return {ErrorCode::Conflict, "M_USER_IN_USE", "This user name is taken."};
}
Error wrong_password() {
  return forbidden("The user name or the password is not right.");
}

struct AccountAndDevices {
  AccountRow row;
  std::vector<DeviceRows> devices;
};

Result<std::optional<AccountAndDevices>> account_and_devices(Snapshot& snapshot, const UserId& user) {
  KURAMORI_TRY(row, find_account(snapshot, user));
  if (!row) return std::optional<AccountAndDevices>();
  KURAMORI_TRY(devices, all_device_rows(snapshot, user));
  return std::optional(AccountAndDevices{*std::move(row), std::move(devices)});
}

// Erases the devices but `kept`; those that were there.
std::vector<DeviceRows> erase_devices(UnitOfWork& work, std::vector<DeviceRows> devices,
                                      const DeviceTables& others, const Session* kept) {
  if (kept != nullptr) {
    std::erase_if(devices, [&](const DeviceRows& rows) { return rows.device == kept->device; });
  }
  if (devices.empty()) return devices;
  std::vector<DeviceId> removed;
  for (const DeviceRows& rows : devices) {
    erase_device(work, rows, others);
    removed.push_back(rows.device);
  }
  publish_device_list(work, devices.front().user, std::move(removed));
  return devices;
}

Result<bool> has_administrator_beside(Snapshot& snapshot, const UserId& user) {
  bool found = false;
  const auto visit = [&](storage::Row&& row) {
    const Account account = account_from(row).account;
    found = account.user != user && account.role == gate::Role::Administrator && !account.deactivated;
    return !found;
  };
  KURAMORI_CHECK(snapshot.for_each({.table = &kAccounts}, visit));
  return found;
}

LoginFailure failure_of(const std::optional<AccountRow>& row, bool has_password) {
  if (!row) return LoginFailure::UnknownUser;
  if (row->account.deactivated) return LoginFailure::Deactivated;
  return has_password ? LoginFailure::WrongPassword : LoginFailure::NoPassword;
}

void forget_all(Sessions& sessions, const std::vector<DeviceRows>& devices) {
  for (const DeviceRows& rows : devices) {
    if (rows.session) sessions.forget(rows.user, rows.device, *rows.session);
  }
}

}  // namespace

Accounts::Accounts(Ports ports, Options options)
    : state_(new State{.ports = ports,
                       .options = options,
                       .unknown_user_hash = {},
                       .failures = {ports.gate, ports.clock, options.failures}}) {
  auto hash = crypto::hash_password(ports.random.alphanumeric(32), state_->options.cost);
  if (!hash)
    throw std::runtime_error("the configured password cost cannot be met: " + hash.error().message());
  state_->unknown_user_hash = *std::move(hash);
}

Accounts::~Accounts() = default;

const ServerName& Accounts::server_name() const {
  return state_->options.server_name;
}

Task<Result<UserId>> Accounts::check_available(std::string localpart) {
  const std::string lower = text::to_lower_ascii(localpart);
  KURAMORI_CO_TRY(user, matrix::make_user_id(lower, state_->options.server_name));
  if (state_->options.is_exclusive && state_->options.is_exclusive(lower)) {
    co_return Error(ErrorCode::Conflict, "M_EXCLUSIVE", "This user name belongs to an application service.");
  }
  auto checking = state_->check_free(lower);
  auto free = co_await std::move(checking);
  co_return free;
}

Task<Result<UserId>> Accounts::State::check_free(std::string lower) const {
  KURAMORI_CO_TRY(user, matrix::make_user_id(lower, options.server_name));
  KURAMORI_CO_TRY(row, co_await find(user));
  if (row) co_return user_in_use();
  co_return user;
}

Result<void> Accounts::check_password_strength(std::string_view localpart, std::string_view password) const {
  const PasswordLimits limits{state_->options.password_characters_min, state_->options.password_bytes_max};
  return check_password(limits, localpart, password);
}

std::string Accounts::fresh_localpart() {
  // 10^15 possibilities: a clash is answered like any other name that is taken.
  return std::to_string(1'000'000'000'000'000 + state_->ports.random.below(9'000'000'000'000'000));
}

Task<Result<Account>> Accounts::create(gate::Permit permit, NewAccount account) {
  permit.require_any({Operation::AccountRegister, Operation::AdminUserAdd});
  // A service makes users of its own namespace: whoever let it through has looked.
  auto checking = is_of_service(permit.subject().session)
                      ? state_->check_free(text::to_lower_ascii(account.localpart))
                      : check_available(account.localpart);
  KURAMORI_CO_TRY(user, co_await std::move(checking));
  AccountRow row;
  if (account.password) {
    KURAMORI_CO_CHECK(check_password_strength(matrix::localpart(user), *account.password));
    KURAMORI_CO_TRY(hash, co_await state_->hash(*std::move(account.password)));
    row.password_hash = std::move(hash);
  }
  row.account = {.user = user,
                 .role = account.role,
                 .created = state_->ports.clock.now(),
                 .must_change_password = account.must_change_password == MustChangePassword::Yes,
                 .has_password = !row.password_hash.empty(),
                 .deactivated = {}};
  UnitOfWork work;
  work.insert(kAccounts, to_row(row));
  gate::Outcome outcome{.detail = user.str()};
  const auto receipt =
      co_await state_->ports.gate.commit(std::move(permit), std::move(work), std::move(outcome));
  if (!receipt) {
    if (receipt.error().code() == ErrorCode::Conflict) co_return user_in_use();
    co_return receipt.error();
  }
  co_return row.account;
}

Task<Result<Account>> Accounts::find(UserId user) {
  KURAMORI_CO_TRY(row, co_await state_->find(user));
  if (!row) co_return not_found("No such user.");
  co_return row->account;
}

Task<Result<std::vector<Account>>> Accounts::list(const gate::Permit& permit, UserId after,
                                                  std::size_t limit) {
  permit.require(Operation::AdminUserList);
  auto query = [after, limit](Snapshot& snapshot) -> Result<std::vector<Account>> {
    storage::Scan scan{.table = &kAccounts, .prefix = {}, .from = {}, .below = {}, .limit = limit + 1};
    if (!after.empty()) scan.from = after.str();
    KURAMORI_TRY(rows, snapshot.scan(scan));
    std::vector<Account> accounts;
    for (const storage::Row& row : rows) {
      AccountRow found = account_from(row);
      if (found.account.user != after && accounts.size() < limit)
        accounts.push_back(std::move(found.account));
    }
    return accounts;
  };
  co_return co_await state_->ports.reader.read(std::move(query));
}

LoginFailures& Accounts::failures() {
  return state_->failures;
}

Task<Result<Account>> Accounts::verify_password(UserId user, std::string password, gate::Subject from) {
  KURAMORI_CO_TRY(row, co_await state_->find(user));
  const bool has_password = row && row->account.has_password;
  if (password.size() > state_->options.password_bytes_max) password.clear();  // no password is empty
  std::string hash = has_password ? row->password_hash : state_->unknown_user_hash;
  KURAMORI_CO_TRY(is_right, co_await state_->matches(std::move(hash), password));
  if (!is_right || !has_password || row->account.deactivated) {
    const LoginFailure why = failure_of(row, has_password);
    KURAMORI_CO_CHECK(co_await state_->failures.note(std::move(from), std::move(user), why));
    co_return wrong_password();
  }
  if (crypto::needs_rehash(row->password_hash, state_->options.cost)) {
    // The login does not fail because of it: the next one tries again.
    static_cast<void>(co_await state_->renew_hash(*row, std::move(password), std::move(from)));
  }
  co_return row->account;
}

// Unless the password was changed meanwhile.
Task<Result<void>> Accounts::State::renew_hash(AccountRow verified, std::string password,
                                               gate::Subject from) {
  const UserId user = verified.account.user;
  KURAMORI_CO_TRY(renewed, co_await hash(std::move(password)));
  from.user = user;
  from.role = verified.account.role;
  gate::Action action{.subject = std::move(from), .operation = Operation::AccountLogin, .resource = {}};
  action.resource.user = user;
  auto admission = co_await ports.gate.admit(std::move(action));
  auto* permit = std::get_if<gate::Permit>(&admission);
  if (permit == nullptr) co_return forbidden("The password's hash was not renewed.");

  KURAMORI_CO_TRY(in_lane, co_await ports.sessions.lane(user).enter());
  KURAMORI_CO_TRY(row, co_await find(user));
  if (!row || row->password_hash != verified.password_hash) co_return Result<void>();
  row->password_hash = std::move(renewed);
  UnitOfWork work;
  work.upsert(kAccounts, to_row(*row));
  gate::Outcome outcome{.detail = "password hash renewed"};
  KURAMORI_CO_CHECK(co_await ports.gate.commit(std::move(*permit), std::move(work), std::move(outcome)));
  co_return Result<void>();
}

Task<Result<void>> Accounts::set_password(gate::Permit permit, UserId user, std::string password,
                                          OtherSessions others, SessionPtr kept) {
  permit.require_any({Operation::AccountSetPassword, Operation::AdminUserSetPassword});
  KURAMORI_CO_CHECK(check_password_strength(matrix::localpart(user), password));
  KURAMORI_CO_TRY(hash, co_await state_->hash(std::move(password)));

  Sessions& sessions = state_->ports.sessions;
  KURAMORI_CO_TRY(in_lane, co_await sessions.lane(user).enter());
  auto query = [user](Snapshot& snapshot) { return account_and_devices(snapshot, user); };
  KURAMORI_CO_TRY(found, co_await state_->ports.reader.read(std::move(query)));
  if (!found) co_return not_found("No such user.");
  if (found->row.account.deactivated) co_return forbidden("This account has been deactivated.");

  UnitOfWork work;
  found->row.password_hash = std::move(hash);
  found->row.account.must_change_password = permit.operation() == Operation::AdminUserSetPassword;
  work.upsert(kAccounts, to_row(found->row));
  std::vector<DeviceRows> ended;
  if (others == OtherSessions::End) {
    ended = erase_devices(work, std::move(found->devices), sessions.options().device_tables, kept.get());
  }
  gate::Outcome outcome{.detail = user.str()};
  KURAMORI_CO_CHECK(
      co_await state_->ports.gate.commit(std::move(permit), std::move(work), std::move(outcome)));
  forget_all(sessions, ended);
  co_return Result<void>();
}

Task<Result<void>> Accounts::deactivate(gate::Permit permit, UserId user, Erasure erasure) {
  permit.require_any({Operation::AccountDeactivate, Operation::AdminUserDeactivate});
  Sessions& sessions = state_->ports.sessions;
  KURAMORI_CO_TRY(in_lane, co_await sessions.lane(user).enter());
  auto query = [user](Snapshot& snapshot) { return account_and_devices(snapshot, user); };
  KURAMORI_CO_TRY(found, co_await state_->ports.reader.read(std::move(query)));
  if (!found) co_return not_found("No such user.");
  if (found->row.account.deactivated) co_return Result<void>();

  UnitOfWork work;
  found->row.password_hash.clear();
  found->row.account.deactivated = state_->ports.clock.now();
  found->row.erased = erasure == Erasure::Yes;
  work.upsert(kAccounts, to_row(found->row));
  work.erase(kProfiles, {user.str()});
  const std::vector<DeviceRows> ended =
      erase_devices(work, std::move(found->devices), sessions.options().device_tables, nullptr);
  for (const storage::Table* table : sessions.options().account_tables) work.erase(*table, {user.str()});
  auto deactivated = std::make_shared<AccountDeactivated>();
  deactivated->user = user;
  deactivated->erased = found->row.erased;
  work.publish(work.next(Sequence::Stream), std::move(deactivated));
  gate::Outcome outcome{.detail = user.str()};
  KURAMORI_CO_CHECK(
      co_await state_->ports.gate.commit(std::move(permit), std::move(work), std::move(outcome)));
  forget_all(sessions, ended);
  co_return Result<void>();
}

Task<Result<Account>> Accounts::set_role(gate::Permit permit, UserId user, gate::Role role) {
  permit.require(Operation::AdminUserSetRole);
  Sessions& sessions = state_->ports.sessions;
  KURAMORI_CO_TRY(alone, co_await state_->roles.enter());
  KURAMORI_CO_TRY(in_lane, co_await sessions.lane(user).enter());
  KURAMORI_CO_TRY(row, co_await state_->find(user));
  if (!row) co_return not_found("No such user.");
  if (row->account.deactivated) co_return forbidden("This account has been deactivated.");
  if (row->account.role == role) co_return row->account;
  if (row->account.role == gate::Role::Administrator) {
    auto query = [user](Snapshot& snapshot) { return has_administrator_beside(snapshot, user); };
    KURAMORI_CO_TRY(has_another, co_await state_->ports.reader.read(std::move(query)));
    if (!has_another) {
      co_return Error(ErrorCode::Conflict, "M_LAST_ADMINISTRATOR",
                      "This is the last administrator. Make somebody else one first.");
    }
  }
  const std::string change =
      std::string(gate::to_string(row->account.role)) + ".." + std::string(gate::to_string(role));
  row->account.role = role;
  UnitOfWork work;
  work.upsert(kAccounts, to_row(*row));
  gate::Outcome outcome{.detail = change};
  KURAMORI_CO_CHECK(
      co_await state_->ports.gate.commit(std::move(permit), std::move(work), std::move(outcome)));
  sessions.forget_role(user);
  co_return row->account;
}

Task<Result<void>> Accounts::erase(gate::Permit permit, UserId user) {
  permit.require(Operation::AdminUserErase);
  Sessions& sessions = state_->ports.sessions;
  storage::KeyRing& keys = state_->ports.keys;
  KURAMORI_CO_TRY(in_lane, co_await sessions.lane(user).enter());
  KURAMORI_CO_TRY(row, co_await state_->find(user));
  if (!row) co_return not_found("No such user.");
  if (!row->account.deactivated) {
    co_return Error(ErrorCode::Conflict, "M_NOT_DEACTIVATED",
                    "Only an account that is deactivated can be erased. Deactivate it first.");
  }
  auto query = [user, &keys](Snapshot& snapshot) -> Result<bool> {
    const auto key = keys.get_in(snapshot, crypto::KeyScope::Person, user.view());
    if (!key && key.error().code() != ErrorCode::NotFound) return key.error();
    return key.has_value();
  };
  KURAMORI_CO_TRY(has_key, co_await state_->ports.reader.read(std::move(query)));
  if (!has_key && row->erased) co_return Error(ErrorCode::Conflict, "M_ERASED", "This account was erased.");
  row->erased = true;
  UnitOfWork work;
  work.upsert(kAccounts, to_row(*row));
  if (has_key) keys.destroy_in(work, crypto::KeyScope::Person, user.view());
  gate::Outcome outcome{.detail = "key destroyed"};
  KURAMORI_CO_CHECK(
      co_await state_->ports.gate.commit(std::move(permit), std::move(work), std::move(outcome)));
  keys.forget(crypto::KeyScope::Person, user.view());
  state_->ports.gate.forget(user);
  co_return Result<void>();
}

}  // namespace kuramori::identity
