// The live sessions in memory, by the hash of their access token: sharded, least recently used first out.
// Thread-safe.
//
// A session that ended is remembered for a while, so that a look-up in the store that began before its end
// cannot put it back.
#pragma once
#include <array>
#include <atomic>
#include <cstring>
#include <deque>
#include <list>
#include <mutex>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "identity/session.hpp"
#include "identity/tokens.hpp"

namespace kuramori::identity {

struct TokenHasher {
  std::size_t operator()(const TokenHash& hash) const noexcept {
    std::size_t value = 0;
    std::memcpy(&value, hash.data(), sizeof(value));
    return value;
  }
};

class SessionCache {
 public:
  explicit SessionCache(std::size_t sessions_max);

  SessionPtr find(const TokenHash& hash);
  // Not when the session has ended meanwhile, nor when it was read from the store at an earlier generation.
  void put(const TokenHash& hash, SessionPtr session);
  void put(const TokenHash& hash, SessionPtr session, std::uint64_t generation);
  std::uint64_t generation() const { return generation_.load(); }
  void erase(const TokenHash& hash);
  void end(const SessionId& session);
  // What was read of this person before is not believed any more. Looks at every session: rare.
  void erase_of(const UserId& user);
  bool has_ended(const SessionId& session) const;

 private:
  static constexpr std::size_t kShards = 64;
  static constexpr std::size_t kEndedMax = 100'000;

  struct Entry {
    TokenHash hash;
    SessionPtr session;
  };
  struct Shard {
    std::mutex mutex;
    std::list<Entry> recent;  // most recently used first
    std::unordered_map<TokenHash, std::list<Entry>::iterator, TokenHasher> by_hash;
  };
  Shard& shard_of(const TokenHash& hash) { return shards_[hash[31] % kShards]; }
  void unlink(const Entry& entry);

  std::size_t per_shard_max_;
  std::array<Shard, kShards> shards_;
  std::atomic<std::uint64_t> generation_{0};

  // Locked after a shard's mutex, never before it.
  mutable std::mutex index_mutex_;
  std::unordered_map<SessionId, std::vector<TokenHash>> by_session_;
  std::unordered_set<SessionId> ended_;
  std::deque<SessionId> ended_order_;
};

}  // namespace kuramori::identity
