// What endpoints over personal data have in common.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "api/client/pipeline.hpp"

namespace kuramori::api::client {

// The refusal when the path's user (its first parameter) is not the caller.
inline std::optional<net::Response> refuse_unless_own(const Call& call, std::string_view what) {
  if (call.session->user.view() == call.parameter(0)) return std::nullopt;
  return failed(forbidden("You cannot reach the " + std::string(what) + " of another user."));
}

inline gate::Resource resource_of_room(const RoomId& room, std::string name = {}) {
  gate::Resource resource;
  resource.room = room;
  resource.name = std::move(name);
  return resource;
}

inline gate::Resource resource_named(std::string name) {
  gate::Resource resource;
  resource.name = std::move(name);
  return resource;
}

}  // namespace kuramori::api::client
