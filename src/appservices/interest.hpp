// Which events a service is told of (application-service API, "Registration"): those of its rooms, of rooms
// with an alias or a member of its own, and those about its users. Judged at the event's place in the stream.
// One per service, used by one coroutine at a time.
#pragma once
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "appservices/services.hpp"
#include "rooms/reader.hpp"
#include "storage/store.hpp"

namespace kuramori::appservices {

// An event without its content: enough to judge, and to find it again.
struct EventPlace {
  StreamPosition position = {};
  RoomId room = {};
  std::optional<std::string> state_key = {};
  bool is_member = false;  // m.room.member
  UserId sender = {};
};

// Events at places in (after, up_to], in order; `reached` is where to go on.
struct Places {
  std::vector<EventPlace> events = {};
  StreamPosition reached = {};
};
runtime::Task<Result<Places>> places_after(storage::Reader& reader, StreamPosition after,
                                           StreamPosition up_to, std::size_t limit);
runtime::Task<Result<std::vector<EventPlace>>> places_at(storage::Reader& reader,
                                                         std::vector<StreamPosition> positions);

class Interest {
 public:
  Interest(const Services& services, const Registration& service, rooms::RoomReader& rooms,
           storage::Reader& reader);

  runtime::Task<Result<bool>> covers(EventPlace place);
  // The room as it is now: for what is not kept (typing, receipts).
  runtime::Task<Result<bool>> covers_room_now(RoomId room);
  // Whether the user is the service's, or is in a room with one of those or in a room of the service, among
  // the first kRoomsOfUserMax: for presence.
  runtime::Task<Result<bool>> shares_room(UserId user);
  bool is_own(const UserId& user);

 private:
  static constexpr std::size_t kRoomsOfUserMax = 2'000;
  static constexpr std::size_t kKnownUsersMax = 100'000;
  static constexpr std::size_t kKnownRoomsMax = 10'000;

  bool has_own_member(const rooms::RoomState& state);
  bool is_known_to_have(const RoomId& room, rooms::RoomStatePtr state);
  runtime::Task<Result<bool>> covers_state(RoomId room, rooms::RoomStatePtr state);
  runtime::Task<Result<bool>> has_own_alias(RoomId room);

  const Services& services_;
  const Registration& service_;
  rooms::RoomReader& rooms_;
  storage::Reader& reader_;
  // Answers that stay true: a user is in the namespace or is not; a state, while it is the same object.
  std::unordered_map<UserId, bool> users_;
  struct KnownState {
    rooms::RoomStatePtr state;
    bool has_own = false;
  };
  std::unordered_map<RoomId, KnownState> states_;
};

}  // namespace kuramori::appservices
