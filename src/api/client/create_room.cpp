// POST /createRoom (client-server API, "Creation").
#include <algorithm>

#include "api/client/paths.hpp"
#include "api/client/room_parameters.hpp"
#include "api/client/rooms_routes.hpp"
#include "api/client/service_aliases.hpp"
#include "api/client/service_callers.hpp"
#include "matrix/identifiers.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

Result<rooms::Listing> read_visibility(const json::Object& body) {
  KURAMORI_TRY(visibility, json::optional_string(body, "visibility"));
  if (!visibility || *visibility == "private") return rooms::Listing::Unlisted;
  if (*visibility == "public") return rooms::Listing::Published;
  return invalid_argument("'visibility' must be public or private.");
}

Result<rooms::Preset> read_preset(const json::Object& body, rooms::Listing listing) {
  KURAMORI_TRY(preset, json::optional_string(body, "preset"));
  if (!preset) {
    return listing == rooms::Listing::Published ? rooms::Preset::PublicChat : rooms::Preset::PrivateChat;
  }
  if (*preset == "private_chat") return rooms::Preset::PrivateChat;
  if (*preset == "trusted_private_chat") return rooms::Preset::TrustedPrivateChat;
  if (*preset == "public_chat") return rooms::Preset::PublicChat;
  return invalid_argument("'preset' must be private_chat, trusted_private_chat or public_chat.");
}

Result<const matrix::RoomVersion*> read_version(const json::Object& body) {
  KURAMORI_TRY(id, json::optional_string(body, "room_version"));
  if (!id) return nullptr;
  const matrix::RoomVersion* version = matrix::find_room_version(*id);
  if (version != nullptr) return version;
  return Error(ErrorCode::Unsupported, "M_UNSUPPORTED_ROOM_VERSION",
               "This server does not support that room version.");
}

Result<std::vector<UserId>> read_invited(const json::Object& body) {
  std::vector<UserId> invited;
  KURAMORI_TRY(users, json::optional_array(body, "invite"));
  if (users == nullptr) return invited;
  for (const json::Value& user : *users) {
    if (!user.is_string()) return bad_json("'invite' must hold user IDs.");
    auto id = matrix::parse_user_id(json::view(user.get_string()));
    if (!id) return invalid_argument("'invite' must hold user IDs.");
    invited.push_back(*std::move(id));
  }
  return invited;
}

Result<std::vector<rooms::InitialState>> read_initial_state(const json::Object& body) {
  std::vector<rooms::InitialState> states;
  KURAMORI_TRY(given, json::optional_array(body, "initial_state"));
  if (given == nullptr) return states;
  for (const json::Value& entry : *given) {
    if (!entry.is_object()) return bad_json("'initial_state' must hold objects.");
    const json::Object& event = entry.get_object();
    KURAMORI_TRY(type, json::required_string(event, "type"));
    KURAMORI_TRY(state_key, json::optional_string(event, "state_key"));
    KURAMORI_TRY(content, json::optional_object(event, "content"));
    if (content == nullptr) return missing_argument("content");
    states.push_back({.type = std::move(type), .state_key = state_key.value_or(""), .content = *content});
  }
  return states;
}

Result<json::Object> read_object(const json::Object& body, std::string_view key) {
  KURAMORI_TRY(object, json::optional_object(body, key));
  return object == nullptr ? json::Object() : *object;
}

Result<rooms::CreateRoom> read_request(const json::Object& body) {
  rooms::CreateRoom request;
  KURAMORI_TRY(version, read_version(body));
  request.version = version;
  KURAMORI_TRY(listing, read_visibility(body));
  request.listing = listing;
  KURAMORI_TRY(preset, read_preset(body, listing));
  request.preset = preset;
  KURAMORI_TRY(is_direct, json::optional_bool(body, "is_direct"));
  request.direct = is_direct.value_or(false) ? rooms::CreateRoom::Direct::Yes : rooms::CreateRoom::Direct::No;
  KURAMORI_TRY(alias, json::optional_string(body, "room_alias_name"));
  request.alias_localpart = alias.value_or("");
  KURAMORI_TRY(name, json::optional_string(body, "name"));
  request.name = std::move(name);
  KURAMORI_TRY(topic, json::optional_string(body, "topic"));
  request.topic = std::move(topic);
  KURAMORI_TRY(invited, read_invited(body));
  request.invite = std::move(invited);
  KURAMORI_TRY(initial_state, read_initial_state(body));
  request.initial_state = std::move(initial_state);
  KURAMORI_TRY(creation_content, read_object(body, "creation_content"));
  request.creation_content = std::move(creation_content);
  KURAMORI_TRY(levels, read_object(body, "power_level_content_override"));
  request.power_level_content_override = std::move(levels);
  KURAMORI_TRY(third_parties, json::optional_array(body, "invite_3pid"));
  if (third_parties != nullptr && !third_parties->empty()) {
    return forbidden("This server uses no identity server: invite people by their user ID.");
  }
  return request;
}

// Creating a room also invites, names and publishes: each is asked for as by its own endpoint, before
// anything is done.
std::vector<std::pair<gate::Operation, gate::Resource>> acts_within(const rooms::CreateRoom& request,
                                                                    const ServerName& server) {
  std::vector<std::pair<gate::Operation, gate::Resource>> acts;
  for (const UserId& user : request.invite) {
    acts.emplace_back(gate::Operation::RoomInvite, resource_about(RoomId(), user));
  }
  if (!request.alias_localpart.empty()) {
    gate::Resource alias;
    alias.name = "#" + request.alias_localpart + ":" + server.str();
    acts.emplace_back(gate::Operation::AliasSet, std::move(alias));
  }
  const bool is_sealed = std::ranges::any_of(
      request.initial_state, [](const auto& state) { return state.type == "m.room.encryption"; });
  if (is_sealed) {
    gate::Resource encryption;
    encryption.event_type = "m.room.encryption";
    acts.emplace_back(gate::Operation::RoomSetState, std::move(encryption));
  }
  if (request.listing == rooms::Listing::Published) {
    gate::Resource listing;
    listing.name = "public";
    acts.emplace_back(gate::Operation::DirectorySet, std::move(listing));
  }
  return acts;
}

Task<Response> post_create_room(Call& call, Pipeline& pipeline, RoomsServices& services) {
  auto request = read_request(call.body);
  if (!request) co_return failed(request.error());
  if (!request->alias_localpart.empty()) {
    const RoomAlias alias("#" + request->alias_localpart + ":" + services.options.server.str());
    const auto ours = check_alias(call, pipeline, alias);
    if (!ours) co_return failed(ours.error());
  }
  if (pipeline.services() != nullptr && call.service.empty()) {
    for (const UserId& user : request->invite) {
      auto making = pipeline.services()->make_user(call.subject, user);
      co_await std::move(making);
    }
  }
  for (auto& [operation, resource] : acts_within(*request, services.options.server)) {
    auto part = co_await pipeline.admit(call, operation, std::move(resource));
    if (part.denied) co_return *std::move(part.denied);
  }
  auto admitted = co_await pipeline.admit(call, gate::Operation::RoomCreate, {}, &call.body);
  if (admitted.denied) co_return *std::move(admitted.denied);
  if (const auto& masked = admitted.permit->amended_content()) {
    request = read_request(*masked);
    if (!request) co_return failed(request.error());
  }
  const std::string warning = admitted.permit->warning();
  auto created = co_await services.rooms.create(*std::move(admitted.permit), *std::move(request));
  if (!created) co_return failed(created.error());
  json::Object body;
  body.emplace("room_id", created->view());
  co_return answer(std::move(body), warning);
}

}  // namespace

void add_create_room_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services) {
  pipeline.add(router, net::Method::Post, v3_paths("/createRoom"),
               {.access = Access::User, .limit = "create_room", .takes_body = true},
               [&](Call& call) { return post_create_room(call, pipeline, services); });
}

}  // namespace kuramori::api::client
