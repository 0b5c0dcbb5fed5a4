// AES-256-GCM with a random 96-bit nonce: `nonce ‖ ciphertext ‖ tag`. The associated data binds a sealed
// value to its place (table, column, key), so that a value moved elsewhere does not open.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "base/result.hpp"

namespace kuramori::crypto {

// A 256-bit secret key; wiped when it goes.
class SecretKey {
 public:
  SecretKey() = default;
  explicit SecretKey(const std::array<std::uint8_t, 32>& raw) : raw_(raw) {}
  static SecretKey generate(Random& random);
  SecretKey(const SecretKey&) = default;
  SecretKey& operator=(const SecretKey&) = default;
  ~SecretKey();
  ByteView view() const { return raw_; }

 private:
  std::array<std::uint8_t, 32> raw_{};
};

constexpr std::size_t kSealOverheadBytes = 12 + 16;

Bytes seal(const SecretKey& key, ByteView plaintext, ByteView associated_data, Random& random);
// Corrupt when the key, the place or a single bit differs.
Result<Bytes> open(const SecretKey& key, ByteView sealed, ByteView associated_data);

}  // namespace kuramori::crypto
