// What the record derives from a person's key: the key that seals the personal part of an entry, and the
// pseudonym that stands for the person in its public part. Destroy the person's key and neither can be
// derived again.
#pragma once
#include <string>
#include <unordered_map>

#include "audit/merkle.hpp"
#include "base/identifiers.hpp"
#include "crypto/aead.hpp"
#include "storage/key_ring.hpp"
#include "storage/store.hpp"

namespace kuramori::audit {

struct PersonKeys {
  crypto::SecretKey sealing;
  std::string pseudonym;  // 22 characters of base64url: 128 bits
};
PersonKeys derive_person_keys(const crypto::SecretKey& person);

// For entries of the system itself that hold something personal: under the organisation key.
constexpr std::string_view kSystemSubject = "system";
crypto::SecretKey derive_system_sealing_key(const crypto::SecretKey& organisation);

// Authenticates an entry between its commit and the checkpoint that covers it: HMAC-SHA-256 over its leaf
// hash, cut to 128 bits. Every message pays for one, so the two padded keys are kept, and all hashing is done
// in hardware.
class EntryAuthenticator {
 public:
  explicit EntryAuthenticator(const crypto::SecretKey& organisation);
  EntryAuthenticator(const EntryAuthenticator&) = default;
  EntryAuthenticator& operator=(const EntryAuthenticator&) = delete;
  ~EntryAuthenticator();  // wipes the keys

  Bytes code(const Hash& leaf) const;
  bool verify(const Hash& leaf, ByteView code) const;

 private:
  using Block = std::array<std::uint8_t, 64>;
  Block inner_;
  Block outer_;
};

// From pseudonyms back to people, for those whose keys still exist: built from the stored keys when an export
// or an investigation needs it, about 150 octets a person, and thrown away afterwards.
class PersonDirectory {
 public:
  struct Person {
    UserId user;
    crypto::SecretKey sealing;
  };
  static Result<PersonDirectory> load(storage::Snapshot& snapshot, storage::KeyRing& keys);
  // Null when the person's key was destroyed (or never was of this store).
  const Person* find(std::string_view pseudonym) const;
  const crypto::SecretKey& system_sealing() const { return system_sealing_; }
  std::size_t size() const { return people_.size(); }

 private:
  explicit PersonDirectory(const crypto::SecretKey& organisation)
      : system_sealing_(derive_system_sealing_key(organisation)) {}
  std::unordered_map<std::string, Person> people_;
  crypto::SecretKey system_sealing_;
};

}  // namespace kuramori::audit
