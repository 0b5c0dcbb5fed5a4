// Reads the keys that clients upload (client-server API, "Key Distribution", "Cross-signing"). Pure: no I/O.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/identifiers.hpp"
#include "base/result.hpp"
#include "crypto/signing.hpp"
#include "json/json.hpp"

namespace kuramori::e2ee {

inline constexpr std::size_t kKeyBytesMax = 8'192;
inline constexpr std::size_t kOneTimeKeysPerRequestMax = 500;
inline constexpr std::size_t kSignaturesPerKeyMax = 100;

struct KeySignature {
  std::string key_id;     // "ed25519:DEVICE"
  std::string signature;  // as uploaded
};

// A public key object without `signatures` and `unsigned`, and the signatures of one person over it.
struct SignedBody {
  json::Object object;  // with them
  std::string body;     // canonical JSON without them
  std::vector<KeySignature> signatures;
};

struct DeviceKeysUpload {
  SignedBody keys;
  std::string ed25519;  // of the device, unpadded base64; empty: none
};

struct OneTimeKey {
  std::string algorithm;
  std::string key_id;
  std::string body;  // JSON text: a string or an object
};

enum class Usage : std::uint8_t { Master, SelfSigning, UserSigning };
std::string_view to_string(Usage usage);  // master, self_signing, user_signing

struct CrossSigningKey {
  SignedBody key;
  std::string public_key;  // unpadded base64
};

// M_INVALID_PARAM, M_BAD_JSON, M_INVALID_SIGNATURE (the device's own signature is asked for where it has an
// Ed25519 key).
Result<DeviceKeysUpload> read_device_keys(const json::Object& object, const UserId& user,
                                          const DeviceId& device);
// "<algorithm>:<key_id>" → key.
Result<std::vector<OneTimeKey>> read_one_time_keys(const json::Object& object);
// At most one for each algorithm.
Result<std::vector<OneTimeKey>> read_fallback_keys(const json::Object& object);
// Whether two uploads of one key id hold the same key: signatures may differ.
bool is_same_key(std::string_view body, std::string_view other);

Result<CrossSigningKey> read_cross_signing_key(const json::Object& object, const UserId& user, Usage usage);
// M_INVALID_SIGNATURE unless `signer` (unpadded base64) signed the object as `user`.
Result<void> check_signed_by(const json::Object& object, const UserId& user, std::string_view signer);
// The same with the id of the key given: "ed25519:DEVICE".
Result<void> check_signed_by_key(const json::Object& object, const UserId& user, std::string_view key_id,
                                 std::string_view public_key);
// The canonical form without `signatures` and `unsigned`; Error when there is none.
Result<std::string> body_of(const json::Object& object);
// The signatures that `user` made, as text. Malformed ones are an error.
Result<std::vector<KeySignature>> signatures_of(const json::Object& object, const UserId& user);
// The Ed25519 key of a stored device body; empty when it has none.
std::string ed25519_of(std::string_view body, const DeviceId& device);

Error invalid_signature();

}  // namespace kuramori::e2ee
