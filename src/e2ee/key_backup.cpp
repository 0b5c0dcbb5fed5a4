#include "e2ee/key_backup.hpp"

#include "e2ee/tables.hpp"
#include "identity/personal.hpp"

namespace kuramori::e2ee {

using gate::Operation;
using runtime::Task;
using storage::Snapshot;
using storage::UnitOfWork;

namespace {

Error no_such_version() {
  return not_found("Unknown backup version.");
}

std::string place_of_session(std::int64_t version, const RoomId& room, std::string_view session) {
  return std::to_string(version) + '\0' + room.str() + '\0' + std::string(session);
}

Result<std::optional<storage::Row>> newest_version(Snapshot& snapshot, const UserId& user) {
  const storage::Scan scan{.table = &kKeyBackups,
                           .prefix = {user.str()},
                           .direction = storage::Direction::Backward,
                           .limit = kEveryRow};
  std::optional<storage::Row> newest;
  KURAMORI_CHECK(snapshot.for_each(scan, [&](storage::Row&& row) {
    if (storage::integer(row[backup_column::Deleted]) != 0) return true;
    newest = std::move(row);
    return false;
  }));
  return newest;
}

// A version that was not deleted.
Result<std::optional<storage::Row>> live_version(Snapshot& snapshot, const UserId& user,
                                                 std::optional<std::int64_t> number) {
  if (!number) return newest_version(snapshot, user);
  KURAMORI_TRY(row, snapshot.get(kKeyBackups, {user.str(), *number}));
  if (row && storage::integer((*row)[backup_column::Deleted]) != 0) row.reset();
  return row;
}

storage::Key prefix_of(const UserId& user, std::int64_t version, const BackupScope& scope) {
  storage::Key prefix{user.str(), version};
  if (scope.room) prefix.emplace_back(scope.room->str());
  if (scope.room && scope.session) prefix.emplace_back(*scope.session);
  return prefix;
}

BackupKey key_from(const storage::Row& row) {
  return {.room = RoomId(storage::text(row[backup_session_column::Room])),
          .session = storage::text(row[backup_session_column::Session]),
          .first_message_index = storage::integer(row[backup_session_column::FirstIndex]),
          .forwarded_count = storage::integer(row[backup_session_column::Forwarded]),
          .is_verified = storage::integer(row[backup_session_column::Verified]) != 0,
          .session_data = {}};
}

void set_state(storage::Row& version, BackupState state) {
  version[backup_column::Etag] = state.etag;
  version[backup_column::Keys] = state.keys;
}

BackupState state_of(const storage::Row& version) {
  return {storage::integer(version[backup_column::Etag]), storage::integer(version[backup_column::Keys])};
}

Result<void> check_keys(const std::vector<BackupKey>& keys) {
  if (keys.size() > KeyBackup::kKeysPerRequestMax)
    return Error(ErrorCode::TooLarge, "M_TOO_LARGE", "A request stores at most 50000 keys.");
  for (const BackupKey& key : keys) {
    if (key.session_data.size() > KeyBackup::kSessionDataBytesMax || key.session.size() > 255)
      return Error(ErrorCode::TooLarge, "M_TOO_LARGE", "The session data is larger than this server keeps.");
  }
  return {};
}

// What storing needs to know, of one snapshot.
struct StoreRows {
  std::optional<storage::Row> newest;
  bool exists = false;                           // the version that was named
  std::vector<std::optional<BackupKey>> stored;  // in the order of the keys offered
};

Result<StoreRows> store_rows(Snapshot& snapshot, const UserId& user, std::int64_t version,
                             const std::vector<BackupKey>& keys) {
  StoreRows rows;
  KURAMORI_TRY(newest, newest_version(snapshot, user));
  rows.newest = std::move(newest);
  KURAMORI_TRY(named, live_version(snapshot, user, version));
  rows.exists = named.has_value();
  for (const BackupKey& key : keys) {
    KURAMORI_TRY(row, snapshot.get(kKeyBackupSessions, {user.str(), version, key.room.str(), key.session}));
    rows.stored.push_back(row ? std::optional(key_from(*row)) : std::nullopt);
  }
  return rows;
}

}  // namespace

bool is_better_key(const BackupKey& offered, const BackupKey& kept) {
  if (offered.is_verified != kept.is_verified) return offered.is_verified;
  if (offered.first_message_index != kept.first_message_index)
    return offered.first_message_index < kept.first_message_index;
  return offered.forwarded_count < kept.forwarded_count;
}

Task<Result<std::int64_t>> KeyBackup::create(gate::Permit permit, UserId user, std::string algorithm,
                                             json::Object auth_data) {
  permit.require(Operation::KeyBackupSet);
  KURAMORI_CO_TRY(key, co_await ports_.keys.get_or_create(crypto::KeyScope::Person, user.view()));
  KURAMORI_CO_TRY(in_lane, co_await ports_.sessions.lane(user).enter());
  auto query = [user](Snapshot& snapshot) {
    return snapshot.scan({.table = &kKeyBackups,
                          .prefix = {user.str()},
                          .direction = storage::Direction::Backward,
                          .limit = 1});
  };
  KURAMORI_CO_TRY(last, co_await ports_.reader.read(std::move(query)));
  const std::int64_t version = last.empty() ? 1 : storage::integer(last.front()[backup_column::Version]) + 1;
  const std::string where = std::to_string(version);
  const identity::Place place{"key_backups.auth_data", user.view(), where};
  Bytes sealed = identity::seal_personal(key, place, json::serialize(auth_data), ports_.random);
  UnitOfWork work;
  work.insert(kKeyBackups, {user.str(), version, std::move(algorithm), std::move(sealed), std::int64_t{0},
                            std::int64_t{0}, std::int64_t{0}});
  gate::Outcome outcome{.detail = "created version " + where};
  KURAMORI_CO_CHECK(co_await ports_.gate.commit(std::move(permit), std::move(work), std::move(outcome)));
  co_return version;
}

Task<Result<void>> KeyBackup::update(gate::Permit permit, UserId user, BackupVersion version) {
  permit.require(Operation::KeyBackupSet);
  KURAMORI_CO_TRY(key, co_await ports_.keys.get_or_create(crypto::KeyScope::Person, user.view()));
  KURAMORI_CO_TRY(in_lane, co_await ports_.sessions.lane(user).enter());
  auto query = [user, number = version.version](Snapshot& snapshot) {
    return live_version(snapshot, user, number);
  };
  KURAMORI_CO_TRY(row, co_await ports_.reader.read(std::move(query)));
  if (!row) co_return no_such_version();
  if (storage::text((*row)[backup_column::Algorithm]) != version.algorithm)
    co_return invalid_argument("The algorithm of a backup cannot be changed.");
  const std::string where = std::to_string(version.version);
  const identity::Place place{"key_backups.auth_data", user.view(), where};
  (*row)[backup_column::SealedAuth] =
      identity::seal_personal(key, place, json::serialize(version.auth_data), ports_.random);
  UnitOfWork work;
  work.upsert(kKeyBackups, *std::move(row));
  gate::Outcome outcome{.detail = "updated version " + where};
  KURAMORI_CO_CHECK(co_await ports_.gate.commit(std::move(permit), std::move(work), std::move(outcome)));
  co_return Result<void>();
}

Task<Result<void>> KeyBackup::remove(gate::Permit permit, UserId user, std::int64_t version) {
  permit.require(Operation::KeyBackupSet);
  KURAMORI_CO_TRY(in_lane, co_await ports_.sessions.lane(user).enter());
  auto query = [user, version](Snapshot& snapshot) {
    return snapshot.get(kKeyBackups, {user.str(), version});
  };
  KURAMORI_CO_TRY(row, co_await ports_.reader.read(std::move(query)));
  if (!row) co_return no_such_version();
  if (storage::integer((*row)[backup_column::Deleted]) != 0) co_return Result<void>();
  // The number is never given out again.
  (*row)[backup_column::Deleted] = std::int64_t{1};
  (*row)[backup_column::SealedAuth] = Bytes();
  set_state(*row, {});
  UnitOfWork work;
  work.upsert(kKeyBackups, *std::move(row));
  work.erase(kKeyBackupSessions, {user.str(), version});
  gate::Outcome outcome{.detail = "deleted version " + std::to_string(version)};
  KURAMORI_CO_CHECK(co_await ports_.gate.commit(std::move(permit), std::move(work), std::move(outcome)));
  co_return Result<void>();
}

Task<Result<BackupVersion>> KeyBackup::version(const gate::Permit& permit, UserId user,
                                               std::optional<std::int64_t> number) {
  permit.require(Operation::KeyBackupRead);
  auto query = [user, number](Snapshot& snapshot) { return live_version(snapshot, user, number); };
  KURAMORI_CO_TRY(row, co_await ports_.reader.read(std::move(query)));
  if (!row) co_return no_such_version();
  KURAMORI_CO_TRY(key, co_await ports_.keys.get(crypto::KeyScope::Person, user.view()));
  BackupVersion version{.version = storage::integer((*row)[backup_column::Version]),
                        .algorithm = storage::text((*row)[backup_column::Algorithm]),
                        .auth_data = {},
                        .etag = state_of(*row).etag,
                        .keys = state_of(*row).keys};
  const std::string where = std::to_string(version.version);
  const identity::Place place{"key_backups.auth_data", user.view(), where};
  KURAMORI_CO_TRY(opened,
                  identity::open_personal(key, place, storage::blob((*row)[backup_column::SealedAuth])));
  KURAMORI_CO_TRY(auth_data, json::parse_object(opened));
  version.auth_data = std::move(auth_data);
  co_return version;
}

Task<Result<std::vector<BackupKey>>> KeyBackup::keys(const gate::Permit& permit, UserId user,
                                                     std::int64_t version, BackupScope scope) {
  permit.require(Operation::KeyBackupRead);
  using Found = std::optional<std::vector<storage::Row>>;
  auto query = [user, version, scope](Snapshot& snapshot) -> Result<Found> {
    KURAMORI_TRY(known, live_version(snapshot, user, version));
    if (!known) return Found();
    const storage::Scan scan{
        .table = &kKeyBackupSessions, .prefix = prefix_of(user, version, scope), .limit = kEveryRow};
    KURAMORI_TRY(rows, snapshot.scan(scan));
    return Found(std::move(rows));
  };
  KURAMORI_CO_TRY(rows, co_await ports_.reader.read(std::move(query)));
  if (!rows) co_return no_such_version();
  std::vector<BackupKey> keys;
  if (rows->empty()) co_return keys;
  KURAMORI_CO_TRY(person, co_await ports_.keys.get(crypto::KeyScope::Person, user.view()));
  for (const storage::Row& row : *rows) {
    BackupKey key = key_from(row);
    const std::string where = place_of_session(version, key.room, key.session);
    const identity::Place place{"key_backup_sessions.data", user.view(), where};
    KURAMORI_CO_TRY(
        opened, identity::open_personal(person, place, storage::blob(row[backup_session_column::Sealed])));
    key.session_data = std::move(opened);
    keys.push_back(std::move(key));
  }
  co_return keys;
}

Task<Result<std::variant<BackupState, WrongVersion>>> KeyBackup::store(gate::Permit permit, UserId user,
                                                                       std::int64_t version,
                                                                       std::vector<BackupKey> keys) {
  permit.require(Operation::KeyBackupStore);
  using Outcome = std::variant<BackupState, WrongVersion>;
  KURAMORI_CO_CHECK(check_keys(keys));
  KURAMORI_CO_TRY(person, co_await ports_.keys.get_or_create(crypto::KeyScope::Person, user.view()));
  KURAMORI_CO_TRY(in_lane, co_await ports_.sessions.lane(user).enter());
  auto query = [user, version, &keys](Snapshot& snapshot) {
    return store_rows(snapshot, user, version, keys);
  };
  KURAMORI_CO_TRY(rows, co_await ports_.reader.read(std::move(query)));
  if (!rows.newest || !rows.exists) co_return no_such_version();
  const std::int64_t current = storage::integer((*rows.newest)[backup_column::Version]);
  if (current != version) co_return Outcome(WrongVersion{current});

  UnitOfWork work;
  BackupState state = state_of(*rows.newest);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const BackupKey& key = keys[i];
    const std::optional<BackupKey>& stored = rows.stored[i];
    if (stored && !is_better_key(key, *stored)) continue;
    if (!stored) ++state.keys;
    const std::string where = place_of_session(version, key.room, key.session);
    const identity::Place place{"key_backup_sessions.data", user.view(), where};
    work.upsert(kKeyBackupSessions,
                {user.str(), version, key.room.str(), key.session, key.first_message_index,
                 key.forwarded_count, std::int64_t{key.is_verified},
                 identity::seal_personal(person, place, key.session_data, ports_.random)});
  }
  if (work.empty()) co_return Outcome(state);
  ++state.etag;
  set_state(*rows.newest, state);
  work.upsert(kKeyBackups, *std::move(rows.newest));
  gate::Outcome outcome{.detail = std::to_string(keys.size()) + " keys, version " + std::to_string(version)};
  KURAMORI_CO_CHECK(co_await ports_.gate.commit(std::move(permit), std::move(work), std::move(outcome)));
  co_return Outcome(state);
}

Task<Result<BackupState>> KeyBackup::erase(gate::Permit permit, UserId user, std::int64_t version,
                                           BackupScope scope) {
  permit.require(Operation::KeyBackupStore);
  KURAMORI_CO_TRY(in_lane, co_await ports_.sessions.lane(user).enter());
  using Found = std::pair<std::optional<storage::Row>, std::int64_t>;
  auto query = [user, version, scope](Snapshot& snapshot) -> Result<Found> {
    KURAMORI_TRY(row, live_version(snapshot, user, version));
    KURAMORI_TRY(count, snapshot.count({.table = &kKeyBackupSessions,
                                        .prefix = prefix_of(user, version, scope),
                                        .limit = kEveryRow}));
    return Found(std::move(row), count);
  };
  KURAMORI_CO_TRY(found, co_await ports_.reader.read(std::move(query)));
  auto& [row, count] = found;
  if (!row) co_return no_such_version();
  BackupState state = state_of(*row);
  if (count == 0) co_return state;
  state.keys -= count;
  ++state.etag;
  set_state(*row, state);
  UnitOfWork work;
  work.erase(kKeyBackupSessions, prefix_of(user, version, scope));
  work.upsert(kKeyBackups, *std::move(row));
  gate::Outcome outcome{.detail =
                            "erased " + std::to_string(count) + " keys, version " + std::to_string(version)};
  KURAMORI_CO_CHECK(co_await ports_.gate.commit(std::move(permit), std::move(work), std::move(outcome)));
  co_return state;
}

}  // namespace kuramori::e2ee
