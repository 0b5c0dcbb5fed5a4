// Endpoints for application services alone: one function for each module of the specification, in a file of
// that name.
#pragma once
#include "api/client/pipeline.hpp"

namespace kuramori::api::client {

void add_appservice_ping_routes(net::Router& router, Pipeline& pipeline);
void add_appservice_room_directory_routes(net::Router& router, Pipeline& pipeline);

}  // namespace kuramori::api::client
