// What login and registration have in common: a session is made, and its tokens are told.
#pragma once
#include "api/client/identity_routes.hpp"

namespace kuramori::api::client {

// `device_id`, `initial_device_display_name` and `refresh_token` of the request.
Result<identity::LoginRequest> read_login(const json::Object& body, const UserId& user);
runtime::Task<net::Response> answer_login(Call& call, Pipeline& pipeline, IdentityServices& services,
                                          identity::Account account, identity::LoginRequest request);

}  // namespace kuramori::api::client
