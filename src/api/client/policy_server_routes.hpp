// POST /_matrix/policy/v1/sign: other servers ask this one to sign their events (server-server API, "Policy
// Servers").
#pragma once
#include "api/client/pipeline.hpp"
#include "policy_server/request_authentication.hpp"
#include "policy_server/signer.hpp"

namespace kuramori::api::client {

// Lives as long as the router.
struct PolicyServerServices {
  policy_server::RequestAuthentication& authentication;
  policy_server::Signer& signer;
};

void add_policy_server_routes(net::Router& router, Pipeline& pipeline, PolicyServerServices& services);

}  // namespace kuramori::api::client
