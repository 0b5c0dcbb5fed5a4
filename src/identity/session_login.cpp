// Logins, refreshes and logouts: each reads the rows of a device and commits what follows while it holds the
// person's lane.
#include <algorithm>

#include "identity/devices.hpp"
#include "identity/sessions_state.hpp"
#include "identity/tables.hpp"

namespace kuramori::identity {

using gate::Operation;
using runtime::Task;
using storage::Sequence;
using storage::Snapshot;
using storage::UnitOfWork;

namespace {

constexpr std::size_t kDeviceIdCharacters = 10;
constexpr std::size_t kSessionIdCharacters = 22;

std::string fresh_device_id(Random& random) {
  std::string id;
  for (std::size_t i = 0; i < kDeviceIdCharacters; ++i) id += static_cast<char>('A' + random.below(26));
  return id;
}

Result<void> check_device_id(const DeviceId& device) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (device.empty() || device.str().size() > Devices::kDeviceIdBytesMax ||
      std::ranges::any_of(device.str(), is_control)) {
    return invalid_argument("A device id has 1 to 255 bytes and no control characters.");
  }
  return {};
}

// A login does not fail because of a long label; it is cut between two characters.
std::string shortened(std::string name) {
  if (name.size() <= Devices::kDisplayNameBytesMax) return name;
  std::size_t end = Devices::kDisplayNameBytesMax;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0U) == 0x80U) --end;
  name.resize(end);
  return name;
}

struct LoginRows {
  bool is_active = false;  // the account exists and is not deactivated
  gate::Role role = gate::Role::Member;
  DeviceRows device;
};

Result<LoginRows> login_rows(Snapshot& snapshot, const UserId& user, const DeviceId& device) {
  LoginRows rows;
  KURAMORI_TRY(account, snapshot.get(kAccounts, {user.str()}));
  if (account && storage::is_null((*account)[account_column::Deactivated])) {
    rows.is_active = true;
    rows.role = role_from(storage::text((*account)[account_column::Role]));
  }
  KURAMORI_TRY(device_row, device_rows(snapshot, user, device));
  rows.device = std::move(device_row);
  return rows;
}

std::int64_t last_serial(const DeviceRows& rows) {
  std::int64_t last = 0;
  for (const TokenRow& token : rows.tokens) last = std::max(last, token.serial);
  return last;
}

}  // namespace

IssuedTokens Sessions::State::issue(UnitOfWork& work, const Session& session, bool is_refreshable,
                                    std::int64_t serial) const {
  IssuedTokens issued;
  issued.access_token = make_token(TokenKind::Access, random);
  issued.expires_in_ms = is_refreshable ? options.access_token_lifetime_ms : 0;
  const std::int64_t expires_ms = is_refreshable ? clock.now_ms() + options.access_token_lifetime_ms : 0;
  TokenRow row{.hash = hash_token(issued.access_token),
               .is_refresh = false,
               .user = session.user,
               .device = session.device,
               .session = session.id,
               .expires_ms = expires_ms,
               .serial = serial,
               .supersedes = serial > 1};
  work.insert(kSessionTokens, to_row(row));
  if (is_refreshable) {
    issued.refresh_token = make_token(TokenKind::Refresh, random);
    row.hash = hash_token(issued.refresh_token);
    row.is_refresh = true;
    row.expires_ms = 0;
    work.insert(kSessionTokens, to_row(row));
  }
  Session issued_session = session;
  issued_session.token_expires = from_unix_ms(expires_ms);
  issued.session = std::make_shared<const Session>(std::move(issued_session));
  return issued;
}

Task<Result<IssuedTokens>> Sessions::log_in(gate::Permit permit, LoginRequest request) {
  permit.require(Operation::AccountLogin);
  const UserId user = request.user;
  const DeviceId device = request.device ? *request.device : DeviceId(fresh_device_id(state_->random));
  KURAMORI_CO_CHECK(check_device_id(device));
  const std::string name = shortened(std::move(request.initial_device_display_name));
  KURAMORI_CO_TRY(person, co_await state_->keys.get_or_create(crypto::KeyScope::Person, user.view()));

  KURAMORI_CO_TRY(in_lane, co_await lane(user).enter());
  auto query = [user, device](Snapshot& snapshot) { return login_rows(snapshot, user, device); };
  KURAMORI_CO_TRY(rows, co_await state_->reader.read(std::move(query)));
  if (!rows.is_active) co_return forbidden("This account cannot log in.");

  UnitOfWork work;
  erase_session(work, rows.device);
  if (!rows.device.exists) {
    storage::Value sealed;
    if (!name.empty()) sealed = seal_display_name(person, user, device, name, state_->random);
    insert_device(work, user, device, state_->clock.now_ms(), std::move(sealed));
  }
  const Session session{.id = SessionId(state_->random.alphanumeric(kSessionIdCharacters)),
                        .user = user,
                        .device = device,
                        .role = rows.role,
                        .token_expires = {}};
  work.insert(kSessions, {user.str(), device.str(), session.id.str(), state_->clock.now_ms(),
                          std::int64_t{request.wants_refresh_token}});
  IssuedTokens issued = state_->issue(work, session, request.wants_refresh_token, 1);
  publish_login(work, user);
  gate::Outcome outcome{.detail = device.str()};
  KURAMORI_CO_CHECK(co_await state_->gate.commit(std::move(permit), std::move(work), std::move(outcome)));
  if (rows.device.session) forget(user, device, *rows.device.session);
  state_->cache.put(hash_token(issued.access_token), issued.session);
  co_return issued;
}

Task<Result<UserId>> Sessions::owner_of_refresh_token(std::string refresh_token) {
  if (parse_token(refresh_token) != TokenKind::Refresh) co_return unknown_token();
  const TokenHash hash = hash_token(refresh_token);
  auto query = [hash](Snapshot& snapshot) { return find_token(snapshot, hash); };
  KURAMORI_CO_TRY(live, co_await state_->reader.read(std::move(query)));
  if (!live || !live->token.is_refresh) co_return unknown_token();
  co_return live->token.user;
}

Task<Result<IssuedTokens>> Sessions::refresh(gate::Permit permit, std::string refresh_token) {
  permit.require(Operation::AccountRefresh);
  KURAMORI_CO_TRY(user, co_await owner_of_refresh_token(refresh_token));
  KURAMORI_CO_TRY(in_lane, co_await lane(user).enter());

  const TokenHash hash = hash_token(refresh_token);
  using Found = std::optional<std::pair<LiveToken, DeviceRows>>;
  auto query = [hash](Snapshot& snapshot) -> Result<Found> {
    KURAMORI_TRY(live, find_token(snapshot, hash));
    if (!live) return Found();
    KURAMORI_TRY(rows, device_rows(snapshot, live->token.user, live->token.device));
    return Found(std::pair(*std::move(live), std::move(rows)));
  };
  KURAMORI_CO_TRY(found, co_await state_->reader.read(std::move(query)));
  if (!found || !found->first.token.is_refresh) co_return unknown_token();  // revoked while we waited
  const auto& [live, rows] = *found;

  // Predecessors go because this token is used now; successors were never used, or this one would be gone.
  UnitOfWork work;
  std::vector<TokenHash> revoked;
  for (const TokenRow& token : rows.tokens) {
    if (token.serial == live.token.serial) continue;
    erase_token(work, token.hash);
    revoked.push_back(token.hash);
  }
  const Session session{.id = live.token.session,
                        .user = live.token.user,
                        .device = live.token.device,
                        .role = live.role,
                        .token_expires = {}};
  IssuedTokens issued = state_->issue(work, session, true, last_serial(rows) + 1);
  gate::Outcome outcome{.detail = session.device.str()};
  KURAMORI_CO_CHECK(co_await state_->gate.commit(std::move(permit), std::move(work), std::move(outcome)));
  for (const TokenHash& old : revoked) state_->cache.erase(old);
  co_return issued;
}

Task<Result<void>> Sessions::State::supersede(LiveToken live) {
  const TokenRow used = live.token;
  gate::Subject subject;
  subject.user = used.user;
  subject.device = used.device;
  subject.session = used.session;
  subject.role = live.role;
  gate::Resource resource;
  resource.name = used.device.str();
  gate::Action action{std::move(subject), Operation::AccountRefresh, std::move(resource)};
  auto admission = co_await gate.admit(std::move(action));
  auto* permit = std::get_if<gate::Permit>(&admission);
  if (permit == nullptr) co_return forbidden("Old tokens could not be revoked.");

  KURAMORI_CO_TRY(in_lane, co_await lanes.of(used.user).enter());
  auto query = [used](Snapshot& snapshot) { return device_rows(snapshot, used.user, used.device); };
  KURAMORI_CO_TRY(rows, co_await reader.read(std::move(query)));
  if (rows.session != used.session) co_return unknown_token();

  UnitOfWork work;
  std::vector<TokenHash> revoked;
  for (TokenRow& token : rows.tokens) {
    if (token.serial < used.serial) {
      erase_token(work, token.hash);
      revoked.push_back(token.hash);
    } else if (token.serial == used.serial) {
      token.supersedes = false;
      work.upsert(kSessionTokens, to_row(token));
    }
  }
  gate::Outcome outcome{.detail = used.device.str()};
  KURAMORI_CO_CHECK(co_await gate.commit(std::move(*permit), std::move(work), std::move(outcome)));
  for (const TokenHash& old : revoked) cache.erase(old);
  co_return Result<void>();
}

Task<Result<void>> Sessions::log_out(gate::Permit permit, SessionPtr session) {
  permit.require(Operation::AccountLogout);
  const UserId user = session->user;
  const DeviceId device = session->device;
  KURAMORI_CO_TRY(in_lane, co_await lane(user).enter());
  auto query = [user, device](Snapshot& snapshot) { return device_rows(snapshot, user, device); };
  KURAMORI_CO_TRY(rows, co_await state_->reader.read(std::move(query)));
  if (rows.session != session->id) co_return Result<void>();  // ended already

  UnitOfWork work;
  erase_device(work, rows, state_->options.device_tables);
  publish_device_list(work, user, {device});
  gate::Outcome outcome{.detail = device.str()};
  KURAMORI_CO_CHECK(co_await state_->gate.commit(std::move(permit), std::move(work), std::move(outcome)));
  forget(user, device, session->id);
  co_return Result<void>();
}

Task<Result<void>> Sessions::log_out_all(gate::Permit permit, UserId user, SessionPtr except) {
  permit.require(Operation::AccountLogout);
  KURAMORI_CO_TRY(in_lane, co_await lane(user).enter());
  auto query = [user](Snapshot& snapshot) { return all_device_rows(snapshot, user); };
  KURAMORI_CO_TRY(all, co_await state_->reader.read(std::move(query)));

  UnitOfWork work;
  std::vector<DeviceId> removed;
  for (const DeviceRows& rows : all) {
    if (except != nullptr && rows.device == except->device) continue;
    erase_device(work, rows, state_->options.device_tables);
    removed.push_back(rows.device);
  }
  if (removed.empty()) co_return Result<void>();
  gate::Outcome outcome{.detail = std::to_string(removed.size()) + " devices"};
  publish_device_list(work, user, std::move(removed));
  KURAMORI_CO_CHECK(co_await state_->gate.commit(std::move(permit), std::move(work), std::move(outcome)));
  for (const DeviceRows& rows : all) {
    const bool is_kept = except != nullptr && rows.device == except->device;
    if (!is_kept && rows.session) forget(user, rows.device, *rows.session);
  }
  co_return Result<void>();
}

}  // namespace kuramori::identity
