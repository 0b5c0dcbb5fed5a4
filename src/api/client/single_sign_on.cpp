// GET /auth_metadata and the redirects to single sign-on (client-server API, modules oauth_server_metadata
// and sso_login). Neither is configured in this version: each says so in the way that the specification has.
#include "api/client/identity_routes.hpp"
#include "api/client/paths.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

Task<Response> get_metadata() {
  co_return failed(Error(ErrorCode::NotFound, "M_UNRECOGNIZED",
                         "This server does not offer the OAuth 2.0 API; log in with /login."));
}

Task<Response> redirect(const Call& call) {
  const auto target = call.request.query_value("redirectUrl");
  if (!target || target->empty()) co_return failed(missing_argument("redirectUrl"));
  co_return failed(not_found("No single sign-on provider is configured here; log in with a password."));
}

}  // namespace

void add_single_sign_on_routes(net::Router& router, Pipeline& pipeline) {
  const EndpointOptions open{.access = Access::Public, .limit = ""};
  pipeline.add(
      router, net::Method::Get,
      {"/_matrix/client/v1/auth_metadata", "/_matrix/client/unstable/org.matrix.msc2965/auth_metadata"}, open,
      [](Call&) { return get_metadata(); });
  pipeline.add(router, net::Method::Get, v3_paths("/login/sso/redirect"), open,
               [](Call& call) { return redirect(call); });
  pipeline.add(router, net::Method::Get, v3_paths("/login/sso/redirect/{idp}"), open,
               [](Call& call) { return redirect(call); });
}

}  // namespace kuramori::api::client
