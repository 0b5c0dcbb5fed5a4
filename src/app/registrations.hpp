// The registration files that the configuration names.
#pragma once
#include "app/config.hpp"

namespace kuramori::app {

// InvalidArgument (KURAMORI_CONFIG) listing every problem, one a line: "FILE:LINE: what is wrong".
Result<void> check_registrations(const Config& config);

}  // namespace kuramori::app
