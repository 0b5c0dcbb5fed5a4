#include "identity/last_seen.hpp"

#include <memory>

namespace kuramori::identity {

void LastSeen::note(const UserId& user, const DeviceId& device, std::string_view address, Timestamp now) {
  const KeyView key{user.view(), device.view()};
  Shard& shard = shard_of(key);
  const std::scoped_lock lock(shard.mutex);
  const auto found = shard.entries.find(key);
  if (found != shard.entries.end()) {
    Entry& entry = *found->second;
    const bool is_recent = now < entry.at + kResolution && now >= entry.at;
    if (is_recent && entry.address == address) return;
    entry.address = address;
    entry.at = now;
    entry.is_written = false;
    return;
  }
  if (shard.entries.size() >= kPerShardMax) {
    std::erase_if(shard.entries, [](const auto& entry) { return entry.second->is_written; });
    if (shard.entries.size() >= kPerShardMax) return;  // the next flush makes room
  }
  auto entry = std::make_unique<Entry>(Entry{user, device, std::string(address), now});
  const KeyView own{entry->user.view(), entry->device.view()};
  shard.entries.emplace(own, std::move(entry));
}

std::optional<LastSeen::Entry> LastSeen::find(const UserId& user, const DeviceId& device) const {
  const KeyView key{user.view(), device.view()};
  const Shard& shard = shard_of(key);
  const std::scoped_lock lock(shard.mutex);
  const auto found = shard.entries.find(key);
  if (found == shard.entries.end()) return std::nullopt;
  return *found->second;
}

void LastSeen::forget(const UserId& user, const DeviceId& device) {
  const KeyView key{user.view(), device.view()};
  Shard& shard = shard_of(key);
  const std::scoped_lock lock(shard.mutex);
  // Erased by iterator: erasing by key would compare with views into what is being destroyed.
  if (const auto found = shard.entries.find(key); found != shard.entries.end()) shard.entries.erase(found);
}

std::vector<LastSeen::Entry> LastSeen::take_unwritten() {
  std::vector<Entry> taken;
  for (Shard& shard : shards_) {
    const std::scoped_lock lock(shard.mutex);
    for (auto& [key, entry] : shard.entries) {
      if (entry->is_written) continue;
      taken.push_back(*entry);
      entry->is_written = true;
    }
  }
  return taken;
}

}  // namespace kuramori::identity
