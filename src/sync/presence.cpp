#include "sync/presence.hpp"

#include <mutex>
#include <unordered_map>
#include <unordered_set>

#include "identity/personal.hpp"
#include "runtime/sleep.hpp"
#include "sync/changes.hpp"
#include "sync/tables.hpp"

namespace kuramori::sync {

using runtime::Task;

namespace {

constexpr std::string_view kNames[] = {"offline", "unavailable", "online"};
constexpr std::int64_t kActiveMs = 60'000;

// What memory knows of a user.
struct Known {
  PresenceInfo info;
  SteadyTime last_sync{};  // of the newest sync that did not ask to be invisible
};

}  // namespace

std::string_view to_string(PresenceState state) {
  return kNames[static_cast<std::size_t>(state)];
}

std::optional<PresenceState> parse_presence(std::string_view text) {
  for (std::size_t i = 0; i < std::size(kNames); ++i) {
    if (kNames[i] == text) return static_cast<PresenceState>(i);
  }
  return std::nullopt;
}

struct Presence::State {
  storage::Reader& reader;
  gate::Gate& gate;
  storage::KeyRing& keys;
  const Clock& clock;
  Random& random;
  PresenceMode mode;
  mutable std::mutex mutex;
  std::unordered_map<UserId, Known> known;
  std::unordered_set<UserId> changed;  // not yet on the stream

  Task<Result<std::optional<PresenceInfo>>> read(UserId user);
  Task<void> publish(UserId user);
  void expire();
};

Presence::Presence(storage::Reader& reader, gate::Gate& gate, storage::KeyRing& keys, const Clock& clock,
                   Random& random, PresenceMode mode)
    : state_(new State{reader, gate, keys, clock, random, mode, {}, {}, {}}) {}
Presence::~Presence() = default;

Task<Result<std::optional<PresenceInfo>>> Presence::State::read(UserId user) {
  using Found = std::optional<PresenceInfo>;
  const storage::Key row_key{user.str()};
  auto query = [row_key](storage::Snapshot& s) { return s.get(kPresence, row_key); };
  auto row = co_await reader.read(std::move(query));
  if (!row) co_return std::move(row).error();
  if (!*row) co_return Found();
  const storage::Row& columns = **row;
  PresenceInfo info{
      .user = user, .status_message = {}, .last_active_ms = storage::integer(columns[3]), .position = {}};
  if (!storage::is_null(columns[2])) {
    auto key = co_await keys.get(crypto::KeyScope::Person, user.view());
    if (!key) co_return std::move(key).error();
    auto status = identity::open_personal(*key, {"presence.status", user.view()}, storage::blob(columns[2]));
    if (!status) co_return std::move(status).error();
    info.status_message = *std::move(status);
  }
  co_return Found(std::move(info));
}

Task<Result<void>> Presence::set(gate::Permit permit, UserId user, PresenceState state,
                                 std::optional<std::string> status_message) {
  permit.require(gate::Operation::PresenceSet);
  if (state_->mode == PresenceMode::Off) co_return Result<void>();
  const std::int64_t now = state_->clock.now_ms();
  storage::Value sealed = storage::Null{};
  if (status_message) {
    auto key = co_await state_->keys.get_or_create(crypto::KeyScope::Person, user.view());
    if (!key) co_return std::move(key).error();
    sealed = identity::seal_personal(*key, {"presence.status", user.view()}, *status_message, state_->random);
  }
  {
    const std::scoped_lock lock(state_->mutex);
    Known& known = state_->known[user];
    known.info.user = user;
    known.info.state = state;
    known.info.status_message = status_message;
    known.info.last_active_ms = now;
    known.info.currently_active = state == PresenceState::Online;
    known.last_sync = state_->clock.steady_now();
  }
  auto change = std::make_shared<PresenceChanged>();
  change->user = user;
  storage::UnitOfWork work;
  work.upsert(kPresence, {user.str(), static_cast<std::int64_t>(state), std::move(sealed), now});
  work.publish(work.next(storage::Sequence::Stream), std::move(change));
  auto receipt = co_await state_->gate.commit(std::move(permit), std::move(work), gate::Outcome{});
  if (!receipt) co_return std::move(receipt).error();
  co_return Result<void>();
}

Task<Result<PresenceInfo>> Presence::get(const gate::Permit& permit, UserId user) {
  permit.require(gate::Operation::PresenceRead);
  if (auto info = known(user)) co_return *std::move(info);
  auto stored = co_await state_->read(user);
  if (!stored) co_return std::move(stored).error();
  if (!*stored) co_return PresenceInfo{.user = user, .status_message = {}, .position = {}};
  co_return **std::move(stored);
}

void Presence::touch(const UserId& user, PresenceState state) {
  if (state_->mode == PresenceMode::Off || state == PresenceState::Offline) return;
  const std::scoped_lock lock(state_->mutex);
  Known& known = state_->known[user];
  known.info.user = user;
  known.last_sync = state_->clock.steady_now();
  if (state == PresenceState::Online) known.info.last_active_ms = state_->clock.now_ms();
  if (known.info.state == state) return;
  known.info.state = state;
  known.info.currently_active = state == PresenceState::Online;
  state_->changed.insert(user);
}

std::optional<PresenceInfo> Presence::known(const UserId& user) const {
  const std::scoped_lock lock(state_->mutex);
  const auto it = state_->known.find(user);
  if (it == state_->known.end()) return std::nullopt;
  return it->second.info;
}

void Presence::State::expire() {
  const std::scoped_lock lock(mutex);
  const SteadyTime limit = clock.steady_now() - kOfflineAfter;
  for (auto& [user, entry] : known) {
    if (entry.info.state == PresenceState::Offline || entry.last_sync > limit) continue;
    entry.info.state = PresenceState::Offline;
    entry.info.currently_active = false;
    changed.insert(user);
  }
}

Task<void> Presence::State::publish(UserId user) {
  gate::Action action{.subject = gate::Subject::system(),
                      .operation = gate::Operation::PresenceSet,
                      .resource = {.room = {}, .event = {}, .user = user, .event_type = {}, .name = {}}};
  auto admission = co_await gate.admit(std::move(action));
  auto* permit = std::get_if<gate::Permit>(&admission);
  if (permit == nullptr) co_return;
  auto change = std::make_shared<PresenceChanged>();
  change->user = std::move(user);
  storage::UnitOfWork work;
  work.publish(work.next(storage::Sequence::Stream), std::move(change));
  // A notice that is lost is made good by the next one.
  [[maybe_unused]] auto receipt = co_await gate.commit(std::move(*permit), std::move(work), gate::Outcome{});
}

Task<void> Presence::run(std::stop_token stop) {
  if (state_->mode == PresenceMode::Off) co_return;
  for (;;) {
    const bool goes_on = co_await runtime::sleep_for(kFlushEvery, stop);
    if (!goes_on) co_return;
    state_->expire();
    std::unordered_set<UserId> changed;
    {
      const std::scoped_lock lock(state_->mutex);
      changed.swap(state_->changed);
    }
    for (const UserId& user : changed) co_await state_->publish(user);
  }
}

std::string render_presence(const PresenceInfo& info, std::int64_t now_ms) {
  json::Object content{{"presence", to_string(info.state)}};
  if (info.last_active_ms > 0)
    content["last_active_ago"] = std::max<std::int64_t>(0, now_ms - info.last_active_ms);
  if (info.state == PresenceState::Online) {
    content["currently_active"] = info.currently_active && now_ms - info.last_active_ms < kActiveMs;
  }
  if (info.status_message) content["status_msg"] = *info.status_message;
  return json::serialize(
      json::Object{{"type", "m.presence"}, {"sender", info.user.view()}, {"content", std::move(content)}});
}

}  // namespace kuramori::sync
