// What a profile may hold (client-server API, "Profiles").
#pragma once
#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "json/json.hpp"

namespace kuramori::identity {

// M_KEY_TOO_LARGE, or M_INVALID_PARAM for a key outside the Common Namespaced Identifier Grammar.
Result<void> check_profile_key(std::string_view key);
// The value to store under `key`, or nothing where it says "no value" (an empty or null name).
// M_INVALID_PARAM when it is not one for this key, M_TOO_LARGE over the limits of names.
Result<std::optional<json::Value>> check_profile_value(std::string_view key, const json::Value& value);

}  // namespace kuramori::identity
