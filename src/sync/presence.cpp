#include "sync/presence.hpp"

#include <algorithm>
#include <map>
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

struct DevicePresence {
  PresenceState state;
  SteadyTime until;
};

// What memory knows of a user.
struct Known {
  PresenceInfo info;
  std::map<DeviceId, DevicePresence> devices;
  bool has_stored = false;  // the status message of storage is here

  // Whether the user's state changed.
  bool settle() {
    PresenceState state = PresenceState::Offline;
    for (const auto& [device, presence] : devices) state = std::max(state, presence.state);
    info.currently_active = state == PresenceState::Online;
    return std::exchange(info.state, state) != state;
  }
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

  Known& entry(const UserId& user) {
    Known& found = known[user];
    if (found.info.user.empty()) found.info.user = user;
    return found;
  }
  Task<Result<std::optional<PresenceInfo>>> read(UserId user);
  Task<Result<PresenceInfo>> complete(UserId user);
  Task<void> publish(UserId user);
  void expire();
};

Presence::Presence(storage::Reader& reader, gate::Gate& gate, storage::KeyRing& keys, const Clock& clock,
                   Random& random, PresenceMode mode)
    : state_(new State{reader, gate, keys, clock, random, mode, {}, {}, {}}) {}
Presence::~Presence() = default;

bool Presence::is_on() const {
  return state_->mode == PresenceMode::On;
}

Task<Result<std::optional<PresenceInfo>>> Presence::State::read(UserId user) {
  using Found = std::optional<PresenceInfo>;
  const storage::Key row_key{user.str()};
  auto query = [row_key](storage::Snapshot& s) { return s.get(kPresence, row_key); };
  auto row = co_await reader.read(std::move(query));
  if (!row) co_return std::move(row).error();
  if (!*row) co_return Found();
  const storage::Row& columns = **row;
  PresenceInfo info{.user = user, .status_message = {}, .last_active_ms = storage::integer(columns[3])};
  if (!storage::is_null(columns[2])) {
    auto key = co_await keys.get(crypto::KeyScope::Person, user.view());
    if (!key) co_return std::move(key).error();
    auto status = identity::open_personal(*key, {"presence.status", user.view()}, storage::blob(columns[2]));
    if (!status) co_return std::move(status).error();
    info.status_message = *std::move(status);
  }
  co_return Found(std::move(info));
}

// What memory knows, with what storage knows beyond it.
Task<Result<PresenceInfo>> Presence::State::complete(UserId user) {
  {
    const std::scoped_lock lock(mutex);
    const auto it = known.find(user);
    if (it != known.end() && it->second.has_stored) co_return it->second.info;
  }
  auto stored = co_await read(user);
  if (!stored) co_return std::move(stored).error();
  const std::scoped_lock lock(mutex);
  Known& found = entry(user);
  if (!found.has_stored && stored->has_value()) {
    found.info.status_message = std::move((*stored)->status_message);
    found.info.last_active_ms = std::max(found.info.last_active_ms, (*stored)->last_active_ms);
  }
  found.has_stored = true;
  co_return found.info;
}

Task<Result<void>> Presence::set(gate::Permit permit, UserId user, PresenceState state,
                                 std::optional<std::string> status_message) {
  permit.require(gate::Operation::PresenceSet);
  if (!is_on()) co_return Result<void>();
  const std::int64_t now = state_->clock.now_ms();
  storage::Value sealed = storage::Null{};
  if (status_message) {
    auto key = co_await state_->keys.get_or_create(crypto::KeyScope::Person, user.view());
    if (!key) co_return std::move(key).error();
    sealed = identity::seal_personal(*key, {"presence.status", user.view()}, *status_message, state_->random);
  }
  {
    const std::scoped_lock lock(state_->mutex);
    Known& known = state_->entry(user);
    known.devices[permit.subject().device] = {state, state_->clock.steady_now() + kOfflineAfter};
    known.info.status_message = std::move(status_message);
    known.info.last_active_ms = now;
    known.has_stored = true;
    known.settle();
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
  auto info = co_await state_->complete(std::move(user));
  co_return info;
}

void Presence::touch(const Source& source, PresenceState state, Milliseconds lasting) {
  if (!is_on() || state == PresenceState::Offline) return;
  const std::scoped_lock lock(state_->mutex);
  Known& known = state_->entry(source.user);
  known.devices[source.device] = {state, state_->clock.steady_now() + lasting + kOfflineAfter};
  if (state == PresenceState::Online) known.info.last_active_ms = state_->clock.now_ms();
  if (known.settle()) state_->changed.insert(source.user);
}

std::optional<PresenceInfo> Presence::known(const UserId& user) const {
  const std::scoped_lock lock(state_->mutex);
  const auto it = state_->known.find(user);
  if (it == state_->known.end()) return std::nullopt;
  return it->second.info;
}

void Presence::State::expire() {
  const std::scoped_lock lock(mutex);
  const SteadyTime now = clock.steady_now();
  for (auto& [user, entry] : known) {
    std::erase_if(entry.devices, [&](const auto& device) { return device.second.until <= now; });
    if (entry.settle()) changed.insert(user);
  }
}

Task<void> Presence::State::publish(UserId user) {
  // A status that cannot be read does not keep the state back.
  [[maybe_unused]] auto completed = co_await complete(user);
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
  if (!is_on()) co_return;
  SteadyTime next_expiry = state_->clock.steady_now() + kExpireEvery;
  for (;;) {
    const bool goes_on = co_await runtime::sleep_for(kFlushEvery, stop);
    if (!goes_on) co_return;
    if (state_->clock.steady_now() >= next_expiry) {
      state_->expire();
      next_expiry = state_->clock.steady_now() + kExpireEvery;
    }
    std::unordered_set<UserId> changed;
    {
      const std::scoped_lock lock(state_->mutex);
      changed.swap(state_->changed);
    }
    for (const UserId& user : changed) co_await state_->publish(user);
  }
}

json::Object presence_content(const PresenceInfo& info, std::int64_t now_ms) {
  json::Object content{{"presence", to_string(info.state)}};
  if (info.last_active_ms > 0)
    content["last_active_ago"] = std::max<std::int64_t>(0, now_ms - info.last_active_ms);
  if (info.state == PresenceState::Online) {
    content["currently_active"] = info.currently_active && now_ms - info.last_active_ms < kActiveMs;
  }
  if (info.status_message) content["status_msg"] = *info.status_message;
  return content;
}

std::string render_presence(const PresenceInfo& info, std::int64_t now_ms) {
  json::Object event{{"type", "m.presence"}, {"sender", info.user.view()}};
  event["content"] = presence_content(info, now_ms);
  return json::serialize(event);
}

}  // namespace kuramori::sync
