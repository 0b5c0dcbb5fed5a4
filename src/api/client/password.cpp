// POST /account/password (client-server API, "Password management").
#include "api/client/confirmation.hpp"
#include "api/client/identity_routes.hpp"
#include "api/client/paths.hpp"
#include "matrix/identifiers.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

struct PasswordRequest {
  std::optional<std::string> password;
  identity::OtherSessions others = identity::OtherSessions::End;
};

Result<PasswordRequest> read_password_request(const json::Object& body) {
  PasswordRequest request;
  KURAMORI_TRY(password, json::optional_string(body, "new_password"));
  request.password = std::move(password);
  KURAMORI_TRY(log_out, json::optional_bool(body, "logout_devices"));
  if (!log_out.value_or(true)) request.others = identity::OtherSessions::Keep;
  // A first request may only ask for the flows.
  if (!request.password && body.contains("auth")) return missing_argument("new_password");
  return request;
}

Task<Response> post_password(Call& call, Pipeline& pipeline, IdentityServices& services) {
  auto request = read_password_request(call.body);
  if (!request) co_return failed(request.error());
  const UserId acting = call.session != nullptr ? call.session->user : UserId();
  if (request->password) {
    const auto strong =
        services.accounts.check_password_strength(matrix::localpart(acting), *request->password);
    if (!strong) co_return failed(strong.error());
  }
  identity::ProtectedOperation operation{.endpoint = "POST /account/password",
                                         .user = acting,
                                         .flows = {{{std::string(identity::kPasswordStage)}}}};
  // Who has forgotten the password has no session either.
  if (acting.empty() && services.interactive_authentication.takes_mail())
    operation.flows.push_back({{std::string(identity::kMailStage)}});
  auto confirmation = co_await confirm(call, services.interactive_authentication, std::move(operation));
  if (confirmation.challenge) co_return *std::move(confirmation.challenge);

  const UserId user = confirmation.user;
  if (acting.empty()) {
    const auto strong =
        services.accounts.check_password_strength(matrix::localpart(user), *request->password);
    if (!strong) co_return failed(strong.error());
  }
  call.subject.user = user;
  gate::Resource resource;
  resource.user = user;
  auto admitted = co_await pipeline.admit(call, gate::Operation::AccountSetPassword, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto changed = co_await services.accounts.set_password(
      *std::move(admitted.permit), user, *std::move(request->password), request->others, call.session);
  co_return changed ? empty_ok() : failed(changed.error());
}

}  // namespace

void add_password_routes(net::Router& router, Pipeline& pipeline, IdentityServices& services) {
  pipeline.add(router, net::Method::Post, v3_paths("/account/password"),
               {.access = Access::OptionalUser, .limit = "login", .takes_body = true},
               [&](Call& call) { return post_password(call, pipeline, services); });
}

}  // namespace kuramori::api::client
