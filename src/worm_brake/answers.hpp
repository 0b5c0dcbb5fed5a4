// A stop as administrators are shown it.
#pragma once
#include "worm_brake/brake.hpp"

namespace kuramori::worm_brake {

json::Object described(const Stop& stop);

}  // namespace kuramori::worm_brake
