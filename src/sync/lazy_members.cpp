#include "sync/lazy_members.hpp"

namespace kuramori::sync {
namespace {

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  a ^= b + 0x9E37'79B9'7F4A'7C15ULL + (a << 6U) + (a >> 2U);
  a ^= a >> 32U;
  a *= 0xD6E8'FEB8'6659'FD93ULL;
  return a ^ (a >> 32U);
}

}  // namespace

std::uint64_t LazyMembers::hash_of(const Place& place) {
  return mix(std::hash<SessionId>{}(place.session), std::hash<RoomId>{}(place.room));
}

std::uint64_t LazyMembers::hash_of(const Place& place, const UserId& member) {
  return mix(hash_of(place), std::hash<UserId>{}(member));
}

bool LazyMembers::knows(const Place& place, const UserId& member, StreamPosition since) const {
  const std::scoped_lock lock(mutex_);
  const auto it = sent_.find(hash_of(place, member));
  if (it == sent_.end() || it->second > since) return false;
  const auto began = began_.find(hash_of(place));
  return began == began_.end() || it->second >= began->second;
}

void LazyMembers::sent(const Place& place, const UserId& member, StreamPosition in_response) {
  const std::scoped_lock lock(mutex_);
  if (sent_.size() >= kEntriesMax || began_.size() >= kEntriesMax) {
    sent_.clear();
    began_.clear();
  }
  const auto began = began_.find(hash_of(place));
  const auto [it, added] = sent_.try_emplace(hash_of(place, member), in_response);
  const bool is_of_earlier_life = began != began_.end() && it->second < began->second;
  if (!added && (is_of_earlier_life || in_response < it->second)) it->second = in_response;
}

void LazyMembers::forget(const Place& place, StreamPosition from) {
  const std::scoped_lock lock(mutex_);
  began_[hash_of(place)] = from;
}

}  // namespace kuramori::sync
