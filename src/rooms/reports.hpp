// Reports of what people find inappropriate (client-server API, module report_content). A report is an entry
// of the record: what it is about, and the reason sealed with the reporter's other detail.
#pragma once
#include <string>

#include "rooms/service.hpp"

namespace kuramori::rooms {

class Reports {
 public:
  Reports(RoomService& rooms, gate::Gate& gate) : rooms_(rooms), gate_(gate) {}

  // Each takes a permission for ContentReport. NotFound for an event of a room that the reporter is not in.
  runtime::Task<Result<void>> event(gate::Permit permit, RoomId room, EventId event, json::Object detail);
  // In the room or not. NotFound for an unknown one.
  runtime::Task<Result<void>> room(gate::Permit permit, RoomId room, json::Object detail);
  // Known or not: nobody learns here who exists.
  runtime::Task<Result<void>> user(gate::Permit permit, UserId user, json::Object detail);

 private:
  RoomService& rooms_;
  gate::Gate& gate_;
};

}  // namespace kuramori::rooms
