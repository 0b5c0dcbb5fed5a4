// /register (client-server API, "Account registration").
#include "api/client/confirmation.hpp"
#include "api/client/login_answer.hpp"
#include "api/client/paths.hpp"
#include "api/client/service_callers.hpp"
#include "api/client/service_login.hpp"
#include "base/text.hpp"
#include "identity/service_sessions.hpp"
#include "matrix/identifiers.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

Response closed() {
  return failed(forbidden("Registration is not open on this server; ask its administrator for an account."));
}

struct RegistrationRequest {
  std::optional<std::string> username;
  std::optional<std::string> password;
  bool inhibit_login = false;
};

Result<RegistrationRequest> read_registration(const json::Object& body) {
  RegistrationRequest request;
  KURAMORI_TRY(username, json::optional_string(body, "username"));
  if (username && !username->empty()) request.username = std::move(username);
  KURAMORI_TRY(password, json::optional_string(body, "password"));
  request.password = std::move(password);
  KURAMORI_TRY(inhibit, json::optional_bool(body, "inhibit_login"));
  request.inhibit_login = inhibit.value_or(false);
  // A first request may only ask for the flows.
  if (!request.password && body.contains("auth")) return missing_argument("password");
  return request;
}

std::vector<identity::Flow> flows(const IdentityOptions& options) {
  const bool with_token = options.registration == Registration::WithToken;
  return {{{std::string(with_token ? identity::kRegistrationTokenStage : identity::kDummyStage)}}};
}

Task<Response> create_and_answer(Call& call, Pipeline& pipeline, IdentityServices& services,
                                 identity::NewAccount account, json::Object login) {
  const bool inhibit_login = json::bool_or(login, "inhibit_login", false);
  // What belongs to a service was judged by its namespaces; whether it is taken is found when it is made.
  Result<UserId> user = matrix::make_user_id(account.localpart, services.accounts.server_name());
  if (call.service.empty()) user = co_await services.accounts.check_available(account.localpart);
  if (!user) co_return failed(user.error());
  call.subject.user = *user;
  call.subject.role = account.role;
  gate::Resource resource;
  resource.user = *user;
  auto admitted = co_await pipeline.admit(call, gate::Operation::AccountRegister, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto created = co_await services.accounts.create(*std::move(admitted.permit), std::move(account));
  if (!created) co_return failed(created.error());
  if (inhibit_login) {
    json::Object body;
    body["user_id"] = created->user.view();
    body["home_server"] = services.accounts.server_name().view();
    co_return ok(body);
  }
  auto request = read_login(login, created->user);
  if (!request) co_return failed(request.error());
  co_return co_await answer_login(call, pipeline, services, *std::move(created), *std::move(request));
}

// All parameters but the display name of the device are ignored for guests, as the specification says.
Task<Response> register_guest(Call& call, Pipeline& pipeline, IdentityServices& services) {
  if (services.options.guests == Guests::Refused) {
    co_return failed(forbidden("Guests are not welcome on this server."));
  }
  identity::NewAccount account;
  account.localpart = services.accounts.fresh_localpart();
  account.role = gate::Role::Guest;
  json::Object login;
  if (const json::Value* name = json::find(call.body, "initial_device_display_name")) {
    login["initial_device_display_name"] = *name;
  }
  co_return co_await create_and_answer(call, pipeline, services, std::move(account), std::move(login));
}

Task<Response> register_user(Call& call, Pipeline& pipeline, IdentityServices& services) {
  if (services.options.registration == Registration::Closed) co_return closed();
  auto request = read_registration(call.body);
  if (!request) co_return failed(request.error());
  const auto login = read_login(call.body, UserId());
  if (!login) co_return failed(login.error());
  // What cannot succeed is refused before the user goes through the stages.
  if (request->username) {
    const auto user = co_await services.accounts.check_available(*request->username);
    if (!user) co_return failed(user.error());
  }
  if (request->password) {
    const auto strong =
        services.accounts.check_password_strength(request->username.value_or(""), *request->password);
    if (!strong) co_return failed(strong.error());
  }
  identity::ProtectedOperation operation{
      .endpoint = "POST /register", .user = {}, .flows = flows(services.options)};
  auto confirmation = co_await confirm(call, services.interactive_authentication, std::move(operation));
  if (confirmation.challenge) co_return *std::move(confirmation.challenge);

  identity::NewAccount account;
  account.localpart = request->username ? *request->username : services.accounts.fresh_localpart();
  account.password = std::move(request->password);
  co_return co_await create_and_answer(call, pipeline, services, std::move(account), call.body);
}

// "Server admin style permissions": a user without a password, in the service's own namespace.
Task<Response> register_for_service(Call& call, Pipeline& pipeline, IdentityServices& services) {
  if (call.service.empty()) co_return no_service(call);
  const auto username = json::required_string(call.body, "username");
  if (!username) co_return failed(username.error());
  const auto user = matrix::make_user_id(text::to_lower_ascii(*username), services.accounts.server_name());
  if (!user) co_return failed(user.error());
  if (!pipeline.services()->covers_user(call.service, *user)) co_return failed(outside_namespace());
  call.subject.session = identity::service_session(call.service);
  identity::NewAccount account;
  account.localpart = matrix::localpart(*user);
  auto creating = create_and_answer(call, pipeline, services, std::move(account), call.body);
  co_return co_await std::move(creating);
}

Task<Response> post_register(Call& call, Pipeline& pipeline, IdentityServices& services) {
  if (json::string_or(call.body, "type", "") == kServiceLogin) {
    auto registering = register_for_service(call, pipeline, services);
    co_return co_await std::move(registering);
  }
  const std::string_view kind = call.request.query_value("kind").value_or("user");
  if (kind == "guest") co_return co_await register_guest(call, pipeline, services);
  if (kind == "user") co_return co_await register_user(call, pipeline, services);
  co_return failed(invalid_argument("'kind' is 'user' or 'guest'."));
}

// NOTSPEC: 403 where registration is closed, or the endpoint would tell anybody who has an account.
Task<Response> get_available(Call& call, IdentityServices& services) {
  if (services.options.registration == Registration::Closed) co_return closed();
  const auto username = call.request.query_value("username");
  if (!username) co_return failed(missing_argument("username"));
  const auto user = co_await services.accounts.check_available(std::string(*username));
  if (!user) co_return failed(user.error());
  json::Object body;
  body["available"] = true;
  co_return ok(body);
}

Task<Response> get_token_validity(Call& call, IdentityServices& services) {
  if (services.options.registration == Registration::Closed) co_return closed();
  const auto token = call.request.query_value("token");
  if (!token) co_return failed(missing_argument("token"));
  json::Object body;
  body["valid"] = services.interactive_authentication.is_registration_token(*token);
  co_return ok(body);
}

}  // namespace

void add_registration_routes(net::Router& router, Pipeline& pipeline, IdentityServices& services) {
  pipeline.add(router, net::Method::Post, v3_paths("/register"),
               {.access = Access::Public, .limit = "registration", .takes_body = true, .body_optional = true},
               [&](Call& call) { return post_register(call, pipeline, services); });
  pipeline.add(router, net::Method::Get, v3_paths("/register/available"),
               {.access = Access::Public, .limit = "registration_check"},
               [&](Call& call) { return get_available(call, services); });
  pipeline.add(router, net::Method::Get, {"/_matrix/client/v1/register/m.login.registration_token/validity"},
               {.access = Access::Public, .limit = "registration_check"},
               [&](Call& call) { return get_token_validity(call, services); });
}

}  // namespace kuramori::api::client
