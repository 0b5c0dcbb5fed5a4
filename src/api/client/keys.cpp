// /keys/upload, /keys/query, /keys/claim, /keys/changes (client-server API, "Key management API").
#include "api/client/encryption_routes.hpp"
#include "api/client/paths.hpp"
#include "matrix/identifiers.hpp"
#include "sync/request.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

Result<e2ee::KeyUpload> read_key_upload(const json::Object& body, const UserId& user,
                                        const DeviceId& device) {
  e2ee::KeyUpload upload;
  KURAMORI_TRY(device_keys, json::optional_object(body, "device_keys"));
  if (device_keys != nullptr) {
    KURAMORI_TRY(read, e2ee::read_device_keys(*device_keys, user, device));
    upload.device_keys = std::move(read);
  }
  KURAMORI_TRY(one_time_keys, json::optional_object(body, "one_time_keys"));
  if (one_time_keys != nullptr) {
    KURAMORI_TRY(read, e2ee::read_one_time_keys(*one_time_keys));
    upload.one_time_keys = std::move(read);
  }
  KURAMORI_TRY(fallback, json::optional_object(body, "fallback_keys"));
  // The name that it had before it became part of the specification (MSC2732).
  if (fallback == nullptr) {
    KURAMORI_TRY(unstable, json::optional_object(body, "org.matrix.msc2732.fallback_keys"));
    fallback = unstable;
  }
  if (fallback != nullptr) {
    KURAMORI_TRY(read, e2ee::read_fallback_keys(*fallback));
    upload.fallback_keys = std::move(read);
  }
  return upload;
}

namespace {

gate::Resource of_device(const Call& call) {
  gate::Resource resource;
  resource.user = call.session->user;
  resource.name = call.session->device.str();
  return resource;
}

json::Object render(const e2ee::KeyCounts& counts) {
  json::Object by_algorithm;
  for (const auto& [algorithm, count] : counts) by_algorithm[algorithm] = count;
  json::Object body;
  body["one_time_key_counts"] = std::move(by_algorithm);
  return body;
}

Task<Response> upload(Call& call, Pipeline& pipeline, EncryptionServices& services) {
  // A device id in the path, as before r0, must be the caller's.
  if (!call.request.parameters.empty() && call.parameter(0) != call.session->device.view())
    co_return failed(invalid_argument("The path names another device than the one that uploads."));
  auto keys = read_key_upload(call.body, call.session->user, call.session->device);
  if (!keys) co_return failed(keys.error());
  gate::Resource resource = of_device(call);
  auto admitted = co_await pipeline.admit(call, gate::Operation::KeysUpload, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto counts = co_await services.encryption.device_keys.upload(*std::move(admitted.permit),
                                                                      call.session, *std::move(keys));
  co_return counts ? ok(render(*counts)) : failed(counts.error());
}

// Other servers cannot be asked: their users are a failure of their server.
class Failures {
 public:
  explicit Failures(const ServerName& own) : own_(own.str()) {}
  bool is_own(const UserId& user) {
    const std::string_view server = matrix::server_of(user);
    if (server == own_) return true;
    json::Object error;
    error["errcode"] = "M_UNAVAILABLE";
    error["error"] = "This server does not reach other servers.";
    failures_[server] = std::move(error);
    return false;
  }
  std::string render() const { return json::serialize(failures_); }

 private:
  std::string own_;
  json::Object failures_;
};

// "timeout" says how long to wait for other servers; it must at least be a number.
Result<void> check_timeout(const json::Object& body) {
  KURAMORI_TRY(timeout, json::optional_integer(body, "timeout"));
  if (timeout && *timeout < 0) return invalid_argument("'timeout' must not be negative.");
  return {};
}

Result<std::vector<e2ee::UserQuery>> read_query(const json::Object& body, Failures& failures) {
  KURAMORI_CHECK(check_timeout(body));
  KURAMORI_TRY(users, json::optional_object(body, "device_keys"));
  if (users == nullptr) return missing_argument("device_keys");
  if (users->size() > e2ee::DeviceKeys::kUsersPerQueryMax)
    return Error(ErrorCode::TooLarge, "M_TOO_LARGE", "A request asks for at most 20000 users.");
  std::vector<e2ee::UserQuery> queries;
  for (const auto& [name, devices] : *users) {
    KURAMORI_TRY(user, matrix::parse_user_id(name));
    if (!failures.is_own(user)) continue;
    if (!devices.is_array()) return bad_json("The devices of a user are a list.");
    e2ee::UserQuery query{.user = std::move(user), .devices = {}};
    for (const json::Value& device : devices.get_array()) {
      if (!device.is_string()) return bad_json("A device id is a string.");
      query.devices.emplace_back(json::view(device.get_string()));
    }
    queries.push_back(std::move(query));
  }
  return queries;
}

Task<Response> query(Call& call, Pipeline& pipeline, EncryptionServices& services) {
  Failures failures(services.accounts.server_name());
  auto queries = read_query(call.body, failures);
  if (!queries) co_return failed(queries.error());
  gate::Resource resource;
  if (queries->size() == 1) resource.user = queries->front().user;
  auto admitted = co_await pipeline.admit(call, gate::Operation::KeysQuery, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto answer = co_await services.encryption.device_keys.query(*admitted.permit, *std::move(queries));
  if (!answer) co_return failed(answer.error());
  std::string text = "{\"device_keys\":{" + answer->device_keys + "},\"failures\":" + failures.render();
  text += ",\"master_keys\":{" + answer->master_keys + "},\"self_signing_keys\":{" +
          answer->self_signing_keys + "},\"user_signing_keys\":{" + answer->user_signing_keys + "}}";
  co_return ok_text(std::move(text));
}

Result<std::vector<e2ee::KeyClaim>> read_claims(const json::Object& body, Failures& failures) {
  KURAMORI_CHECK(check_timeout(body));
  KURAMORI_TRY(users, json::optional_object(body, "one_time_keys"));
  if (users == nullptr) return missing_argument("one_time_keys");
  std::vector<e2ee::KeyClaim> claims;
  for (const auto& [name, devices] : *users) {
    KURAMORI_TRY(user, matrix::parse_user_id(name));
    if (!failures.is_own(user)) continue;
    if (!devices.is_object()) return bad_json("The devices of a user are an object.");
    for (const auto& [device, algorithm] : devices.get_object()) {
      if (!algorithm.is_string() || algorithm.get_string().size() > 255)
        return bad_json("An algorithm is a short string.");
      claims.push_back(
          {{user, DeviceId(std::string_view(device))}, std::string(json::view(algorithm.get_string()))});
    }
  }
  return claims;
}

// Keys of one device follow one another, as the claims did.
std::string render(const std::vector<e2ee::ClaimedKey>& keys) {
  std::map<std::string_view, std::map<std::string_view, std::string>> users;
  for (const e2ee::ClaimedKey& key : keys) {
    std::string& device = users[key.device.user.view()][key.device.device.view()];
    if (!device.empty()) device.push_back(',');
    json::append_string(device, key.name);
    device += ":" + key.body;
  }
  std::string text;
  for (const auto& [user, devices] : users) {
    if (!text.empty()) text.push_back(',');
    json::append_string(text, user);
    text += ":{";
    for (const auto& [device, claimed] : devices) {
      if (text.back() != '{') text.push_back(',');
      json::append_string(text, device);
      text += ":{" + claimed + "}";
    }
    text.push_back('}');
  }
  return text;
}

Task<Response> claim(Call& call, Pipeline& pipeline, EncryptionServices& services) {
  Failures failures(services.accounts.server_name());
  auto claims = read_claims(call.body, failures);
  if (!claims) co_return failed(claims.error());
  gate::Resource resource;
  if (claims->size() == 1) resource.user = claims->front().device.user;
  auto admitted = co_await pipeline.admit(call, gate::Operation::KeysClaim, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto keys =
      co_await services.encryption.one_time_keys.claim(*std::move(admitted.permit), *std::move(claims));
  if (!keys) co_return failed(keys.error());
  co_return ok_text("{\"failures\":" + failures.render() + ",\"one_time_keys\":{" + render(*keys) + "}}");
}

Result<StreamPosition> read_position(const net::Request& request, std::string_view name) {
  const auto token = request.query_value(name);
  if (!token) return missing_argument(name);
  return sync::parse_token(*token);
}

json::Array render(const std::vector<UserId>& users) {
  json::Array list;
  for (const UserId& user : users) list.emplace_back(user.view());
  return list;
}

Task<Response> changes(Call& call, Pipeline& pipeline, EncryptionServices& services) {
  const auto from = read_position(call.request, "from");
  if (!from) co_return failed(from.error());
  const auto to = read_position(call.request, "to");
  if (!to) co_return failed(to.error());
  gate::Resource resource;
  auto admitted = co_await pipeline.admit(call, gate::Operation::KeysQuery, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto feed = co_await services.hub.user(call.session->user);
  if (!feed) co_return failed(feed.error());
  // "to" is a hint: what happened since is told as well.
  e2ee::DeviceLists::Query asked{
      .reader = call.session->user, .since = *from, .up_to = services.hub.position(), .is_joined = {}};
  asked.is_joined = [&feed](const RoomId& room) { return (*feed)->is_joined(room); };
  const auto found = co_await services.encryption.lists.changes(*admitted.permit, std::move(asked));
  if (!found) co_return failed(found.error());
  json::Object body;
  body["changed"] = render(found->changed);
  body["left"] = render(found->left);
  co_return ok(body);
}

}  // namespace

void add_keys_routes(net::Router& router, Pipeline& pipeline, EncryptionServices& services) {
  pipeline.add(router, net::Method::Post, v3_paths("/keys/upload"),
               {.access = Access::User, .limit = "", .body_bytes_max = 1U << 20U, .takes_body = true},
               [&](Call& call) { return upload(call, pipeline, services); });
  pipeline.add(router, net::Method::Post, v3_paths("/keys/upload/{device}"),
               {.access = Access::User, .limit = "", .body_bytes_max = 1U << 20U, .takes_body = true},
               [&](Call& call) { return upload(call, pipeline, services); });
  pipeline.add(router, net::Method::Post, v3_paths("/keys/query"),
               {.access = Access::User, .limit = "", .body_bytes_max = 4U << 20U, .takes_body = true},
               [&](Call& call) { return query(call, pipeline, services); });
  pipeline.add(router, net::Method::Post, v3_paths("/keys/claim"),
               {.access = Access::User, .limit = "", .body_bytes_max = 4U << 20U, .takes_body = true},
               [&](Call& call) { return claim(call, pipeline, services); });
  pipeline.add(router, net::Method::Get, v3_paths("/keys/changes"), {.access = Access::User, .limit = ""},
               [&](Call& call) { return changes(call, pipeline, services); });
}

}  // namespace kuramori::api::client
