#include "api/client/confirmation.hpp"

namespace kuramori::api::client {

runtime::Task<Confirmation> confirm(const Call& call, identity::InteractiveAuthentication& authentication,
                                    identity::ProtectedOperation operation) {
  Confirmation confirmation;
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
