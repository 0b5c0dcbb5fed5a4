#include "crypto/key_tree.hpp"

#include <sodium.h>

#include <algorithm>

#include "crypto/hash.hpp"

namespace kuramori::crypto {
namespace {

constexpr std::size_t kTreeKeyBytes = 32;

// Unambiguous: no scope contains the separator, and the owner comes last.
std::string place_of(KeyScope scope, std::string_view owner) {
  std::string place("kuramori-wrapped-key-v1|");
  place.append(to_string(scope)).append("|").append(owner);
  return place;
}

}  // namespace

std::string_view to_string(KeyScope scope) {
  switch (scope) {
    case KeyScope::Organisation:
      return "organisation";
    case KeyScope::Room:
      return "room";
    case KeyScope::Person:
      return "person";
    case KeyScope::File:
      return "file";
  }
  return "unknown";
}

Bytes wrap_key(const SecretKey& parent, const SecretKey& key, KeyScope scope, std::string_view owner,
               Random& random) {
  return seal(parent, key.view(), as_bytes(place_of(scope, owner)), random);
}

Result<SecretKey> unwrap_key(const SecretKey& parent, ByteView wrapped, KeyScope scope,
                             std::string_view owner) {
  if (wrapped.size() != kTreeKeyBytes + kSealOverheadBytes)
    return corrupt("a wrapped key has the wrong length");
  KURAMORI_TRY(plain, open(parent, wrapped, as_bytes(place_of(scope, owner))));
  std::array<std::uint8_t, kTreeKeyBytes> raw{};
  std::ranges::copy(plain, raw.begin());
  SecretKey key(raw);
  sodium_memzero(raw.data(), raw.size());
  sodium_memzero(plain.data(), plain.size());
  return key;
}

// RFC 5869 with no salt; one block of output is all that a key needs.
SecretKey derive_key(const SecretKey& from, std::string_view purpose) {
  constexpr std::array<std::uint8_t, 32> kNoSalt{};
  Sha256 extracted = hmac_sha256(kNoSalt, from.view());
  Bytes info(purpose.begin(), purpose.end());
  info.push_back(1);
  Sha256 expanded = hmac_sha256(extracted, info);
  SecretKey key(expanded);
  sodium_memzero(extracted.data(), extracted.size());
  sodium_memzero(expanded.data(), expanded.size());
  return key;
}

}  // namespace kuramori::crypto
