// Argon2id password hashes in the standard `$argon2id$v=19$…` form. Slow by intent: run on a worker pool.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace kuramori::crypto {

struct PasswordCost {
  std::uint32_t memory_kib = 65'536;
  std::uint32_t passes = 3;
};

Result<std::string> hash_password(std::string_view password, PasswordCost cost);
// Constant-time in the comparison.
bool verify_password(std::string_view hash, std::string_view password);
// The hash was made with another cost than `cost`, and should be renewed at the next login.
bool needs_rehash(std::string_view hash, PasswordCost cost);

}  // namespace kuramori::crypto
