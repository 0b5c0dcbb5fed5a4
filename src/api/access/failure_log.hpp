// The log line of the error behind a 5xx response. Who renders the error leaves it for the pipeline, which
// knows the request: a handler renders its error and returns on one thread, without suspending in between.
#pragma once
#include <optional>
#include <string>

namespace kuramori::api {

void note_failure(std::string log_line);
std::optional<std::string> take_last_failure();

}  // namespace kuramori::api
