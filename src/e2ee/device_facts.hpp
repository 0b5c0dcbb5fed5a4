// What memory knows of each device: where its queue of messages begins and ends, and its stock of keys. Lives
// as long as the process; fed by the stream, filled by whoever reads storage, bounded (what is dropped is
// read again). A sync that finds nothing new asks only here.
//
//   const auto version = facts.begin(device);        // before the read
//   ... read storage ...
//   facts.learn_queue(device, version, {oldest, newest});   // kept unless the stream said otherwise
//   meanwhile
#pragma once
#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "base/metrics.hpp"
#include "crypto/hash.hpp"
#include "identity/encryption_changes.hpp"
#include "storage/store.hpp"

namespace kuramori::e2ee {

// Positions of the first and the last message that may still be kept; 0: none.
struct QueueEnds {
  std::int64_t oldest = 0;
  std::int64_t newest = 0;
};

// What nearly every device has: keys of one algorithm (signed_curve25519). Others are not remembered.
struct StockFacts {
  std::uint32_t signed_keys = 0;
  bool has_unused_fallback = false;
};

class DeviceFacts final : public storage::StreamListener {
 public:
  explicit DeviceFacts(std::size_t devices_max = 1'000'000);

  std::optional<QueueEnds> queue(const identity::DeviceRef& device) const;
  std::optional<StockFacts> stock(const identity::DeviceRef& device) const;

  using Version = std::uint32_t;
  Version begin(const identity::DeviceRef& device);
  void learn_queue(const identity::DeviceRef& device, Version version, QueueEnds ends);
  void learn_stock(const identity::DeviceRef& device, Version version, StockFacts stock);
  // Nothing up to `position` is wanted any more. False when nothing was kept up to there.
  bool acknowledge(const identity::DeviceRef& device, StreamPosition position);

  void committed(std::span<const Change> changes) override;

 private:
  // Half of a SHA-256: an identifier would cost twice the memory.
  using Key = std::array<std::uint64_t, 2>;
  struct KeyHash {
    std::size_t operator()(const Key& key) const { return key[0]; }
  };
  struct Facts {
    QueueEnds queue;
    std::uint32_t signed_keys = 0;
    Version version = 0;
    bool knows_queue = false;
    bool knows_stock = false;
    bool has_unused_fallback = false;
  };
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<Key, Facts, KeyHash> facts;
    Version next_version = 1;
  };
  static Key key_of(const identity::DeviceRef& device);
  Shard& shard(const Key& key) { return shards_[key[1] % kShards]; }
  const Shard& shard(const Key& key) const { return shards_[key[1] % kShards]; }
  void queued(const identity::DeviceRef& device, StreamPosition position);
  void forget_stock(const identity::DeviceRef& device);
  void forget(const identity::DeviceRef& device);

  static constexpr std::size_t kShards = 32;
  const std::size_t shard_max_;
  std::array<Shard, kShards> shards_;
};

}  // namespace kuramori::e2ee
