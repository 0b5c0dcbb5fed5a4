// What sliding sync remembers of each connection of a device: in memory alone, bounded. A client whose
// connection was forgotten (or that comes back after a restart) is told M_UNKNOWN_POS and begins anew.
//
// A connection holds what the client has acknowledged and at most one answer that it has not. Asking with the
// answer's position acknowledges it; asking with the earlier one says that the answer was lost, and it is
// worked out again.
#pragma once
#include <atomic>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/random.hpp"
#include "matrix/authorisation.hpp"
#include "runtime/sequencer.hpp"
#include "sync/room_feed.hpp"
#include "sync/sliding_required_state.hpp"
#include "sync/unread.hpp"

namespace kuramori::sync {

// Hashes of members, sorted. Two that meet in one would cost a client a name, and that is all.
using SentMembers = std::shared_ptr<const std::vector<std::uint64_t>>;

// What a client was told of one room.
struct RoomSent {
  StreamPosition up_to;     // timeline and state
  StreamPosition counted;   // the counts below were right here
  StreamPosition receipts;  // 0: none yet
  StreamPosition typing;    // 0: none yet
  RequiredStatePtr required;
  SentMembers members;  // told because something needed them; null: none
  std::uint32_t timeline_limit = 0;
  std::uint32_t notifications = 0;
  std::uint32_t highlights = 0;
  matrix::Membership membership = matrix::Membership::None;
  bool is_dm = false;
  bool account_data = false;  // all of it up to the connection's position
};
// The feed is kept as long as its room is remembered, so that its address stays its name.
using SentRooms = std::unordered_map<RoomFeedPtr, RoomSent>;

struct SlidingState {
  std::uint64_t number = 0;  // of the position
  StreamPosition up_to;
  std::uint64_t fingerprint = 0;  // of the request that was answered
  bool account_data = false;      // the global one was told up to up_to
  SentRooms rooms;
};

// One answer, as a change of the state.
struct SlidingDelta {
  std::uint64_t number = 0;
  StreamPosition up_to;
  std::uint64_t fingerprint = 0;
  bool account_data = false;
  SentRooms rooms;
  std::vector<RoomFeedPtr> gone;
};

// What account data says of rooms.
struct PersonalRooms {
  StreamPosition direct_known;
  std::unordered_set<RoomId> direct;  // m.direct
  StreamPosition tags_known;
  std::unordered_map<RoomId, std::vector<std::string>> tags;
};

struct SlidingConnection {
  SlidingConnection(SessionId of, std::string its_name, std::string its_nonce)
      : session(std::move(of)), name(std::move(its_name)), nonce(std::move(its_nonce)) {}
  const SessionId session;
  const std::string name;
  const std::string nonce;
  // Of the newest request; an older one that still waits gives up.
  std::atomic<std::uint64_t> turn{0};
  std::atomic<std::uint32_t> parked{0};

  // Held while a request looks; what follows belongs to who holds it.
  runtime::Sequencer lane{16};
  SlidingState acknowledged;
  std::optional<SlidingDelta> pending;
  std::uint64_t last_number = 0;
  PersonalRooms personal;
  std::map<std::string, std::size_t, std::less<>> counts;  // of the lists, when they were last looked at
  std::vector<RequiredStatePtr> required;                  // those that rooms were told by

  std::string position_text(std::uint64_t number) const;
  // Takes the position of a request: whether it is one that may be asked with now.
  bool accept(std::uint64_t number);
  // The same object for the same rules, so that a thousand rooms share one.
  RequiredStatePtr intern(RequiredStatePtr state);
};
using SlidingConnectionPtr = std::shared_ptr<SlidingConnection>;

class SlidingConnections {
 public:
  struct Limits {
    std::size_t per_session_max = 8;
    std::size_t connections_max = 100'000;
    std::size_t rooms_max = 5'000'000;  // remembered by all connections together
  };
  SlidingConnections(Random& random, Limits limits) : random_(random), limits_(limits) {}

  // Begins anew, in place of a connection of that name.
  SlidingConnectionPtr open(const SessionId& session, const std::string& name);
  struct Position {
    SlidingConnectionPtr connection;
    std::uint64_t number = 0;
  };
  // The connection that gave out the position; M_UNKNOWN_POS when there is none.
  Result<Position> find(const SessionId& session, const std::string& name, std::string_view position);
  // How many rooms the connection remembers now.
  void note_rooms(const SlidingConnection& connection, std::size_t rooms);
  std::size_t size() const;

 private:
  struct Slot {
    SlidingConnectionPtr connection;
    std::size_t rooms = 0;
  };
  using Slots = std::list<Slot>;  // most recently used first
  Slots::iterator* find_slot(const SessionId& session, const std::string& name);
  void drop(Slots::iterator slot);
  void shrink();

  Random& random_;
  const Limits limits_;
  mutable std::mutex mutex_;
  Slots slots_;
  std::unordered_map<SessionId, std::vector<Slots::iterator>> by_session_;
  std::size_t rooms_ = 0;
};

Error unknown_position();

}  // namespace kuramori::sync
