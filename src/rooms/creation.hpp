// The events of a new room in the order that the specification asks for (client-server API, POST
// /createRoom). Pure.
#pragma once
#include <vector>

#include "rooms/admission.hpp"
#include "rooms/ports.hpp"
#include "rooms/requests.hpp"

namespace kuramori::rooms {

struct NewRoom {
  const matrix::RoomVersion* version;
  UserId creator = {};
  DeviceId device = {};
  MemberProfile creator_profile = {};
  std::vector<MemberProfile> invited_profiles = {};  // in the order of request.invite
  RoomAlias alias = {};                              // empty: none
};

std::vector<Proposal> events_of_new_room(const CreateRoom& request, const NewRoom& room);

}  // namespace kuramori::rooms
