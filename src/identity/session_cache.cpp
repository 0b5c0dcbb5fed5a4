#include "identity/session_cache.hpp"

#include <algorithm>

namespace kuramori::identity {

SessionCache::SessionCache(std::size_t sessions_max)
    : per_shard_max_(std::max<std::size_t>(1, sessions_max / kShards)) {}

SessionPtr SessionCache::find(const TokenHash& hash) {
  Shard& shard = shard_of(hash);
  const std::scoped_lock lock(shard.mutex);
  const auto found = shard.by_hash.find(hash);
  if (found == shard.by_hash.end()) return nullptr;
  shard.recent.splice(shard.recent.begin(), shard.recent, found->second);
  return found->second->session;
}

void SessionCache::put(const TokenHash& hash, SessionPtr session) {
  put(hash, std::move(session), generation());
}

void SessionCache::put(const TokenHash& hash, SessionPtr session, std::uint64_t generation) {
  Shard& shard = shard_of(hash);
  const std::scoped_lock lock(shard.mutex);
  if (generation != generation_.load()) return;
  {
    const std::scoped_lock index(index_mutex_);
    if (ended_.contains(session->id)) return;
    auto& hashes = by_session_[session->id];
    if (std::ranges::find(hashes, hash) == hashes.end()) hashes.push_back(hash);
  }
  if (const auto found = shard.by_hash.find(hash); found != shard.by_hash.end()) {
    found->second->session = std::move(session);
    return;
  }
  shard.recent.push_front({hash, std::move(session)});
  shard.by_hash.emplace(hash, shard.recent.begin());
  if (shard.recent.size() > per_shard_max_) {
    unlink(shard.recent.back());
    shard.by_hash.erase(shard.recent.back().hash);
    shard.recent.pop_back();
  }
}

void SessionCache::erase(const TokenHash& hash) {
  Shard& shard = shard_of(hash);
  const std::scoped_lock lock(shard.mutex);
  const auto found = shard.by_hash.find(hash);
  if (found == shard.by_hash.end()) return;
  unlink(*found->second);
  shard.recent.erase(found->second);
  shard.by_hash.erase(found);
}

void SessionCache::end(const SessionId& session) {
  std::vector<TokenHash> hashes;
  {
    const std::scoped_lock index(index_mutex_);
    if (ended_.insert(session).second) {
      ended_order_.push_back(session);
      if (ended_order_.size() > kEndedMax) {
        ended_.erase(ended_order_.front());
        ended_order_.pop_front();
      }
    }
    if (const auto found = by_session_.find(session); found != by_session_.end()) hashes = found->second;
  }
  for (const TokenHash& hash : hashes) erase(hash);
}

void SessionCache::erase_of(const UserId& user) {
  // First: whoever puts from now on has read after this.
  generation_.fetch_add(1);
  for (Shard& shard : shards_) {
    const std::scoped_lock lock(shard.mutex);
    for (auto entry = shard.recent.begin(); entry != shard.recent.end();) {
      if (entry->session->user != user) {
        ++entry;
        continue;
      }
      unlink(*entry);
      shard.by_hash.erase(entry->hash);
      entry = shard.recent.erase(entry);
    }
  }
}

bool SessionCache::has_ended(const SessionId& session) const {
  const std::scoped_lock index(index_mutex_);
  return ended_.contains(session);
}

// With the shard's mutex held.
void SessionCache::unlink(const Entry& entry) {
  const std::scoped_lock index(index_mutex_);
  const auto found = by_session_.find(entry.session->id);
  if (found == by_session_.end()) return;
  std::erase(found->second, entry.hash);
  if (found->second.empty()) by_session_.erase(found);
}

}  // namespace kuramori::identity
