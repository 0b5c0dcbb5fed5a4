// Which members a device already knows, so that lazy loading need not repeat them. A member counts as known
// only from the position of the response that carried it on: a client that asks again with an older token
// lost that response. Bounded; forgetting only costs a repetition.
#pragma once
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/identifiers.hpp"

namespace kuramori::sync {

class LazyMembers {
 public:
  static constexpr std::size_t kEntriesMax = 1'000'000;

  bool knows(const SessionId& session, const RoomId& room, const UserId& member, StreamPosition since) const;
  void sent(const SessionId& session, const RoomId& room, const UserId& member, StreamPosition in_response);
  // The device began anew in this room.
  void forget(const SessionId& session, const RoomId& room);

 private:
  static std::string place(const SessionId& session, const RoomId& room);
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::unordered_map<UserId, StreamPosition>> known_;
  std::size_t entries_ = 0;
};

}  // namespace kuramori::sync
