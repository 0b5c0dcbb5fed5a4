// Networks behind bridges (client-server API, module third_party_networks): what the application services
// that speak for them answer.
#include "api/client/paths.hpp"
#include "api/client/people_routes.hpp"
#include "api/client/service_callers.hpp"
#include "base/text.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

constexpr std::size_t kResultsMax = 1'000;

Error no_such_network() {
  return not_found("There is no such network here.");
}

// What the client asks of the network: its parameters, as they came, but for the token.
std::string query_of(const net::Request& request) {
  std::string query;
  for (const auto& [name, value] : request.query) {
    if (name == "access_token") continue;
    query += query.empty() ? "?" : "&";
    query += text::percent_encode(name) + "=" + text::percent_encode(value);
  }
  return query;
}

// One protocol as all services that speak it describe it: the first description, with the instances of all.
Task<std::optional<json::Object>> describe(Pipeline& pipeline, const gate::Permit& permit,
                                           std::string protocol) {
  std::string path = "/protocol/" + text::percent_encode(protocol);
  auto asking = pipeline.services()->look_up(permit, std::move(protocol), std::move(path));
  const auto answers = co_await std::move(asking);
  std::optional<json::Object> described;
  json::Array instances;
  for (const json::Value& answer : answers) {
    if (!answer.is_object()) continue;
    if (!described) described = answer.get_object();
    const json::Array* given = json::array_at(answer.get_object(), "instances");
    if (given == nullptr) continue;
    for (const json::Value& instance : *given) {
      if (instances.size() < kResultsMax) instances.push_back(instance);
    }
  }
  if (described) (*described)["instances"] = std::move(instances);
  co_return described;
}

bool is_spoken(const Pipeline& pipeline, std::string_view protocol) {
  if (pipeline.services() == nullptr) return false;
  const std::vector<std::string> all = pipeline.services()->protocols();
  return std::ranges::find(all, protocol) != all.end();
}

Task<Response> get_protocols(Call& call, Pipeline& pipeline) {
  auto admitted = co_await pipeline.admit(call, gate::Operation::DirectoryRead, {});
  if (admitted.denied) co_return *std::move(admitted.denied);
  json::Object body;
  std::vector<std::string> all;
  if (pipeline.services() != nullptr) all = pipeline.services()->protocols();
  for (const std::string& protocol : all) {
    auto describing = describe(pipeline, *admitted.permit, protocol);
    auto described = co_await std::move(describing);
    if (described) body[protocol] = *std::move(described);
  }
  co_return ok(body);
}

Task<Response> get_protocol(Call& call, Pipeline& pipeline) {
  auto admitted = co_await pipeline.admit(call, gate::Operation::DirectoryRead, {});
  if (admitted.denied) co_return *std::move(admitted.denied);
  if (!is_spoken(pipeline, call.parameter(0))) co_return failed(no_such_network());
  auto describing = describe(pipeline, *admitted.permit, call.parameter(0));
  const auto described = co_await std::move(describing);
  co_return described ? ok(*described) : failed(no_such_network());
}

enum class Kind : bool { Location, User };

// Places or people of one network, or what of any network an alias or user ID stands for.
Task<Response> search(Call& call, Pipeline& pipeline, Kind kind) {
  auto admitted = co_await pipeline.admit(call, gate::Operation::DirectoryRead, {});
  if (admitted.denied) co_return *std::move(admitted.denied);
  const bool is_of_protocol = !call.request.parameters.empty();
  std::string protocol = is_of_protocol ? call.parameter(0) : std::string();
  if (is_of_protocol && !is_spoken(pipeline, protocol)) co_return failed(no_such_network());
  json::Array found;
  if (pipeline.services() != nullptr) {
    std::string path = kind == Kind::Location ? "/location" : "/user";
    if (is_of_protocol) path += "/" + text::percent_encode(protocol);
    path += query_of(call.request);
    auto asking = pipeline.services()->look_up(*admitted.permit, std::move(protocol), std::move(path));
    const auto answers = co_await std::move(asking);
    for (const json::Value& answer : answers) {
      if (!answer.is_array()) continue;
      for (const json::Value& item : answer.get_array()) {
        if (item.is_object() && found.size() < kResultsMax) found.push_back(item);
      }
    }
  }
  co_return ok_text(json::serialize(json::Value(std::move(found))));
}

}  // namespace

void add_third_party_lookup_routes(net::Router& router, Pipeline& pipeline) {
  const auto add = [&](std::string_view path, EndpointHandler handler) {
    pipeline.add(router, net::Method::Get, v3_paths(path), {.access = Access::User, .limit = ""},
                 std::move(handler));
  };
  add("/thirdparty/protocols", [&](Call& call) { return get_protocols(call, pipeline); });
  add("/thirdparty/protocol/{protocol}", [&](Call& call) { return get_protocol(call, pipeline); });
  for (const std::string_view path : {"/thirdparty/location", "/thirdparty/location/{protocol}"})
    add(path, [&](Call& call) { return search(call, pipeline, Kind::Location); });
  for (const std::string_view path : {"/thirdparty/user", "/thirdparty/user/{protocol}"})
    add(path, [&](Call& call) { return search(call, pipeline, Kind::User); });
}

}  // namespace kuramori::api::client
