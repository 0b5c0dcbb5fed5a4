#include "api/client/identity_routes.hpp"

namespace kuramori::api::client {

void add_identity_routes(net::Router& router, Pipeline& pipeline, IdentityServices& services) {
  add_versions_routes(router, pipeline);
  add_well_known_routes(router, pipeline, services);
  add_capabilities_routes(router, pipeline, services);
  add_login_routes(router, pipeline, services);
  add_single_sign_on_routes(router, pipeline);
  add_login_token_routes(router, pipeline, services);
  add_refresh_routes(router, pipeline, services);
  add_logout_routes(router, pipeline, services);
  add_registration_routes(router, pipeline, services);
  add_shared_secret_registration_routes(router, pipeline, services);
  add_whoami_routes(router, pipeline, services);
  add_password_routes(router, pipeline, services);
  add_deactivation_routes(router, pipeline, services);
  add_device_routes(router, pipeline, services);
  add_profile_routes(router, pipeline, services);
}

}  // namespace kuramori::api::client
