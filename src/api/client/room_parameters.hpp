// What endpoints of rooms read from requests and write into responses.
#pragma once
#include <optional>
#include <string>

#include "api/client/pipeline.hpp"
#include "matrix/filter.hpp"
#include "rooms/directory.hpp"
#include "rooms/requests.hpp"
#include "rooms/room_event.hpp"
#include "rooms/service.hpp"
#include "storage/store.hpp"

namespace kuramori::api::client {

gate::Resource resource_in(const RoomId& room);
gate::Resource resource_about(const RoomId& room, const UserId& user);

// "s<position>": between events, everything at or before the position lies before it.
std::string pagination_token(StreamPosition position);
// Nothing when the parameter is absent; M_INVALID_PARAM when it is no token.
Result<std::optional<StreamPosition>> read_token(const net::Request& request, std::string_view name);
Result<storage::Direction> read_direction(const net::Request& request);             // `dir`, required
Result<std::size_t> read_limit(const net::Request& request, std::size_t fallback);  // bounded
Result<std::optional<matrix::RoomEventFilter>> read_filter(const net::Request& request);
// The path's room or the room behind the path's alias (`/join/{roomIdOrAlias}`).
runtime::Task<Result<RoomId>> read_room(std::string text, rooms::Directory& directory);
Result<std::optional<std::string>> read_reason(const json::Object& body);
Result<UserId> read_user(const json::Object& body);

// The event as this session gets it: with the room id, the members of `unsigned`, and the transaction id for
// its sender's device.
void append_event(std::string& out, const rooms::RoomEvent& event, const identity::Session& session,
                  std::string_view personal = {});
std::string event_array(const std::vector<rooms::PersonalEvent>& events, const identity::Session& session);
// With what `unsigned` says to the caller alone: events of the past, as opposed to state.
runtime::Task<Result<std::vector<rooms::PersonalEvent>>> personal_events(
    rooms::RoomService& service, const gate::Permit& permit, std::vector<rooms::RoomEventPtr> events);
std::string event_array(const std::vector<rooms::RoomEventPtr>& events, const identity::Session& session);

// What the user should be told although the act went on goes along with the answer.
net::Response answer(json::Object body, const std::string& warning);

}  // namespace kuramori::api::client
