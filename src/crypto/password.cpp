#include "crypto/password.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <optional>

#include "crypto/sodium_ready.hpp"

namespace kuramori::crypto {
namespace {

constexpr std::string_view kArgon2Prefix = "$argon2id$v=19$";
using StoredHash = std::array<char, crypto_pwhash_argon2id_STRBYTES>;

std::size_t memory_bytes(PasswordCost cost) {
  return std::size_t{cost.memory_kib} * 1024;
}

// As libsodium wants it: terminated, in a buffer of fixed size. Nothing when it cannot be a hash of ours.
std::optional<StoredHash> stored(std::string_view hash) {
  StoredHash text{};
  if (!hash.starts_with(kArgon2Prefix) || hash.size() >= text.size()) return std::nullopt;
  if (hash.find('\0') != std::string_view::npos) return std::nullopt;
  std::ranges::copy(hash, text.begin());
  return text;
}

}  // namespace

Result<std::string> hash_password(std::string_view password, PasswordCost cost) {
  if (cost.passes < crypto_pwhash_argon2id_OPSLIMIT_MIN ||
      memory_bytes(cost) < crypto_pwhash_argon2id_MEMLIMIT_MIN ||
      memory_bytes(cost) > crypto_pwhash_argon2id_MEMLIMIT_MAX) {
    return invalid_argument("Password hashes need at least 8 KiB of memory and one pass.");
  }
  detail::ensure_sodium();
  StoredHash text{};
  if (crypto_pwhash_argon2id_str(text.data(), password.data(), password.size(), cost.passes,
                                 memory_bytes(cost)) != 0) {
    return unavailable("The server has too little memory to check passwords right now.",
                       "Argon2id could not allocate " + std::to_string(cost.memory_kib) + " KiB");
  }
  return std::string(text.data());
}

bool verify_password(std::string_view hash, std::string_view password) {
  detail::ensure_sodium();
  const std::optional<StoredHash> text = stored(hash);
  return text && crypto_pwhash_argon2id_str_verify(text->data(), password.data(), password.size()) == 0;
}

bool needs_rehash(std::string_view hash, PasswordCost cost) {
  const std::optional<StoredHash> text = stored(hash);
  return !text || crypto_pwhash_argon2id_str_needs_rehash(text->data(), cost.passes, memory_bytes(cost)) != 0;
}

}  // namespace kuramori::crypto
