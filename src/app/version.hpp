// The version of this build, from the project's CMakeLists.txt.
#pragma once
#include <string_view>

namespace kuramori::app {

inline constexpr std::string_view kVersion = KURAMORI_VERSION;

}  // namespace kuramori::app
