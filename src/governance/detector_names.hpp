// What is built in: the detectors that every policy may name, what to call their findings in each language,
// and the validators that custom detectors may use.
#pragma once
#include <string_view>

#include "governance/decision.hpp"

namespace kuramori::governance {

const Explanation& built_in_detector_names(std::string_view id);

struct Validator {
  std::string_view name;
  bool (*check)(std::string_view match);  // of what the pattern matched, separators included
};
const Validator* find_validator(std::string_view name);  // null when there is none

}  // namespace kuramori::governance
