#include "storage/key_cache.hpp"

#include <algorithm>

namespace kuramori::storage::detail {
namespace {

// The scope is part of the name. Room and user identifiers are short: no allocation in the common case would
// need a second comparison, and one small string is cheaper than that is complicated.
std::string name_of(crypto::KeyScope scope, std::string_view owner) {
  std::string name;
  name.reserve(owner.size() + 1);
  name.push_back(static_cast<char>('0' + static_cast<int>(scope)));
  name.append(owner);
  return name;
}

}  // namespace

KeyCache::KeyCache(std::size_t keys_max) : shard_max_(std::max<std::size_t>(1, keys_max / kShards)) {}

KeyCache::Shard& KeyCache::shard(std::string_view name) {
  return shards_[Hash{}(name) % kShards];
}

std::optional<crypto::SecretKey> KeyCache::get(crypto::KeyScope scope, std::string_view owner) {
  const std::string name = name_of(scope, owner);
  Shard& s = shard(name);
  const std::lock_guard lock(s.mutex);
  const auto found = s.places.find(name);
  if (found == s.places.end()) return std::nullopt;
  Slot& slot = s.slots[found->second];
  slot.used = true;
  return slot.key;
}

std::size_t KeyCache::free_slot(Shard& s) const {
  if (s.slots.size() < shard_max_) {
    s.slots.emplace_back();
    return s.slots.size() - 1;
  }
  for (;;) {
    const std::size_t place = s.hand;
    s.hand = (s.hand + 1) % s.slots.size();
    Slot& slot = s.slots[place];
    if (!slot.name.empty() && std::exchange(slot.used, false)) continue;
    if (!slot.name.empty()) s.places.erase(slot.name);
    return place;
  }
}

void KeyCache::put(crypto::KeyScope scope, std::string_view owner, const crypto::SecretKey& key) {
  std::string name = name_of(scope, owner);
  Shard& s = shard(name);
  const std::lock_guard lock(s.mutex);
  if (s.forgotten.contains(Hash{}(name)) || s.places.contains(name)) return;
  const std::size_t place = free_slot(s);
  s.slots[place] = {.name = name, .key = key, .used = true};
  s.places.emplace(std::move(name), place);
}

void KeyCache::forget(crypto::KeyScope scope, std::string_view owner) {
  const std::string name = name_of(scope, owner);
  Shard& s = shard(name);
  const std::lock_guard lock(s.mutex);
  s.forgotten.insert(Hash{}(name));
  const auto found = s.places.find(name);
  if (found == s.places.end()) return;
  s.slots[found->second] = Slot{};
  s.places.erase(found);
}

}  // namespace kuramori::storage::detail
