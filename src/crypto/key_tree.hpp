// Root key → organisation key → one key per room, person and file. Every key but the root is random and
// stored wrapped (sealed) by the one above it: destroying a wrapped key destroys what it sealed, and a new
// root key needs only one re-wrap.
#pragma once
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "crypto/aead.hpp"

namespace kuramori::crypto {

enum class KeyScope : std::uint8_t { Organisation, Room, Person, File };
std::string_view to_string(KeyScope scope);

// Seals `key` under `parent`, bound to its scope and owner (a room id, a user id, …).
Bytes wrap_key(const SecretKey& parent, const SecretKey& key, KeyScope scope, std::string_view owner,
               Random& random);
Result<SecretKey> unwrap_key(const SecretKey& parent, ByteView wrapped, KeyScope scope,
                             std::string_view owner);
// A key for one purpose derived from another (HKDF-SHA-256); `purpose` is a constant of ours.
SecretKey derive_key(const SecretKey& from, std::string_view purpose);

}  // namespace kuramori::crypto
