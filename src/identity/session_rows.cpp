#include "identity/session_rows.hpp"

#include <algorithm>

#include "identity/devices.hpp"
#include "identity/personal.hpp"
#include "identity/sessions.hpp"
#include "identity/tables.hpp"

namespace kuramori::identity {

using storage::integer;
using storage::Row;
using storage::Scan;
using storage::Snapshot;
using storage::UnitOfWork;

namespace {

constexpr std::string_view kAccess = "access";
constexpr std::string_view kRefresh = "refresh";

Bytes to_bytes(const TokenHash& hash) {
  return {hash.begin(), hash.end()};
}

Result<void> add_tokens(Snapshot& snapshot, DeviceRows& rows) {
  const Scan scan{.table = &kSessionTokens,
                  .index = &kSessionTokens.index("by_device"),
                  .prefix = {rows.user.str(), rows.device.str()},
                  .from = {},
                  .below = {},
                  .limit = kEveryRow};
  KURAMORI_TRY(tokens, snapshot.scan(scan));
  for (const Row& row : tokens) rows.tokens.push_back(token_from(row));
  return {};
}

Result<void> add_session(Snapshot& snapshot, DeviceRows& rows) {
  KURAMORI_TRY(session, snapshot.get(kSessions, {rows.user.str(), rows.device.str()}));
  if (!session) return {};
  rows.session = SessionId(storage::text((*session)[session_column::Session]));
  rows.is_refreshable = integer((*session)[session_column::Refreshable]) != 0;
  return {};
}

}  // namespace

TokenRow token_from(const Row& row) {
  TokenRow token;
  const Bytes& hash = storage::blob(row[token_column::Hash]);
  std::copy_n(hash.begin(), std::min(hash.size(), token.hash.size()), token.hash.begin());
  token.is_refresh = storage::text(row[token_column::Kind]) == kRefresh;
  token.user = UserId(storage::text(row[token_column::User]));
  token.device = DeviceId(storage::text(row[token_column::Device]));
  token.session = SessionId(storage::text(row[token_column::Session]));
  token.expires_ms = integer(row[token_column::Expires]);
  token.serial = integer(row[token_column::Serial]);
  token.supersedes = integer(row[token_column::Supersedes]) != 0;
  return token;
}

Row to_row(const TokenRow& token) {
  return {to_bytes(token.hash), std::string(token.is_refresh ? kRefresh : kAccess),
          token.user.str(),     token.device.str(),
          token.session.str(),  token.expires_ms,
          token.serial,         std::int64_t{token.supersedes}};
}

gate::Role role_from(std::string_view text) {
  // Nobody's session is the system's, whatever a row says.
  const auto role = gate::parse_role(text);
  return role && *role != gate::Role::System ? *role : gate::Role::Member;
}

Result<std::optional<LiveToken>> find_token(Snapshot& snapshot, const TokenHash& hash) {
  const auto nothing = [] { return std::optional<LiveToken>(); };
  KURAMORI_TRY(row, snapshot.get(kSessionTokens, {to_bytes(hash)}));
  if (!row) return nothing();
  LiveToken live{.token = token_from(*row)};
  KURAMORI_TRY(session, snapshot.get(kSessions, {live.token.user.str(), live.token.device.str()}));
  if (!session || storage::text((*session)[session_column::Session]) != live.token.session.view()) {
    return nothing();
  }
  KURAMORI_TRY(account, snapshot.get(kAccounts, {live.token.user.str()}));
  if (!account || !storage::is_null((*account)[account_column::Deactivated])) return nothing();
  live.role = role_from(storage::text((*account)[account_column::Role]));
  live.is_refreshable = integer((*session)[session_column::Refreshable]) != 0;
  return std::optional(std::move(live));
}

Result<DeviceRows> device_rows(Snapshot& snapshot, const UserId& user, const DeviceId& device) {
  DeviceRows rows{.user = user, .device = device, .session = {}, .tokens = {}};
  KURAMORI_TRY(row, snapshot.get(kDevices, {user.str(), device.str()}));
  rows.exists = row.has_value();
  KURAMORI_CHECK(add_session(snapshot, rows));
  KURAMORI_CHECK(add_tokens(snapshot, rows));
  return rows;
}

Result<std::vector<DeviceRows>> all_device_rows(Snapshot& snapshot, const UserId& user) {
  const Scan scan{.table = &kDevices, .prefix = {user.str()}, .from = {}, .below = {}, .limit = kEveryRow};
  KURAMORI_TRY(devices, snapshot.scan(scan));
  std::vector<DeviceRows> all;
  for (const Row& device : devices) {
    KURAMORI_TRY(rows, device_rows(snapshot, user, DeviceId(storage::text(device[device_column::Device]))));
    all.push_back(std::move(rows));
  }
  return all;
}

void erase_token(UnitOfWork& work, const TokenHash& hash) {
  work.erase(kSessionTokens, {to_bytes(hash)});
}

void erase_session(UnitOfWork& work, const DeviceRows& rows) {
  for (const TokenRow& token : rows.tokens) erase_token(work, token.hash);
  if (!rows.session) return;
  work.erase(kSessions, {rows.user.str(), rows.device.str()});
  auto ended = std::make_shared<SessionEnded>();
  ended->user = rows.user;
  ended->device = rows.device;
  ended->session = *rows.session;
  work.publish(work.next(storage::Sequence::Stream), std::move(ended));
}

void erase_device(UnitOfWork& work, const DeviceRows& rows, const DeviceTables& others) {
  erase_session(work, rows);
  work.erase(kDevices, {rows.user.str(), rows.device.str()});
  work.erase(kDeviceLastSeen, {rows.user.str(), rows.device.str()});
  for (const storage::Table* table : others) work.erase(*table, {rows.user.str(), rows.device.str()});
}

void insert_device(UnitOfWork& work, const UserId& user, const DeviceId& device, std::int64_t created_ms,
                   storage::Value sealed_name) {
  work.insert(kDevices, {user.str(), device.str(), created_ms, std::move(sealed_name)});
}

Result<std::string> open_display_name(const crypto::SecretKey& person, const Row& device) {
  const storage::Value& name = device[device_column::DisplayName];
  if (storage::is_null(name)) return std::string();
  const Place place{"devices.display_name", storage::text(device[device_column::User]),
                    storage::text(device[device_column::Device])};
  return open_personal(person, place, storage::blob(name));
}

Bytes seal_display_name(const crypto::SecretKey& person, const UserId& user, const DeviceId& device,
                        std::string_view name, Random& random) {
  const Place place{"devices.display_name", user.view(), device.view()};
  return seal_personal(person, place, name, random);
}

void publish_login(UnitOfWork& work, const UserId& user) {
  auto changed = std::make_shared<DeviceListChanged>();
  changed->user = user;
  changed->is_login = true;
  work.publish(work.next(storage::Sequence::Stream), std::move(changed));
}

void publish_device_list(UnitOfWork& work, const UserId& user, std::vector<DeviceId> removed,
                         std::vector<RoomId> rooms) {
  const storage::NextOf position = work.next(storage::Sequence::Stream);
  work.upsert(kDeviceListChanges, {user.str(), position});
  auto changed = std::make_shared<DeviceListChanged>();
  changed->user = user;
  changed->removed = std::move(removed);
  changed->rooms = std::move(rooms);
  work.publish(position, std::move(changed));
}

}  // namespace kuramori::identity
