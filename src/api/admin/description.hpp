// The description of this interface (OpenAPI 3.1): docs/api/kuramori-admin-v1.json, built in.
#pragma once
#include <string_view>

#include "net/router.hpp"

namespace kuramori::api::admin {

std::string_view description();
// GET /_kuramori/admin/v1/openapi.json: for everybody, without a token, as the manual is.
void add_description_routes(net::Router& router);

}  // namespace kuramori::api::admin
