// /room_keys (client-server API, "Server-side key backups").
#include "api/client/encryption_routes.hpp"
#include "api/client/paths.hpp"
#include "base/text.hpp"
#include "matrix/identifiers.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

constexpr std::size_t kKeysBytesMax = 16U << 20U;

std::vector<std::string> paths(std::string_view rest) {
  std::vector<std::string> all = v3_paths(rest);
  all.push_back("/_matrix/client/unstable" + std::string(rest));
  return all;
}

gate::Resource of_caller(const Call& call, std::string version = {}) {
  gate::Resource resource;
  resource.user = call.session->user;
  resource.name = std::move(version);
  return resource;
}

Error unknown_version() {
  return not_found("Unknown backup version.");
}

// Versions are numbers that we gave out: anything else is unknown.
Result<std::int64_t> to_version(std::string_view text) {
  const auto number = text::to_integer(text);
  if (!number || *number <= 0) return unknown_version();
  return *number;
}

Result<std::int64_t> version_in_query(const Call& call) {
  const auto version = call.request.query_value("version");
  if (!version) return missing_argument("version");
  return to_version(*version);
}

// The room and the session of the path, as far as it goes.
Result<e2ee::BackupScope> scope_of(const Call& call) {
  e2ee::BackupScope scope;
  if (!call.request.parameters.empty()) scope.room = RoomId(call.parameter(0));
  if (call.request.parameters.size() > 1) scope.session = call.parameter(1);
  return scope;
}

Result<e2ee::BackupKey> read_key(const RoomId& room, std::string_view session, const json::Value& value) {
  const json::Object* object = value.if_object();
  if (object == nullptr) return bad_json("The backup of a key is an object.");
  KURAMORI_TRY(first, json::optional_integer(*object, "first_message_index"));
  if (!first) return missing_argument("first_message_index");
  KURAMORI_TRY(forwarded, json::optional_integer(*object, "forwarded_count"));
  if (!forwarded) return missing_argument("forwarded_count");
  KURAMORI_TRY(verified, json::optional_bool(*object, "is_verified"));
  if (!verified) return missing_argument("is_verified");
  KURAMORI_TRY(data, json::optional_object(*object, "session_data"));
  if (data == nullptr) return missing_argument("session_data");
  return e2ee::BackupKey{.room = room,
                         .session = std::string(session),
                         .first_message_index = *first,
                         .forwarded_count = *forwarded,
                         .is_verified = *verified,
                         .session_data = json::serialize(*data)};
}

Result<void> read_sessions(const RoomId& room, const json::Object& object,
                           std::vector<e2ee::BackupKey>& keys) {
  KURAMORI_TRY(sessions, json::optional_object(object, "sessions"));
  if (sessions == nullptr) return missing_argument("sessions");
  for (const auto& [session, value] : *sessions) {
    KURAMORI_TRY(key, read_key(room, session, value));
    keys.push_back(std::move(key));
  }
  return {};
}

// The body has the shape of what the path leaves open.
Result<std::vector<e2ee::BackupKey>> read_keys(const Call& call, const e2ee::BackupScope& scope) {
  std::vector<e2ee::BackupKey> keys;
  if (scope.session) {
    KURAMORI_TRY(key, read_key(*scope.room, *scope.session, json::Value(call.body)));
    keys.push_back(std::move(key));
  } else if (scope.room) {
    KURAMORI_CHECK(read_sessions(*scope.room, call.body, keys));
  } else {
    KURAMORI_TRY(rooms, json::optional_object(call.body, "rooms"));
    if (rooms == nullptr) return missing_argument("rooms");
    for (const auto& [room, value] : *rooms) {
      if (!value.is_object()) return bad_json("The backup of a room is an object.");
      KURAMORI_CHECK(read_sessions(RoomId(std::string_view(room)), value.get_object(), keys));
    }
  }
  return keys;
}

std::string render(const e2ee::BackupKey& key) {
  return "{\"first_message_index\":" + std::to_string(key.first_message_index) +
         ",\"forwarded_count\":" + std::to_string(key.forwarded_count) +
         ",\"is_verified\":" + (key.is_verified ? "true" : "false") +
         ",\"session_data\":" + key.session_data + "}";
}

void append_member(std::string& out, std::string_view name, std::string_view value) {
  if (!out.empty()) out.push_back(',');
  json::append_string(out, name);
  out.push_back(':');
  out += value;
}

// {"<session>": …} of the keys of each room.
std::map<std::string, std::string> by_room(const std::vector<e2ee::BackupKey>& keys) {
  std::map<std::string, std::string> rooms;
  for (const e2ee::BackupKey& key : keys) append_member(rooms[key.room.str()], key.session, render(key));
  return rooms;
}

Response render(const std::vector<e2ee::BackupKey>& keys, const e2ee::BackupScope& scope) {
  if (scope.session)
    return keys.empty() ? failed(not_found("Key not found.")) : ok_text(render(keys.front()));
  const auto rooms = by_room(keys);
  if (scope.room) {
    const std::string sessions = rooms.empty() ? std::string() : rooms.begin()->second;
    return ok_text("{\"sessions\":{" + sessions + "}}");
  }
  std::string text;
  for (const auto& [room, sessions] : rooms) append_member(text, room, "{\"sessions\":{" + sessions + "}}");
  return ok_text("{\"rooms\":{" + text + "}}");
}

Response render(const e2ee::BackupState& state) {
  json::Object body;
  body["count"] = state.keys;
  body["etag"] = std::to_string(state.etag);
  return ok(body);
}

Response wrong_version(const e2ee::WrongVersion& wrong) {
  json::Object body;
  body["errcode"] = "M_WRONG_ROOM_KEYS_VERSION";
  body["error"] = "Wrong backup version.";
  body["current_version"] = std::to_string(wrong.current);
  return with_status(403, body);
}

Task<Response> put_keys(Call& call, Pipeline& pipeline, EncryptionServices& services) {
  const auto version = version_in_query(call);
  if (!version) co_return failed(version.error());
  const auto scope = scope_of(call);
  if (!scope) co_return failed(scope.error());
  auto keys = read_keys(call, *scope);
  if (!keys) co_return failed(keys.error());
  gate::Resource resource = of_caller(call, std::to_string(*version));
  auto admitted = co_await pipeline.admit(call, gate::Operation::KeyBackupStore, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto stored = co_await services.encryption.backup.store(
      *std::move(admitted.permit), call.session->user, *version, *std::move(keys));
  if (!stored) co_return failed(stored.error());
  if (const auto* wrong = std::get_if<e2ee::WrongVersion>(&*stored)) co_return wrong_version(*wrong);
  co_return render(std::get<e2ee::BackupState>(*stored));
}

Task<Response> get_keys(Call& call, Pipeline& pipeline, EncryptionServices& services) {
  const auto version = version_in_query(call);
  if (!version) co_return failed(version.error());
  const auto scope = scope_of(call);
  if (!scope) co_return failed(scope.error());
  gate::Resource resource = of_caller(call, std::to_string(*version));
  auto admitted = co_await pipeline.admit(call, gate::Operation::KeyBackupRead, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto keys =
      co_await services.encryption.backup.keys(*admitted.permit, call.session->user, *version, *scope);
  co_return keys ? render(*keys, *scope) : failed(keys.error());
}

Task<Response> delete_keys(Call& call, Pipeline& pipeline, EncryptionServices& services) {
  const auto version = version_in_query(call);
  if (!version) co_return failed(version.error());
  const auto scope = scope_of(call);
  if (!scope) co_return failed(scope.error());
  gate::Resource resource = of_caller(call, std::to_string(*version));
  auto admitted = co_await pipeline.admit(call, gate::Operation::KeyBackupStore, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto state = co_await services.encryption.backup.erase(*std::move(admitted.permit),
                                                               call.session->user, *version, *scope);
  co_return state ? render(*state) : failed(state.error());
}

struct Algorithm {
  std::string name;
  json::Object auth_data;
};

Result<Algorithm> read_algorithm(const json::Object& body) {
  KURAMORI_TRY(name, json::required_string(body, "algorithm"));
  KURAMORI_TRY(auth_data, json::optional_object(body, "auth_data"));
  if (auth_data == nullptr) return missing_argument("auth_data");
  return Algorithm{std::move(name), *auth_data};
}

Task<Response> create_version(Call& call, Pipeline& pipeline, EncryptionServices& services) {
  auto algorithm = read_algorithm(call.body);
  if (!algorithm) co_return failed(algorithm.error());
  gate::Resource resource = of_caller(call);
  auto admitted = co_await pipeline.admit(call, gate::Operation::KeyBackupSet, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto version =
      co_await services.encryption.backup.create(*std::move(admitted.permit), call.session->user,
                                                 std::move(algorithm->name), std::move(algorithm->auth_data));
  if (!version) co_return failed(version.error());
  json::Object body;
  body["version"] = std::to_string(*version);
  co_return ok(body);
}

Task<Response> get_version(Call& call, Pipeline& pipeline, EncryptionServices& services) {
  std::optional<std::int64_t> number;
  if (!call.request.parameters.empty()) {
    const auto named = to_version(call.parameter(0));
    if (!named) co_return failed(named.error());
    number = *named;
  }
  gate::Resource resource = of_caller(call, number ? std::to_string(*number) : std::string());
  auto admitted = co_await pipeline.admit(call, gate::Operation::KeyBackupRead, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto version =
      co_await services.encryption.backup.version(*admitted.permit, call.session->user, number);
  if (!version) co_return failed(version.error());
  json::Object body;
  body["algorithm"] = version->algorithm;
  body["auth_data"] = version->auth_data;
  body["count"] = version->keys;
  body["etag"] = std::to_string(version->etag);
  body["version"] = std::to_string(version->version);
  co_return ok(body);
}

Result<e2ee::BackupVersion> read_version(const Call& call) {
  KURAMORI_TRY(number, to_version(call.parameter(0)));
  KURAMORI_TRY(algorithm, read_algorithm(call.body));
  KURAMORI_TRY(named, json::optional_string(call.body, "version"));
  if (named && *named != call.parameter(0))
    return invalid_argument("The version in the body is not the one in the path.");
  return e2ee::BackupVersion{
      .version = number, .algorithm = std::move(algorithm.name), .auth_data = std::move(algorithm.auth_data)};
}

Task<Response> put_version(Call& call, Pipeline& pipeline, EncryptionServices& services) {
  auto version = read_version(call);
  if (!version) co_return failed(version.error());
  gate::Resource resource = of_caller(call, call.parameter(0));
  auto admitted = co_await pipeline.admit(call, gate::Operation::KeyBackupSet, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto done = co_await services.encryption.backup.update(*std::move(admitted.permit),
                                                               call.session->user, *std::move(version));
  co_return done ? empty_ok() : failed(done.error());
}

Task<Response> delete_version(Call& call, Pipeline& pipeline, EncryptionServices& services) {
  const auto number = to_version(call.parameter(0));
  if (!number) co_return failed(number.error());
  gate::Resource resource = of_caller(call, call.parameter(0));
  auto admitted = co_await pipeline.admit(call, gate::Operation::KeyBackupSet, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto done =
      co_await services.encryption.backup.remove(*std::move(admitted.permit), call.session->user, *number);
  co_return done ? empty_ok() : failed(done.error());
}

}  // namespace

void add_key_backup_routes(net::Router& router, Pipeline& pipeline, EncryptionServices& services) {
  const EndpointOptions reads{.access = Access::UserNoGuests, .limit = ""};
  const EndpointOptions writes{.access = Access::UserNoGuests, .limit = "", .takes_body = true};
  const EndpointOptions stores{
      .access = Access::UserNoGuests, .limit = "", .body_bytes_max = kKeysBytesMax, .takes_body = true};
  for (const std::string_view rest :
       {"/room_keys/keys", "/room_keys/keys/{room}", "/room_keys/keys/{room}/{session}"}) {
    pipeline.add(router, net::Method::Put, paths(rest), stores,
                 [&](Call& call) { return put_keys(call, pipeline, services); });
    pipeline.add(router, net::Method::Get, paths(rest), reads,
                 [&](Call& call) { return get_keys(call, pipeline, services); });
    pipeline.add(router, net::Method::Delete, paths(rest), reads,
                 [&](Call& call) { return delete_keys(call, pipeline, services); });
  }
  pipeline.add(router, net::Method::Post, paths("/room_keys/version"), writes,
               [&](Call& call) { return create_version(call, pipeline, services); });
  pipeline.add(router, net::Method::Get, paths("/room_keys/version"), reads,
               [&](Call& call) { return get_version(call, pipeline, services); });
  pipeline.add(router, net::Method::Get, paths("/room_keys/version/{version}"), reads,
               [&](Call& call) { return get_version(call, pipeline, services); });
  pipeline.add(router, net::Method::Put, paths("/room_keys/version/{version}"), writes,
               [&](Call& call) { return put_version(call, pipeline, services); });
  pipeline.add(router, net::Method::Delete, paths("/room_keys/version/{version}"), reads,
               [&](Call& call) { return delete_version(call, pipeline, services); });
}

}  // namespace kuramori::api::client
