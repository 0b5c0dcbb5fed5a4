// Which members a device already knows, so that lazy loading need not repeat them. A member counts as known
// only from the position of the response that carried it on: a client that asks again with an older token
// lost that response. Bounded; forgetting only costs a repetition. Entries are 64-bit hashes: two members
// that meet in one would cost a client a name, and that is all.
#pragma once
#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "base/identifiers.hpp"

namespace kuramori::sync {

class LazyMembers {
 public:
  static constexpr std::size_t kEntriesMax = 1'000'000;

  // What one response shows one device of one room.
  struct Place {
    const SessionId& session;
    const RoomId& room;
  };
  bool knows(const Place& place, const UserId& member, StreamPosition since) const;
  void sent(const Place& place, const UserId& member, StreamPosition in_response);
  // The device began anew in this room, with the response that ends at `from`.
  void forget(const Place& place, StreamPosition from);

 private:
  static std::uint64_t hash_of(const Place& place);
  static std::uint64_t hash_of(const Place& place, const UserId& member);
  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, StreamPosition> sent_;
  std::unordered_map<std::uint64_t, StreamPosition> began_;
};

}  // namespace kuramori::sync
