// GET /.well-known/matrix/client, support and policy_server.
#include "api/client/identity_routes.hpp"
#include "governance/compiled_policy.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

// What Element and its kin look at before they encrypt a new room: nobody is led into a room that the company
// cannot look after, and where nobody may make one there is no button for it.
json::Object encryption_of(const governance::SealedRooms& rooms) {
  json::Object encryption{{"default", false}};
  if (rooms.allowed == governance::SealedRooms::For::Nobody) encryption["force_disable"] = true;
  return encryption;
}

Task<Response> get_client(Pipeline& pipeline, const IdentityServices& services) {
  if (services.options.public_base_url.empty()) co_return failed(not_found("No discovery information here."));
  json::Object homeserver;
  homeserver["base_url"] = services.options.public_base_url;
  json::Object body;
  body["m.homeserver"] = std::move(homeserver);
  body["io.element.e2ee"] = encryption_of(pipeline.gate().policy()->document().sealed_rooms);
  co_return ok(body);
}

Task<Response> get_support(const IdentityServices& services) {
  const IdentityOptions& options = services.options;
  json::Object body;
  json::Array contacts;
  for (const SupportContact& contact : options.support_contacts) {
    json::Object one;
    one["role"] = contact.role;
    if (!contact.matrix_id.empty()) one["matrix_id"] = contact.matrix_id;
    if (!contact.email_address.empty()) one["email_address"] = contact.email_address;
    contacts.emplace_back(std::move(one));
  }
  if (!contacts.empty()) body["contacts"] = std::move(contacts);
  if (!options.support_page.empty()) body["support_page"] = options.support_page;
  if (body.empty()) co_return failed(not_found("No support information here."));
  co_return ok(body);
}

// MSC4284: the key of a server that rooms may ask to sign what is sent to them.
Task<Response> get_policy_server(const IdentityServices& services) {
  if (services.options.policy_server_key.empty())
    co_return failed(not_found("There is no policy server here."));
  json::Object keys;
  keys["ed25519"] = services.options.policy_server_key;
  json::Object body;
  body["public_keys"] = std::move(keys);
  co_return ok(body);
}

}  // namespace

void add_well_known_routes(net::Router& router, Pipeline& pipeline, IdentityServices& services) {
  pipeline.add(router, net::Method::Get, {"/.well-known/matrix/client"},
               {.access = Access::Public, .limit = ""},
               [&](Call&) { return get_client(pipeline, services); });
  pipeline.add(router, net::Method::Get, {"/.well-known/matrix/support"},
               {.access = Access::Public, .limit = ""}, [&services](Call&) { return get_support(services); });
  pipeline.add(router, net::Method::Get, {"/.well-known/matrix/policy_server"},
               {.access = Access::Public, .limit = ""},
               [&services](Call&) { return get_policy_server(services); });
}

}  // namespace kuramori::api::client
