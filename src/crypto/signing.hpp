// Ed25519 signatures, and signed JSON objects (appendices.md, "Signing JSON").
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "json/json.hpp"

namespace kuramori::crypto {

using Ed25519PublicKey = std::array<std::uint8_t, 32>;
using Ed25519Signature = std::array<std::uint8_t, 64>;
using Ed25519Seed = std::array<std::uint8_t, 32>;

class SigningKey {
 public:
  // `version` is the part after the colon in `ed25519:version`.
  static SigningKey from_seed(const Ed25519Seed& seed, std::string version);
  static SigningKey generate(Random& random, std::string version);
  ~SigningKey();  // wipes the secret
  SigningKey(SigningKey&&) noexcept;
  SigningKey& operator=(SigningKey&&) = delete;

  Ed25519Signature sign(ByteView message) const;
  const Ed25519PublicKey& public_key() const { return public_key_; }
  const std::string& key_id() const { return key_id_; }  // "ed25519:version"

 private:
  SigningKey() = default;
  Ed25519PublicKey public_key_{};
  std::array<std::uint8_t, 64> secret_{};
  std::string key_id_;
};

bool verify(const Ed25519PublicKey& key, ByteView message, const Ed25519Signature& signature);

// Adds signatures.<entity>.<key_id> over the canonical form without `signatures` and `unsigned`.
void sign_json(json::Object& object, std::string_view entity, const SigningKey& key);
// Forbidden when the signature is absent, malformed or wrong.
Result<void> verify_json(const json::Object& object, std::string_view entity, std::string_view key_id,
                         const Ed25519PublicKey& key);

}  // namespace kuramori::crypto
