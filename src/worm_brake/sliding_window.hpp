// Into how many rooms each account sent the same lately. In memory and bounded; a restart begins anew.
#pragma once
#include <list>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/identifiers.hpp"
#include "worm_brake/fingerprints.hpp"

namespace kuramori::worm_brake {

// What was sent too widely.
struct Excess {
  Fingerprint fingerprint = {};
  std::size_t rooms = 0;
  StreamPosition from = {};  // nothing of it was sent before
};

// Not thread-safe.
class SlidingWindow {
 public:
  static constexpr std::size_t kAccountsMax = 50'000;  // beyond, the longest silent are forgotten
  static constexpr std::size_t kFingerprintsPerAccountMax = 200;

  explicit SlidingWindow(Milliseconds window) : window_(window) {}

  struct Sent {
    UserId user;
    RoomId room;
    SteadyTime when;
    StreamPosition position;  // the stream's last before it
  };
  // Counts, and answers when one of the fingerprints is now in more than `rooms_max` rooms.
  std::optional<Excess> count(const Sent& sent, const std::vector<Fingerprint>& fingerprints,
                              std::size_t rooms_max);
  void forget(const UserId& user) { accounts_.erase(user); }
  std::size_t accounts() const { return accounts_.size(); }

 private:
  struct Use {
    std::size_t room_hash;  // tells most rooms apart without looking at their names
    RoomId room;
    SteadyTime when;
    StreamPosition position;
  };
  // Of one fingerprint: each room once, the oldest use first.
  struct Spread {
    std::int64_t hash;
    std::vector<Use> uses;
  };
  using Spreads = std::list<Spread>;
  struct Account {
    SteadyTime last;
    Spreads spreads;  // what was sent last at the end
    std::unordered_map<std::int64_t, Spreads::iterator> by_hash;
  };
  void make_room(SteadyTime now);
  void forget_old(Account& account, SteadyTime now) const;
  // The spread of a fingerprint, moved to the end and without old uses; null when there is no room for one.
  Spread* touch(Account& account, std::int64_t hash, SteadyTime now) const;

  Milliseconds window_;
  std::unordered_map<UserId, Account> accounts_;
};

}  // namespace kuramori::worm_brake
