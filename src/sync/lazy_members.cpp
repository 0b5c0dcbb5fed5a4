#include "sync/lazy_members.hpp"

namespace kuramori::sync {

std::string LazyMembers::place(const SessionId& session, const RoomId& room) {
  return session.str() + ' ' + room.str();
}

bool LazyMembers::knows(const SessionId& session, const RoomId& room, const UserId& member,
                        StreamPosition since) const {
  const std::scoped_lock lock(mutex_);
  const auto known = known_.find(place(session, room));
  if (known == known_.end()) return false;
  const auto it = known->second.find(member);
  return it != known->second.end() && it->second <= since;
}

void LazyMembers::sent(const SessionId& session, const RoomId& room, const UserId& member,
                       StreamPosition in_response) {
  const std::scoped_lock lock(mutex_);
  if (entries_ >= kEntriesMax) {
    known_.clear();
    entries_ = 0;
  }
  const auto [it, added] = known_[place(session, room)].try_emplace(member, in_response);
  if (added) ++entries_;
  if (!added && in_response < it->second) it->second = in_response;
}

void LazyMembers::forget(const SessionId& session, const RoomId& room) {
  const std::scoped_lock lock(mutex_);
  const auto known = known_.find(place(session, room));
  if (known == known_.end()) return;
  entries_ -= known->second.size();
  known_.erase(known);
}

}  // namespace kuramori::sync
