#include "rooms/room_state.hpp"

#include <functional>
#include <utility>

#include "json/json.hpp"

namespace kuramori::rooms {
namespace {

constexpr std::size_t kEntriesPerShard = 32;  // on average, before the number of shards grows
constexpr std::size_t kShardGrowth = 8;
constexpr std::size_t kShardsMax = 4096;

std::size_t hash_of(std::string_view type, std::string_view state_key) {
  const std::hash<std::string_view> hash;
  return hash(type) * 0x9E3779B97F4A7C15ULL + hash(state_key);
}

std::size_t mix(std::size_t hash) {
  return (hash ^ (hash >> 32U)) * 0xD6E8FEB86659FD93ULL >> 32U;
}

struct Entry {
  std::size_t hash;
  matrix::EventPtr event;
  matrix::Membership membership;  // None for anything but m.room.member
};

bool is_at(const Entry& entry, std::size_t hash, std::string_view type, std::string_view state_key) {
  return entry.hash == hash && entry.event->type() == type && *entry.event->state_key() == state_key;
}

using Shard = std::vector<Entry>;

}  // namespace

// A hash table of small immutable shards: a change copies the table of pointers and one shard.
struct RoomState::Data {
  std::vector<std::shared_ptr<const Shard>> shards{1};
  std::size_t size = 0;
  std::size_t joined = 0;
  std::size_t invited = 0;

  std::size_t shard_of(std::size_t hash) const { return mix(hash) & (shards.size() - 1); }

  const Entry* find(std::size_t hash, std::string_view type, std::string_view state_key) const {
    const auto& shard = shards[shard_of(hash)];
    if (shard == nullptr) return nullptr;
    for (const Entry& entry : *shard) {
      if (is_at(entry, hash, type, state_key)) return &entry;
    }
    return nullptr;
  }

  void count(matrix::Membership membership, std::ptrdiff_t by) {
    if (membership == matrix::Membership::Join) joined += static_cast<std::size_t>(by);
    if (membership == matrix::Membership::Invite) invited += static_cast<std::size_t>(by);
  }

  // Puts `added` where `hash` belongs, in place of the entry at (type, state_key); null removes it.
  void replace(std::size_t hash, std::string_view type, std::string_view state_key, const Entry* added) {
    auto& shard = shards[shard_of(hash)];
    auto copy = std::make_shared<Shard>();
    if (shard != nullptr) {
      copy->reserve(shard->size() + 1);
      for (const Entry& entry : *shard) {
        if (!is_at(entry, hash, type, state_key)) {
          copy->push_back(entry);
          continue;
        }
        count(entry.membership, -1);
        --size;
      }
    }
    if (added != nullptr) {
      copy->push_back(*added);
      count(added->membership, 1);
      ++size;
    }
    shard = std::move(copy);
  }

  void grow() {
    if (size <= shards.size() * kEntriesPerShard || shards.size() >= kShardsMax) return;
    std::vector<std::shared_ptr<Shard>> wider(shards.size() * kShardGrowth);
    for (const auto& shard : shards) {
      if (shard == nullptr) continue;
      for (const Entry& entry : *shard) {
        auto& target = wider[mix(entry.hash) & (wider.size() - 1)];
        if (target == nullptr) target = std::make_shared<Shard>();
        target->push_back(entry);
      }
    }
    shards.assign(wider.begin(), wider.end());
  }
};

RoomState::RoomState() : data_(std::make_shared<const Data>()) {}
RoomState::RoomState(std::shared_ptr<const Data> data) : data_(std::move(data)) {}
RoomState::RoomState(const RoomState&) = default;
RoomState::~RoomState() = default;

matrix::EventPtr RoomState::find(std::string_view type, std::string_view state_key) const {
  const Entry* entry = data_->find(hash_of(type, state_key), type, state_key);
  return entry == nullptr ? nullptr : entry->event;
}

RoomStatePtr RoomState::with(matrix::EventPtr event) const {
  auto data = std::make_shared<Data>(*data_);
  const std::string& type = event->type();
  const std::string& key = *event->state_key();
  auto membership = matrix::Membership::None;
  if (type == "m.room.member") {
    membership = matrix::parse_membership(json::string_or(event->content(), "membership", ""));
  }
  const Entry entry{.hash = hash_of(type, key), .event = event, .membership = membership};
  data->replace(entry.hash, type, key, &entry);
  data->grow();
  return RoomStatePtr(new RoomState(std::move(data)));
}

RoomStatePtr RoomState::without(std::string_view type, std::string_view state_key) const {
  auto data = std::make_shared<Data>(*data_);
  data->replace(hash_of(type, state_key), type, state_key, nullptr);
  return RoomStatePtr(new RoomState(std::move(data)));
}

void RoomState::for_each(const std::function<void(const matrix::EventPtr&)>& visit) const {
  for (const auto& shard : data_->shards) {
    if (shard == nullptr) continue;
    for (const Entry& entry : *shard) visit(entry.event);
  }
}

std::size_t RoomState::size() const {
  return data_->size;
}
std::size_t RoomState::joined_count() const {
  return data_->joined;
}
std::size_t RoomState::invited_count() const {
  return data_->invited;
}

matrix::Membership RoomState::membership(const UserId& user) const {
  const Entry* entry = data_->find(hash_of("m.room.member", user.view()), "m.room.member", user.view());
  return entry == nullptr ? matrix::Membership::None : entry->membership;
}

void RoomState::for_each_joined(const std::function<void(const UserId&)>& visit) const {
  for (const auto& shard : data_->shards) {
    if (shard == nullptr) continue;
    for (const Entry& entry : *shard) {
      if (entry.membership == matrix::Membership::Join) visit(UserId(*entry.event->state_key()));
    }
  }
}

matrix::HistoryVisibility RoomState::history_visibility() const {
  const matrix::EventPtr event = find("m.room.history_visibility", "");
  if (event == nullptr) return matrix::HistoryVisibility::Shared;
  return matrix::parse_history_visibility(json::string_or(event->content(), "history_visibility", ""));
}

matrix::PowerLevels RoomState::power_levels() const {
  // The events live as long as this state, and so as long as what the caller asks them for.
  const Entry* create = data_->find(hash_of("m.room.create", ""), "m.room.create", "");
  const Entry* levels = data_->find(hash_of("m.room.power_levels", ""), "m.room.power_levels", "");
  return {create == nullptr ? nullptr : create->event.get(),
          levels == nullptr ? nullptr : levels->event.get()};
}

}  // namespace kuramori::rooms
