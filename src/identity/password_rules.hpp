// What a password must at least be. Long rather than intricate: length, not a well-known one, not the user's
// name.
#pragma once
#include <string_view>

#include "base/result.hpp"

namespace kuramori::identity {

struct PasswordLimits {
  std::size_t characters_min = 8;
  std::size_t bytes_max = 512;
};

// M_WEAK_PASSWORD, or M_INVALID_PARAM for one that is too long or not UTF-8.
Result<void> check_password(const PasswordLimits& limits, std::string_view localpart,
                            std::string_view password);

}  // namespace kuramori::identity
