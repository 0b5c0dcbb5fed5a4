#include "app/registrations.hpp"

#include "appservices/registration.hpp"

namespace kuramori::app {

Result<void> check_registrations(const Config& config) {
  const auto reading = appservices::read_registration_files(config.appservices.registration_files,
                                                            ServerName(config.server.name));
  if (reading.problems.empty()) return {};
  std::string message;
  for (const std::string& problem : reading.problems) {
    if (!message.empty()) message.push_back('\n');
    message += problem;
  }
  return Error(ErrorCode::InvalidArgument, "KURAMORI_CONFIG", std::move(message));
}

}  // namespace kuramori::app
