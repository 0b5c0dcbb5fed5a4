// POST /account/deactivate (client-server API, "Account deactivation").
#include "api/client/confirmation.hpp"
#include "api/client/identity_routes.hpp"
#include "api/client/paths.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

Task<Response> post_deactivate(Call& call, Pipeline& pipeline, IdentityServices& services) {
  const auto erase = json::optional_bool(call.body, "erase");
  if (!erase) co_return failed(erase.error());
  identity::ProtectedOperation operation{.endpoint = "POST /account/deactivate",
                                         .user = call.session != nullptr ? call.session->user : UserId(),
                                         .flows = {{{std::string(identity::kPasswordStage)}}}};
  auto confirmation = co_await confirm(call, services.interactive_authentication, std::move(operation));
  if (confirmation.challenge) co_return *std::move(confirmation.challenge);

  const UserId user = confirmation.user;
  call.subject.user = user;
  gate::Resource resource;
  resource.user = user;
  auto admitted = co_await pipeline.admit(call, gate::Operation::AccountDeactivate, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto erasure = erase->value_or(false) ? identity::Erasure::Yes : identity::Erasure::No;
  const auto done = co_await services.accounts.deactivate(*std::move(admitted.permit), user, erasure);
  if (!done) co_return failed(done.error());
  if (services.follower != nullptr) co_await services.follower->account_deactivated(call.subject, user);
  // No account has third-party identifiers here: there was nothing to unbind, and nothing is left bound.
  json::Object body;
  body["id_server_unbind_result"] = "success";
  co_return ok(body);
}

}  // namespace

void add_deactivation_routes(net::Router& router, Pipeline& pipeline, IdentityServices& services) {
  pipeline.add(router, net::Method::Post, v3_paths("/account/deactivate"),
               {.access = Access::OptionalUser, .limit = "login", .takes_body = true, .body_optional = true},
               [&](Call& call) { return post_deactivate(call, pipeline, services); });
}

}  // namespace kuramori::api::client
