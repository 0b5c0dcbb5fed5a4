// The log line of the error behind a 5xx response. `failed` leaves it for the pipeline, which knows the
// request; a handler renders its error and returns on one thread, without suspending in between.
#pragma once
#include <optional>
#include <string>

namespace kuramori::api::client {

std::optional<std::string> take_last_failure();

}  // namespace kuramori::api::client
