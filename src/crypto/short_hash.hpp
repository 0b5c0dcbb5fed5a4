// SipHash-2-4: a keyed hash of 64 bits (or 128, where many are kept) for short texts. Without the key it says
// nothing of them; it is too short to authenticate anything.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "crypto/aead.hpp"

namespace kuramori::crypto {

class ShortHash {
 public:
  // The first half of `key` is used.
  explicit ShortHash(const SecretKey& key);
  ~ShortHash();
  ShortHash(const ShortHash&) = default;
  ShortHash& operator=(const ShortHash&) = delete;
  std::uint64_t operator()(std::string_view text) const;
  std::array<std::uint8_t, 16> wide(std::string_view text) const;

 private:
  std::array<std::uint8_t, 16> key_{};
};

}  // namespace kuramori::crypto
