// POST /_kuramori/v1/step-up: proves the password of the session anew, by user-interactive authentication
// (client-server API). Rules with the obligation {"step_up": MINUTES} ask for it.
#pragma once
#include "api/resource/pipeline.hpp"
#include "identity/interactive_authentication.hpp"

namespace kuramori::api::work {

// Lives as long as the router.
struct StepUpServices {
  identity::InteractiveAuthentication& authentication;
};

void add_step_up_routes(net::Router& router, resource::Pipeline& pipeline, StepUpServices& services);

}  // namespace kuramori::api::work
