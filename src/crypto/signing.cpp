#include "crypto/signing.hpp"

#include <sodium.h>

#include <algorithm>

#include "crypto/base64.hpp"
#include "crypto/sodium_ready.hpp"

namespace kuramori::crypto {
namespace {

constexpr std::string_view kSignatures = "signatures";
constexpr std::string_view kUnsigned = "unsigned";

std::string signed_text(const json::Object& object) {
  return json::canonical_without(object, {kSignatures, kUnsigned});
}

// The member as an object; whatever else stands there is replaced, for it cannot hold signatures.
json::Object& object_member(json::Object& parent, std::string_view key) {
  json::Value& value = parent[key];
  return value.is_object() ? value.get_object() : value.emplace_object();
}

Result<Ed25519Signature> find_signature(const json::Object& object, std::string_view entity,
                                        std::string_view key_id) {
  const json::Object* const all = json::object_at(object, kSignatures);
  const json::Object* const of_entity = all == nullptr ? nullptr : json::object_at(*all, entity);
  const json::Value* const text = of_entity == nullptr ? nullptr : json::find(*of_entity, key_id);
  if (text == nullptr) return forbidden("The required signature is missing.");
  const auto raw = text->is_string() ? from_base64(json::view(text->get_string())) : std::nullopt;
  Ed25519Signature signature{};
  if (!raw || raw->size() != signature.size()) return forbidden("The signature is malformed.");
  std::ranges::copy(*raw, signature.begin());
  return signature;
}

// What has no canonical form cannot have been signed.
Result<void> check_signed_members(const json::Object& object) {
  for (const auto& member : object) {
    const std::string_view key(member.key().data(), member.key().size());
    if (key == kSignatures || key == kUnsigned) continue;
    if (!json::check_canonical(member.value())) return forbidden("The signed object has no canonical form.");
  }
  return {};
}

}  // namespace

SigningKey SigningKey::from_seed(const Ed25519Seed& seed, std::string version) {
  detail::ensure_sodium();
  SigningKey key;
  crypto_sign_seed_keypair(key.public_key_.data(), key.secret_.data(), seed.data());
  key.key_id_ = "ed25519:" + std::move(version);
  return key;
}

SigningKey SigningKey::generate(Random& random, std::string version) {
  Ed25519Seed seed{};
  random.fill(seed);
  SigningKey key = from_seed(seed, std::move(version));
  sodium_memzero(seed.data(), seed.size());
  return key;
}

SigningKey::~SigningKey() {
  sodium_memzero(secret_.data(), secret_.size());
}

SigningKey::SigningKey(SigningKey&& other) noexcept
    : public_key_(other.public_key_), secret_(other.secret_), key_id_(std::move(other.key_id_)) {
  sodium_memzero(other.secret_.data(), other.secret_.size());
}

Ed25519Signature SigningKey::sign(ByteView message) const {
  Ed25519Signature signature{};
  crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(), secret_.data());
  return signature;
}

bool verify(const Ed25519PublicKey& key, ByteView message, const Ed25519Signature& signature) {
  detail::ensure_sodium();
  return crypto_sign_verify_detached(signature.data(), message.data(), message.size(), key.data()) == 0;
}

void sign_json(json::Object& object, std::string_view entity, const SigningKey& key) {
  const std::string signature = to_base64(key.sign(as_bytes(signed_text(object))));
  object_member(object_member(object, kSignatures), entity)[key.key_id()] = signature;
}

Result<void> verify_json(const json::Object& object, std::string_view entity, std::string_view key_id,
                         const Ed25519PublicKey& key) {
  KURAMORI_TRY(signature, find_signature(object, entity, key_id));
  KURAMORI_CHECK(check_signed_members(object));
  if (!verify(key, as_bytes(signed_text(object)), signature)) return forbidden("The signature is wrong.");
  return {};
}

}  // namespace kuramori::crypto
