#pragma once
#include <string>
#include <string_view>

namespace kuramori::api::admin {

constexpr std::string_view kBase = "/_kuramori/admin/v1";

inline std::string path(std::string_view rest) {
  return std::string(kBase) + std::string(rest);
}

}  // namespace kuramori::api::admin
