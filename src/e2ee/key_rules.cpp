#include "e2ee/key_rules.hpp"

#include <algorithm>
#include <set>

#include "crypto/base64.hpp"

namespace kuramori::e2ee {
namespace {

constexpr std::string_view kEd25519 = "ed25519:";

Error too_large() {
  return {ErrorCode::TooLarge, "M_TOO_LARGE", "The keys are larger than this server keeps."};
}

bool is_text(std::string_view text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  return !text.empty() && text.size() <= 255 && std::ranges::none_of(text, is_control);
}

std::optional<crypto::Ed25519PublicKey> public_key_from(std::string_view text) {
  const auto bytes = crypto::from_base64(text);
  if (!bytes || bytes->size() != 32) return std::nullopt;
  crypto::Ed25519PublicKey key{};
  std::ranges::copy(*bytes, key.begin());
  return key;
}

Result<SignedBody> read_signed(const json::Object& object, const UserId& user) {
  SignedBody read;
  read.object = object;
  KURAMORI_TRY(body, body_of(object));
  if (body.size() > kKeyBytesMax) return too_large();
  read.body = std::move(body);
  KURAMORI_TRY(signatures, signatures_of(object, user));
  read.signatures = std::move(signatures);
  return read;
}

Result<OneTimeKey> read_key(std::string_view name, const json::Value& value) {
  const std::size_t colon = name.find(':');
  if (colon == std::string_view::npos || !is_text(name.substr(0, colon)) ||
      !is_text(name.substr(colon + 1))) {
    return invalid_argument("The name of a one-time key has the form <algorithm>:<key_id>.");
  }
  const std::string_view algorithm = name.substr(0, colon);
  const auto* object = value.if_object();
  if (object == nullptr && !value.is_string()) return bad_json("A one-time key is a string or an object.");
  if (algorithm == "signed_curve25519") {
    if (object == nullptr) return bad_json("A signed key is an object.");
    KURAMORI_CHECK(json::required_string(*object, "key"));
  }
  KURAMORI_CHECK(json::check_canonical(value));
  OneTimeKey key{.algorithm = std::string(algorithm),
                 .key_id = std::string(name.substr(colon + 1)),
                 .body = json::serialize(value)};
  if (key.body.size() > kKeyBytesMax) return too_large();
  return key;
}

}  // namespace

std::string_view to_string(Usage usage) {
  switch (usage) {
    case Usage::Master:
      return "master";
    case Usage::SelfSigning:
      return "self_signing";
    case Usage::UserSigning:
      return "user_signing";
  }
  return "";
}

Error invalid_signature() {
  return {ErrorCode::InvalidArgument, "M_INVALID_SIGNATURE", "The signature is missing or wrong."};
}

Result<std::string> body_of(const json::Object& object) {
  const json::Value whole(object);
  KURAMORI_CHECK(json::check_canonical(whole));
  return json::canonical_without(object, {"signatures", "unsigned"});
}

Result<std::vector<KeySignature>> signatures_of(const json::Object& object, const UserId& user) {
  std::vector<KeySignature> found;
  KURAMORI_TRY(by_user, json::optional_object(object, "signatures"));
  if (by_user == nullptr) return found;
  KURAMORI_TRY(own, json::optional_object(*by_user, user.view()));
  if (own == nullptr) return found;
  if (own->size() > kSignaturesPerKeyMax) return too_large();
  for (const auto& [key_id, signature] : *own) {
    if (!signature.is_string() || !is_text(key_id) || signature.get_string().size() > 255) {
      return bad_json("A signature is a short string.");
    }
    found.push_back({std::string(key_id), std::string(json::view(signature.get_string()))});
  }
  return found;
}

Result<void> check_signed_by_key(const json::Object& object, const UserId& user, std::string_view key_id,
                                 std::string_view public_key) {
  const auto key = public_key_from(public_key);
  if (!key) return invalid_signature();
  const auto verified = crypto::verify_json(object, user.view(), key_id, *key);
  if (!verified) return invalid_signature();
  return {};
}

Result<void> check_signed_by(const json::Object& object, const UserId& user, std::string_view signer) {
  return check_signed_by_key(object, user, std::string(kEd25519) + std::string(signer), signer);
}

std::string ed25519_of(std::string_view body, const DeviceId& device) {
  const auto object = json::parse_object(body);
  if (!object) return {};
  const json::Object* keys = json::object_at(*object, "keys");
  if (keys == nullptr) return {};
  return std::string(json::string_or(*keys, std::string(kEd25519) + device.str(), ""));
}

Result<DeviceKeysUpload> read_device_keys(const json::Object& object, const UserId& user,
                                          const DeviceId& device) {
  KURAMORI_TRY(user_id, json::required_string(object, "user_id"));
  KURAMORI_TRY(device_id, json::required_string(object, "device_id"));
  if (user_id != user.view() || device_id != device.view()) {
    return invalid_argument("The device keys name another user or device than the one that uploads them.");
  }
  KURAMORI_TRY(algorithms, json::optional_array(object, "algorithms"));
  if (algorithms == nullptr) return missing_argument("algorithms");
  KURAMORI_TRY(keys, json::optional_object(object, "keys"));
  if (keys == nullptr) return missing_argument("keys");
  for (const auto& [name, key] : *keys) {
    const std::string_view id(name);
    if (!key.is_string()) return bad_json("A device key is a string.");
    if (!id.ends_with(":" + device.str()))
      return invalid_argument("The name of a device key has the form <algorithm>:<device_id>.");
  }
  DeviceKeysUpload upload;
  KURAMORI_TRY(read, read_signed(object, user));
  upload.keys = std::move(read);
  const std::string own_key = std::string(kEd25519) + device.str();
  upload.ed25519 = std::string(json::string_or(*keys, own_key, ""));
  if (!upload.ed25519.empty()) {
    KURAMORI_CHECK(check_signed_by_key(object, user, own_key, upload.ed25519));
  }
  return upload;
}

Result<std::vector<OneTimeKey>> read_one_time_keys(const json::Object& object) {
  if (object.size() > kOneTimeKeysPerRequestMax) return too_large();
  std::vector<OneTimeKey> keys;
  keys.reserve(object.size());
  for (const auto& [name, value] : object) {
    KURAMORI_TRY(key, read_key(name, value));
    keys.push_back(std::move(key));
  }
  return keys;
}

Result<std::vector<OneTimeKey>> read_fallback_keys(const json::Object& object) {
  KURAMORI_TRY(keys, read_one_time_keys(object));
  std::set<std::string_view> algorithms;
  for (const OneTimeKey& key : keys) {
    if (!algorithms.insert(key.algorithm).second)
      return invalid_argument("There can be one fallback key for each algorithm.");
  }
  return keys;
}

bool is_same_key(std::string_view body, std::string_view other) {
  if (body == other) return true;
  const auto left = json::parse(body);
  const auto right = json::parse(other);
  if (!left || !right || !left->is_object() || !right->is_object()) return false;
  return json::canonical_without(left->get_object(), {"signatures"}) ==
         json::canonical_without(right->get_object(), {"signatures"});
}

Result<CrossSigningKey> read_cross_signing_key(const json::Object& object, const UserId& user, Usage usage) {
  KURAMORI_TRY(user_id, json::required_string(object, "user_id"));
  if (user_id != user.view()) return invalid_argument("A cross-signing key names another user.");
  KURAMORI_TRY(usages, json::optional_array(object, "usage"));
  if (usages == nullptr) return missing_argument("usage");
  const auto names_it = [&](const json::Value& value) {
    return value.is_string() && json::view(value.get_string()) == to_string(usage);
  };
  if (!std::ranges::any_of(*usages, names_it))
    return invalid_argument("The usage of the key is not " + std::string(to_string(usage)) + ".");
  KURAMORI_TRY(keys, json::optional_object(object, "keys"));
  if (keys == nullptr) return missing_argument("keys");
  if (keys->size() != 1) return invalid_argument("A cross-signing key holds exactly one public key.");
  const std::string_view name(keys->begin()->key());
  const json::Value& value = keys->begin()->value();
  if (!value.is_string() || name != std::string(kEd25519) + std::string(json::view(value.get_string()))) {
    return invalid_argument("The name of a cross-signing key has the form ed25519:<public key>.");
  }
  CrossSigningKey key;
  key.public_key = std::string(json::view(value.get_string()));
  const bool is_unpadded = !key.public_key.ends_with('=');
  if (!is_unpadded || !public_key_from(key.public_key))
    return invalid_argument("A cross-signing key is 32 octets in unpadded base64.");
  KURAMORI_TRY(read, read_signed(object, user));
  key.key = std::move(read);
  return key;
}

}  // namespace kuramori::e2ee
