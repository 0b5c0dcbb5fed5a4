#include "api/client/confirmation.hpp"

namespace kuramori::api::client {
namespace {

// Application services have no password to confirm with ("Device management", "Cross-signing").
bool is_open_to_services(std::string_view endpoint) {
  return endpoint.starts_with("DELETE /devices/") || endpoint.starts_with("POST /delete_devices") ||
         endpoint.starts_with("POST /keys/device_signing/upload");
}

}  // namespace

runtime::Task<Confirmation> confirm(const Call& call, identity::InteractiveAuthentication& authentication,
                                    identity::ProtectedOperation operation) {
  Confirmation confirmation;
  if (!call.service.empty() && is_open_to_services(operation.endpoint)) {
    confirmation.user = call.session->user;
    co_return confirmation;
  }
  const auto auth = json::optional_object(call.body, "auth");
  if (!auth) {
    confirmation.challenge = failed(auth.error());
    co_return confirmation;
  }
  operation.from = call.subject;
  const auto outcome = co_await authentication.authenticate(std::move(operation), *auth);
  if (const auto* authenticated = std::get_if<identity::Authenticated>(&outcome)) {
    confirmation.user = authenticated->user;
  } else if (const auto* challenge = std::get_if<identity::Challenge>(&outcome)) {
    confirmation.challenge = with_status(401, challenge->body());
  } else {
    confirmation.challenge = failed(std::get<Error>(outcome));
  }
  co_return confirmation;
}

}  // namespace kuramori::api::client
