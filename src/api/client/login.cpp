// GET and POST /login (client-server API, "Login").
#include "api/client/login_answer.hpp"
#include "api/client/paths.hpp"
#include "api/client/service_callers.hpp"
#include "api/client/service_login.hpp"
#include "identity/user_identifier.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

Task<Response> get_login(const Pipeline& pipeline) {
  json::Object password;
  password["type"] = "m.login.password";
  json::Object token;
  token["type"] = "m.login.token";
  token["get_login_token"] = true;
  json::Array flows;
  flows.emplace_back(std::move(password));
  flows.emplace_back(std::move(token));
  if (pipeline.services() != nullptr) {
    json::Object service;
    service["type"] = kServiceLogin;
    flows.emplace_back(std::move(service));
  }
  json::Object body;
  body["flows"] = std::move(flows);
  co_return ok(body);
}

// Who logs in, or the response that says why not.
struct Claim {
  std::optional<identity::Account> account;
  std::optional<Response> denied;
};

Claim denied(const Error& error) {
  return {std::nullopt, failed(error)};
}

Task<Claim> check_password_login(Call& call, Pipeline& pipeline, IdentityServices& services) {
  const auto user = identity::read_user_identifier(call.body, services.accounts.server_name());
  if (!user) co_return denied(user.error());
  auto password = json::required_string(call.body, "password");
  if (!password) co_return denied(password.error());
  // Beside the limit for the address: guesses at one account may come from many.
  if (auto limited = pipeline.over_limit("login_account", user->view()))
    co_return Claim{{}, std::move(limited)};
  auto account = co_await services.accounts.verify_password(*user, *std::move(password), call.subject);
  if (!account) co_return denied(account.error());
  co_return Claim{*std::move(account), {}};
}

Task<Claim> check_token_login(Call& call, IdentityServices& services) {
  const auto token = json::required_string(call.body, "token");
  if (!token) co_return denied(token.error());
  const auto user = services.sessions.take_login_token(*token);
  if (!user) {
    const UserId nobody;
    const auto noted = co_await services.accounts.failures().note(call.subject, nobody,
                                                                  identity::LoginFailure::UnknownToken);
    if (!noted) co_return denied(noted.error());
    co_return denied(forbidden("This login token is not known, or no longer valid."));
  }
  auto account = co_await services.accounts.find(*user);
  if (!account || account->deactivated) co_return denied(forbidden("This account cannot log in."));
  co_return Claim{*std::move(account), {}};
}

// A user of the service's namespace, or its own, without a password.
Task<Claim> check_service_login(Call& call, Pipeline& pipeline, IdentityServices& services) {
  if (call.service.empty()) co_return Claim{{}, no_service(call)};
  const auto user = identity::read_user_identifier(call.body, services.accounts.server_name());
  if (!user) co_return denied(user.error());
  if (!pipeline.services()->covers_user(call.service, *user)) co_return denied(outside_namespace());
  auto account = co_await services.accounts.find(*user);
  if (!account || account->deactivated) co_return denied(forbidden("This account cannot log in."));
  co_return Claim{*std::move(account), {}};
}

Task<Response> post_login(Call& call, Pipeline& pipeline, IdentityServices& services) {
  const auto type = json::required_string(call.body, "type");
  if (!type) co_return failed(type.error());
  Claim claim;
  if (*type == "m.login.password") {
    claim = co_await check_password_login(call, pipeline, services);
  } else if (*type == "m.login.token") {
    claim = co_await check_token_login(call, services);
  } else if (*type == kServiceLogin) {
    claim = co_await check_service_login(call, pipeline, services);
  } else {
    co_return failed(Error(ErrorCode::InvalidArgument, "M_UNKNOWN", "This login type is not known."));
  }
  if (claim.denied) co_return *std::move(claim.denied);
  auto request = read_login(call.body, claim.account->user);
  if (!request) co_return failed(request.error());
  if (*type == "m.login.password") request->proved = identity::PasswordProved::Yes;
  co_return co_await answer_login(call, pipeline, services, *std::move(claim.account), *std::move(request));
}

}  // namespace

Result<identity::LoginRequest> read_login(const json::Object& body, const UserId& user) {
  identity::LoginRequest request;
  request.user = user;
  KURAMORI_TRY(device, json::optional_string(body, "device_id"));
  if (device && !device->empty()) request.device = DeviceId(*std::move(device));
  KURAMORI_TRY(name, json::optional_string(body, "initial_device_display_name"));
  if (name) request.initial_device_display_name = *std::move(name);
  KURAMORI_TRY(refresh, json::optional_bool(body, "refresh_token"));
  request.wants_refresh_token = refresh.value_or(false);
  return request;
}

Task<Response> answer_login(Call& call, Pipeline& pipeline, IdentityServices& services,
                            identity::Account account, identity::LoginRequest request) {
  call.subject.user = account.user;
  call.subject.role = account.role;
  if (request.device) call.subject.device = *request.device;
  gate::Resource resource;
  resource.user = account.user;
  auto admitted = co_await pipeline.admit(call, gate::Operation::AccountLogin, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const bool is_proved = request.proved == identity::PasswordProved::Yes;
  const auto issued = co_await services.sessions.log_in(*std::move(admitted.permit), std::move(request));
  if (!issued) co_return failed(issued.error());
  if (is_proved && services.proofs != nullptr)
    services.proofs->note(issued->session->id, pipeline.clock().now());

  json::Object body;
  body["user_id"] = account.user.view();
  body["access_token"] = issued->access_token;
  body["device_id"] = issued->session->device.view();
  body["home_server"] = services.accounts.server_name().view();
  if (!issued->refresh_token.empty()) body["refresh_token"] = issued->refresh_token;
  if (issued->expires_in_ms > 0) body["expires_in_ms"] = issued->expires_in_ms;
  if (account.must_change_password) body["org.kuramori.must_change_password"] = true;
  if (!services.options.public_base_url.empty()) {
    json::Object homeserver;
    homeserver["base_url"] = services.options.public_base_url;
    json::Object well_known;
    well_known["m.homeserver"] = std::move(homeserver);
    body["well_known"] = std::move(well_known);
  }
  co_return ok(body);
}

void add_login_routes(net::Router& router, Pipeline& pipeline, IdentityServices& services) {
  pipeline.add(router, net::Method::Get, v3_paths("/login"), {.access = Access::Public, .limit = ""},
               [&](Call&) { return get_login(pipeline); });
  pipeline.add(router, net::Method::Post, v3_paths("/login"),
               {.access = Access::Public, .limit = "login", .takes_body = true},
               [&](Call& call) { return post_login(call, pipeline, services); });
}

}  // namespace kuramori::api::client
