// Rule 5.4.1 (4.4.1 before version 12): an invitation to an address, redeemed by a proof of who owns the
// address.
#include <array>

#include "crypto/base64.hpp"
#include "crypto/signing.hpp"
#include "matrix/authorisation_rules.hpp"

namespace kuramori::matrix::detail {
namespace {

// Each key is tried with each signature, so both are bounded: the events of an attacker could hold hundreds
// of each.
constexpr std::size_t kKeysMax = 16;
constexpr std::size_t kSignaturesMax = 16;

template <std::size_t Size>
std::optional<std::array<std::uint8_t, Size>> decode(const json::Value* text) {
  if (text == nullptr || !text->is_string()) return std::nullopt;
  std::optional<Bytes> bytes = crypto::from_base64(json::view(text->get_string()));
  if (!bytes) bytes = crypto::from_base64_url(json::view(text->get_string()));
  if (!bytes || bytes->size() != Size) return std::nullopt;
  std::array<std::uint8_t, Size> fixed;
  std::ranges::copy(*bytes, fixed.begin());
  return fixed;
}

std::vector<crypto::Ed25519PublicKey> public_keys(const json::Object& content) {
  std::vector<crypto::Ed25519PublicKey> keys;
  const auto add = [&keys](const json::Object& holder) {
    if (keys.size() == kKeysMax) return;
    if (const auto key = decode<32>(json::find(holder, "public_key"))) keys.push_back(*key);
  };
  add(content);
  if (const json::Array* more = json::array_at(content, "public_keys")) {
    for (const json::Value& entry : *more) {
      if (const json::Object* holder = entry.if_object()) add(*holder);
    }
  }
  return keys;
}

std::vector<crypto::Ed25519Signature> signatures(const json::Object& proof) {
  std::vector<crypto::Ed25519Signature> all;
  const json::Object* by_server = json::object_at(proof, "signatures");
  if (by_server == nullptr) return all;
  for (const auto& server : *by_server) {
    const json::Object* by_key = server.value().if_object();
    if (by_key == nullptr) continue;
    for (const auto& signature : *by_key) {
      if (all.size() == kSignaturesMax) return all;
      if (!std::string_view(signature.key()).starts_with("ed25519:")) continue;
      if (const auto octets = decode<64>(&signature.value())) all.push_back(*octets);
    }
  }
  return all;
}

bool is_proven(const json::Object& proof, const json::Object& invite_content) {
  json::Object covered = proof;
  covered.erase("signatures");
  covered.erase("unsigned");
  const std::string message = json::canonical(covered);
  const std::vector<crypto::Ed25519PublicKey> keys = public_keys(invite_content);
  for (const crypto::Ed25519Signature& signature : signatures(proof)) {
    for (const crypto::Ed25519PublicKey& key : keys) {
      if (crypto::verify(key, as_bytes(message), signature)) return true;
    }
  }
  return false;
}

}  // namespace

Verdict third_party_invite(const Trial& trial, const json::Value& invite) {
  const std::string_view target = *trial.event.state_key();
  if (trial.membership_of(target) == Membership::Ban) {
    return reject(trial, 5, ".4.1.1", "The user is banned from this room.");
  }
  const json::Object* holder = invite.if_object();
  const json::Object* proof = holder == nullptr ? nullptr : json::object_at(*holder, "signed");
  if (proof == nullptr) return reject(trial, 5, ".4.1.2", "The invitation carries no proof.");
  const json::Value* mxid = json::find(*proof, "mxid");
  const json::Value* token = json::find(*proof, "token");
  if (mxid == nullptr || token == nullptr || !token->is_string()) {
    return reject(trial, 5, ".4.1.3", "The invitation's proof names no user or no token.");
  }
  if (!mxid->is_string() || json::view(mxid->get_string()) != target) {
    return reject(trial, 5, ".4.1.4", "The invitation's proof is for another user.");
  }
  const EventPtr original = trial.state.find("m.room.third_party_invite", json::view(token->get_string()));
  if (original == nullptr) return reject(trial, 5, ".4.1.5", "There is no such third-party invitation.");
  if (original->sender() != trial.event.sender()) {
    return reject(trial, 5, ".4.1.6", "The third-party invitation was sent by somebody else.");
  }
  if (is_proven(*proof, original->content())) return allow(trial, 5, ".4.1.7");
  return reject(trial, 5, ".4.1.8",
                "The invitation's proof is not signed by a key of the third-party invitation.");
}

}  // namespace kuramori::matrix::detail
