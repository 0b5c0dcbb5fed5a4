// What people may know of rooms before they are in them: summaries, and the tree of a space (client-server
// API, "Room Summaries", module spaces).
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "rooms/service.hpp"

namespace kuramori::rooms {

struct HierarchyQuery {
  RoomId space = {};
  std::size_t limit = 50;
  std::size_t depth_max = 10;
  std::size_t offset = 0;  // of a pagination token
  enum class Children : bool { All, Suggested } children = Children::All;
};

struct HierarchyPage {
  json::Array rooms = {};
  std::optional<std::size_t> next = {};
};

struct RoomSummary {
  json::Object room = {};
  matrix::Membership membership = matrix::Membership::None;  // of the one who asks
};

class Spaces {
 public:
  Spaces(RoomService& rooms, storage::Reader& reader) : rooms_(rooms), reader_(reader) {}

  // RoomRead. Depth first; rooms that the reader may neither enter nor preview are left out. Forbidden for
  // such a space.
  runtime::Task<Result<HierarchyPage>> hierarchy(const gate::Permit& permit, HierarchyQuery query);
  // RoomRead; without a user, rooms that are open to anybody. NotFound for what may not be known.
  runtime::Task<Result<RoomSummary>> summary(const gate::Permit& permit, RoomId room);
  // UserDirectoryRead. The joined rooms that both are in, in order.
  runtime::Task<Result<std::vector<RoomId>>> mutual(const gate::Permit& permit, UserId other);
  // The room of an event: NotFound for an unknown one. Discloses nothing by itself.
  runtime::Task<Result<RoomId>> room_of(EventId event);

 private:
  // Null when there is no such room, or the user may not know of it.
  runtime::Task<Result<RoomStatePtr>> accessible(RoomId room, UserId user);
  RoomService& rooms_;
  storage::Reader& reader_;
};

}  // namespace kuramori::rooms
