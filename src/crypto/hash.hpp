// SHA-256 and HMAC-SHA-256.
#pragma once
#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string_view>

#include "base/bytes.hpp"

namespace kuramori::crypto {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(ByteView data);
inline Sha256 sha256(std::string_view text) {
  return sha256(as_bytes(text));
}
// The hash of the concatenation, without building it.
Sha256 sha256(std::initializer_list<ByteView> parts);
Sha256 hmac_sha256(ByteView key, ByteView data);

// Of what arrives in parts.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(Sha256Stream&&) noexcept;
  void add(ByteView part);
  Sha256 finish();  // once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kuramori::crypto
