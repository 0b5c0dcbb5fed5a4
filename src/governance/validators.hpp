// The checksums that custom detectors may name.
#pragma once
#include <string_view>

namespace kuramori::governance {

struct Validator {
  std::string_view name;
  bool (*check)(std::string_view match);  // of what the pattern matched, separators included
};
const Validator* find_validator(std::string_view name);  // null when there is none

}  // namespace kuramori::governance
