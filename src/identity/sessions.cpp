#include "identity/sessions.hpp"

#include "identity/sessions_state.hpp"
#include "identity/tables.hpp"
#include "storage/unit_of_work.hpp"

namespace kuramori::identity {

using runtime::Task;
using storage::Snapshot;

Error unknown_token() {
  return {ErrorCode::Unauthenticated, "M_UNKNOWN_TOKEN", "The token is not known, or no longer valid."};
}

void LoginTokens::put(const TokenHash& hash, const UserId& user, Timestamp expires) {
  const std::scoped_lock lock(mutex_);
  entries_[hash] = {user, expires};
  order_.push_back(hash);
  if (order_.size() > kMax) {
    entries_.erase(order_.front());
    order_.pop_front();
  }
}

std::optional<UserId> LoginTokens::take(const TokenHash& hash, Timestamp now) {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(hash);
  if (found == entries_.end()) return std::nullopt;
  const Entry entry = std::move(found->second);
  entries_.erase(found);
  return now < entry.expires ? std::optional(entry.user) : std::nullopt;
}

Sessions::Sessions(storage::Reader& reader, gate::Gate& gate, storage::KeyRing& keys, const Clock& clock,
                   Random& random, Options options)
    : state_(std::make_unique<State>(reader, gate, keys, clock, random, std::move(options))) {}

Sessions::~Sessions() = default;

storage::StreamListener& Sessions::listener() {
  return *state_;
}

void Sessions::State::committed(std::span<const Change> changes) {
  for (const Change& change : changes) {
    const auto* ended = dynamic_cast<const SessionEnded*>(change.payload.get());
    if (ended == nullptr) continue;
    cache.end(ended->session);
    seen.forget(ended->user, ended->device);
  }
}

void Sessions::forget(const UserId& user, const DeviceId& device, const SessionId& session) {
  state_->cache.end(session);
  state_->seen.forget(user, device);
}

SessionPtr Sessions::cached(std::string_view access_token) const {
  if (access_token.size() != kTokenCharacters) return nullptr;
  SessionPtr session = state_->cache.find(hash_token(access_token));
  if (session == nullptr || state_->has_expired(to_unix_ms(session->token_expires))) return nullptr;
  return session;
}

bool Sessions::is_live(const SessionId& session) const {
  return !state_->cache.has_ended(session);
}

Task<Result<SessionPtr>> Sessions::authenticate(std::string access_token) {
  if (access_token.empty()) {
    co_return Error(ErrorCode::Unauthenticated, "M_MISSING_TOKEN", "An access token is required.");
  }
  if (parse_token(access_token) != TokenKind::Access) co_return unknown_token();
  if (SessionPtr known = cached(access_token)) co_return known;

  const TokenHash hash = hash_token(access_token);
  const std::uint64_t generation = state_->cache.generation();
  auto query = [hash](Snapshot& snapshot) { return find_token(snapshot, hash); };
  KURAMORI_CO_TRY(live, co_await state_->reader.read(std::move(query)));
  if (!live || live->token.is_refresh || state_->has_expired(live->token.expires_ms))
    co_return unknown_token();

  auto session =
      std::make_shared<const Session>(Session{.id = live->token.session,
                                              .user = live->token.user,
                                              .device = live->token.device,
                                              .role = live->role,
                                              .token_expires = from_unix_ms(live->token.expires_ms)});
  bool is_settled = true;
  if (live->token.supersedes) {
    const auto superseded = co_await state_->supersede(*live);
    is_settled = superseded.has_value();
  }
  if (is_settled) state_->cache.put(hash, session, generation);
  if (!is_live(session->id)) co_return unknown_token();  // it ended while we looked
  co_return SessionPtr(session);
}

Task<bool> Sessions::is_soft_logout(std::string access_token) {
  if (parse_token(access_token) != TokenKind::Access) co_return false;
  const TokenHash hash = hash_token(access_token);
  auto query = [hash](Snapshot& snapshot) { return find_token(snapshot, hash); };
  const auto live = co_await state_->reader.read(std::move(query));
  co_return live.has_value() && live->has_value() && (*live)->is_refreshable;
}

std::string Sessions::make_login_token(const gate::Permit& permit, const UserId& user,
                                       Milliseconds lifetime) {
  permit.require(gate::Operation::AccountLogin);
  std::string token = make_token(TokenKind::Login, state_->random);
  state_->login_tokens.put(hash_token(token), user, state_->clock.now() + lifetime);
  return token;
}

std::optional<UserId> Sessions::take_login_token(std::string_view token) {
  if (parse_token(token) != TokenKind::Login) return std::nullopt;
  return state_->login_tokens.take(hash_token(token), state_->clock.now());
}

const Sessions::Options& Sessions::options() const {
  return state_->options;
}

void Sessions::forget_role(const UserId& user) {
  state_->cache.erase_of(user);
}

runtime::Sequencer& Sessions::lane(const UserId& user) {
  return state_->lanes.of(user);
}

}  // namespace kuramori::identity
