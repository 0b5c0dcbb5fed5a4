// Opened keys in memory, bounded, thread-safe. Each shard evicts by the clock algorithm: a key that was used
// since the hand last came by stays for another round.
#pragma once
#include <array>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "crypto/key_tree.hpp"

namespace kuramori::storage::detail {

class KeyCache {
 public:
  explicit KeyCache(std::size_t keys_max);

  std::optional<crypto::SecretKey> get(crypto::KeyScope scope, std::string_view owner);
  void put(crypto::KeyScope scope, std::string_view owner, const crypto::SecretKey& key);
  // For good: a reader that still holds an older snapshot cannot put a destroyed key back.
  void forget(crypto::KeyScope scope, std::string_view owner);

 private:
  struct Slot {
    std::string name;  // empty: free
    crypto::SecretKey key;
    bool used = false;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const { return std::hash<std::string_view>{}(name); }
  };
  struct Shard {
    std::mutex mutex;
    std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> places;
    std::vector<Slot> slots;
    std::size_t hand = 0;
    std::unordered_set<std::size_t> forgotten;  // hashes: a collision only costs a cache entry
  };
  Shard& shard(std::string_view name);
  std::size_t free_slot(Shard& shard) const;

  static constexpr std::size_t kShards = 16;
  std::size_t shard_max_;
  std::array<Shard, kShards> shards_;
};

}  // namespace kuramori::storage::detail
