#include "crypto/short_hash.hpp"

#include <sodium.h>

#include <algorithm>
#include <cstring>

namespace kuramori::crypto {

ShortHash::ShortHash(const SecretKey& key) {
  static_assert(crypto_shorthash_KEYBYTES == 16 && crypto_shorthash_BYTES == 8);
  std::ranges::copy(key.view().first(key_.size()), key_.begin());
}

ShortHash::~ShortHash() {
  sodium_memzero(key_.data(), key_.size());
}

std::uint64_t ShortHash::operator()(std::string_view text) const {
  std::array<std::uint8_t, crypto_shorthash_BYTES> hash{};
  crypto_shorthash(hash.data(), as_bytes(text).data(), text.size(), key_.data());
  std::uint64_t value = 0;
  std::memcpy(&value, hash.data(), sizeof value);
  return value;
}

std::array<std::uint8_t, 16> ShortHash::wide(std::string_view text) const {
  static_assert(crypto_shorthash_siphashx24_KEYBYTES == 16 && crypto_shorthash_siphashx24_BYTES == 16);
  std::array<std::uint8_t, 16> hash{};
  crypto_shorthash_siphashx24(hash.data(), as_bytes(text).data(), text.size(), key_.data());
  return hash;
}

}  // namespace kuramori::crypto
