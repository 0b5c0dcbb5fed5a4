#include "api/client/room_parameters.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "matrix/identifiers.hpp"
#include "rooms/client_event.hpp"

namespace kuramori::api::client {
namespace {

constexpr std::size_t kPageEventsMax = 1'000;  // of one page
constexpr std::size_t kFilterBytesMax = 65'536;

}  // namespace

gate::Resource resource_in(const RoomId& room) {
  gate::Resource resource;
  resource.room = room;
  return resource;
}

gate::Resource resource_about(const RoomId& room, const UserId& user) {
  gate::Resource resource = resource_in(room);
  resource.user = user;
  return resource;
}

std::string pagination_token(StreamPosition position) {
  return "s" + std::to_string(position.value);
}

Result<std::optional<StreamPosition>> read_token(const net::Request& request, std::string_view name) {
  const auto token = request.query_value(name);
  if (!token) return std::optional<StreamPosition>();
  // What stands behind "_" in a token of sync concerns messages for a device.
  const std::size_t end = std::min(token->find('_'), token->size());
  const auto number = token->starts_with('s') ? text::to_integer(token->substr(1, end - 1)) : std::nullopt;
  if (!number || *number < 0)
    return invalid_argument("'" + std::string(name) + "' is not a pagination token.");
  return std::optional(StreamPosition{*number});
}

Result<storage::Direction> read_direction(const net::Request& request) {
  const auto direction = request.query_value("dir");
  if (!direction) return missing_argument("dir");
  if (*direction == "b") return storage::Direction::Backward;
  if (*direction == "f") return storage::Direction::Forward;
  return invalid_argument("'dir' must be b or f.");
}

Result<std::size_t> read_limit(const net::Request& request, std::size_t fallback) {
  const auto given = request.query_value("limit");
  if (!given) return fallback;
  const auto limit = text::to_integer(*given);
  if (!limit || *limit < 0) return invalid_argument("'limit' must be a number that is not negative.");
  return std::min(static_cast<std::size_t>(*limit), kPageEventsMax);
}

Result<std::optional<matrix::RoomEventFilter>> read_filter(const net::Request& request) {
  const auto given = request.query_value("filter");
  if (!given || given->empty()) return std::optional<matrix::RoomEventFilter>();
  KURAMORI_TRY(object, json::parse_object(*given, {.bytes_max = kFilterBytesMax}));
  KURAMORI_TRY(filter, matrix::parse_room_event_filter(object));
  return std::optional(std::move(filter));
}

runtime::Task<Result<RoomId>> read_room(std::string text, rooms::Directory& directory) {
  if (!text.starts_with('#')) {
    if (!matrix::parse_room_id(text)) co_return invalid_argument("'" + text + "' is not a room ID or alias.");
    co_return RoomId(std::move(text));
  }
  const auto alias = matrix::parse_room_alias(text);
  if (!alias) co_return invalid_argument("'" + text + "' is not a room ID or alias.");
  auto resolved = co_await directory.resolve(*alias);
  co_return resolved;
}

Result<std::optional<std::string>> read_reason(const json::Object& body) {
  return json::optional_string(body, "reason");
}

Result<UserId> read_user(const json::Object& body) {
  KURAMORI_TRY(text, json::required_string(body, "user_id"));
  auto user = matrix::parse_user_id(text);
  if (!user) return invalid_argument("'user_id' is not a user ID.");
  return user;
}

void append_event(std::string& out, const rooms::RoomEvent& event, const identity::Session& session,
                  std::string_view personal) {
  rooms::append_client_event(out, event, {session.user, session.device}, personal);
}

runtime::Task<Result<std::vector<rooms::PersonalEvent>>> personal_events(
    rooms::RoomService& service, const gate::Permit& permit, std::vector<rooms::RoomEventPtr> events) {
  std::vector<rooms::PersonalEvent> found;
  if (events.empty()) co_return found;
  auto reading = service.personal_unsigned(permit, events.front()->event->room(), events);
  KURAMORI_CO_TRY(parts, co_await std::move(reading));
  for (std::size_t i = 0; i < events.size(); ++i) {
    found.push_back({.event = std::move(events[i]), .personal = std::move(parts[i])});
  }
  co_return found;
}

std::string event_array(const std::vector<rooms::PersonalEvent>& events, const identity::Session& session) {
  std::string out("[");
  for (const rooms::PersonalEvent& event : events) {
    if (out.size() > 1) out.push_back(',');
    append_event(out, *event.event, session, event.personal);
  }
  out.push_back(']');
  return out;
}

std::string event_array(const std::vector<rooms::RoomEventPtr>& events, const identity::Session& session) {
  std::string out("[");
  for (const rooms::RoomEventPtr& event : events) {
    if (out.size() > 1) out.push_back(',');
    append_event(out, *event, session);
  }
  out.push_back(']');
  return out;
}

net::Response answer(json::Object body, const std::string& warning) {
  if (!warning.empty()) body["org.kuramori.warning"] = warning;
  return ok(body);
}

}  // namespace kuramori::api::client
