#include "api/access/failure_log.hpp"

#include <utility>

namespace kuramori::api {
namespace {

thread_local std::optional<std::string> last_failure;

}  // namespace

void note_failure(std::string log_line) {
  last_failure = std::move(log_line);
}

std::optional<std::string> take_last_failure() {
  return std::exchange(last_failure, std::nullopt);
}

}  // namespace kuramori::api
