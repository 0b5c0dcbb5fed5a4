#include "e2ee/device_facts.hpp"

#include <cstring>

#include "identity/devices.hpp"

namespace kuramori::e2ee {

DeviceFacts::DeviceFacts(std::size_t devices_max)
    : shard_max_(std::max<std::size_t>(1, devices_max / kShards)) {}

DeviceFacts::Key DeviceFacts::key_of(const identity::DeviceRef& device) {
  static constexpr std::uint8_t kNul = 0;
  const crypto::Sha256 hash =
      crypto::sha256({as_bytes(device.user.view()), ByteView(&kNul, 1), as_bytes(device.device.view())});
  Key key{};
  std::memcpy(key.data(), hash.data(), sizeof key);
  return key;
}

std::optional<QueueEnds> DeviceFacts::queue(const identity::DeviceRef& device) const {
  const Key key = key_of(device);
  const Shard& in = shard(key);
  const std::scoped_lock lock(in.mutex);
  const auto found = in.facts.find(key);
  if (found == in.facts.end() || !found->second.knows_queue) return std::nullopt;
  return found->second.queue;
}

std::optional<StockFacts> DeviceFacts::stock(const identity::DeviceRef& device) const {
  const Key key = key_of(device);
  const Shard& in = shard(key);
  const std::scoped_lock lock(in.mutex);
  const auto found = in.facts.find(key);
  if (found == in.facts.end() || !found->second.knows_stock) return std::nullopt;
  return StockFacts{found->second.signed_keys, found->second.has_unused_fallback};
}

DeviceFacts::Version DeviceFacts::begin(const identity::DeviceRef& device) {
  const Key key = key_of(device);
  Shard& in = shard(key);
  const std::scoped_lock lock(in.mutex);
  auto found = in.facts.find(key);
  if (found == in.facts.end()) {
    if (in.facts.size() >= shard_max_) in.facts.erase(in.facts.begin());
    found = in.facts.emplace(key, Facts{}).first;
    // Versions never repeat: who read before an entry was dropped cannot fill its successor.
    found->second.version = in.next_version++;
  }
  return found->second.version;
}

void DeviceFacts::learn_queue(const identity::DeviceRef& device, Version version, QueueEnds ends) {
  const Key key = key_of(device);
  Shard& in = shard(key);
  const std::scoped_lock lock(in.mutex);
  const auto found = in.facts.find(key);
  if (found == in.facts.end() || found->second.version != version || found->second.knows_queue) return;
  found->second.queue = ends;
  found->second.knows_queue = true;
}

void DeviceFacts::learn_stock(const identity::DeviceRef& device, Version version, StockFacts stock) {
  const Key key = key_of(device);
  Shard& in = shard(key);
  const std::scoped_lock lock(in.mutex);
  const auto found = in.facts.find(key);
  if (found == in.facts.end() || found->second.version != version) return;
  found->second.signed_keys = stock.signed_keys;
  found->second.has_unused_fallback = stock.has_unused_fallback;
  found->second.knows_stock = true;
}

bool DeviceFacts::acknowledge(const identity::DeviceRef& device, StreamPosition position) {
  const Key key = key_of(device);
  Shard& in = shard(key);
  const std::scoped_lock lock(in.mutex);
  const auto found = in.facts.find(key);
  if (found == in.facts.end() || !found->second.knows_queue) return false;
  QueueEnds& queue = found->second.queue;
  if (queue.oldest == 0 || queue.oldest > position.value) return false;
  if (queue.newest <= position.value) {
    queue = {};
  } else {
    queue.oldest = position.value + 1;
  }
  return true;
}

void DeviceFacts::queued(const identity::DeviceRef& device, StreamPosition position) {
  const Key key = key_of(device);
  Shard& in = shard(key);
  const std::scoped_lock lock(in.mutex);
  const auto found = in.facts.find(key);
  if (found == in.facts.end()) return;
  found->second.version = in.next_version++;
  QueueEnds& queue = found->second.queue;
  queue.newest = position.value;
  if (queue.oldest == 0) queue.oldest = position.value;
}

void DeviceFacts::forget_stock(const identity::DeviceRef& device) {
  const Key key = key_of(device);
  Shard& in = shard(key);
  const std::scoped_lock lock(in.mutex);
  const auto found = in.facts.find(key);
  if (found == in.facts.end()) return;
  found->second.version = in.next_version++;
  found->second.knows_stock = false;
}

void DeviceFacts::forget(const identity::DeviceRef& device) {
  const Key key = key_of(device);
  Shard& in = shard(key);
  const std::scoped_lock lock(in.mutex);
  in.facts.erase(key);
}

void DeviceFacts::committed(std::span<const Change> changes) {
  for (const Change& change : changes) {
    const storage::ChangePayload* payload = change.payload.get();
    if (const auto* messages = dynamic_cast<const identity::ToDeviceQueued*>(payload)) {
      for (const identity::DeviceRef& device : messages->devices) queued(device, change.position);
    } else if (const auto* stock = dynamic_cast<const identity::KeyStockChanged*>(payload)) {
      for (const identity::DeviceRef& device : stock->devices) forget_stock(device);
    } else if (const auto* list = dynamic_cast<const identity::DeviceListChanged*>(payload)) {
      for (const DeviceId& device : list->removed) forget({list->user, device});
    }
  }
}

}  // namespace kuramori::e2ee
