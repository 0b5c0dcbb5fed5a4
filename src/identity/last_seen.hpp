// When and from where each device was last heard of, in memory until it is written. Bounded, thread-safe.
#pragma once
#include <array>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/identifiers.hpp"

namespace kuramori::identity {

class LastSeen {
 public:
  struct Entry {
    UserId user;
    DeviceId device;
    std::string address;
    Timestamp at;
    bool is_written = false;
  };

  // Once a minute for each device at most, unless the address changed.
  void note(const UserId& user, const DeviceId& device, std::string_view address, Timestamp now);
  std::optional<Entry> find(const UserId& user, const DeviceId& device) const;
  void forget(const UserId& user, const DeviceId& device);
  // Those that are not written yet, which count as written from now on.
  std::vector<Entry> take_unwritten();

 private:
  static constexpr std::size_t kShards = 32;
  static constexpr std::size_t kPerShardMax = 8'192;
  static constexpr Milliseconds kResolution{60'000};

  struct KeyView {
    std::string_view user;
    std::string_view device;
    bool operator==(const KeyView&) const = default;
  };
  struct Hasher {
    std::size_t operator()(const KeyView& key) const noexcept {
      const std::hash<std::string_view> hash;
      return hash(key.user) * 31 + hash(key.device);
    }
  };
  struct Shard {
    mutable std::mutex mutex;
    // The key views point into the entry, which stays where it is.
    std::unordered_map<KeyView, std::unique_ptr<Entry>, Hasher> entries;
  };
  Shard& shard_of(const KeyView& key) { return shards_[Hasher{}(key) % kShards]; }
  const Shard& shard_of(const KeyView& key) const { return shards_[Hasher{}(key) % kShards]; }

  std::array<Shard, kShards> shards_;
};

}  // namespace kuramori::identity
