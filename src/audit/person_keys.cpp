#include "audit/person_keys.hpp"

#include <cstring>

#include "base/text.hpp"
#include "crypto/base64.hpp"
#include "crypto/hash.hpp"

namespace kuramori::audit {
namespace {

constexpr std::size_t kPseudonymBytes = 16;
constexpr std::size_t kEntryMacBytes = 16;

}  // namespace

PersonKeys derive_person_keys(const crypto::SecretKey& person) {
  const crypto::SecretKey naming = crypto::derive_key(person, "kuramori audit pseudonym v1");
  PersonKeys keys;
  keys.sealing = crypto::derive_key(person, "kuramori audit sealing v1");
  keys.pseudonym = crypto::to_base64_url(naming.view().first(kPseudonymBytes));
  return keys;
}

crypto::SecretKey derive_system_sealing_key(const crypto::SecretKey& organisation) {
  return crypto::derive_key(organisation, "kuramori audit system sealing v1");
}

EntryAuthenticator::EntryAuthenticator(const crypto::SecretKey& organisation) {
  const crypto::SecretKey key = crypto::derive_key(organisation, "kuramori audit entry v1");
  inner_.fill(0x36);  // RFC 2104, section 2
  outer_.fill(0x5C);
  const ByteView octets = key.view();
  for (std::size_t i = 0; i < octets.size(); ++i) {
    inner_[i] ^= octets[i];
    outer_[i] ^= octets[i];
  }
}

EntryAuthenticator::~EntryAuthenticator() {
  ::explicit_bzero(inner_.data(), inner_.size());
  ::explicit_bzero(outer_.data(), outer_.size());
}

Bytes EntryAuthenticator::code(const Hash& leaf) const {
  const crypto::Sha256 inside = crypto::sha256({ByteView(inner_), ByteView(leaf)});
  const crypto::Sha256 whole = crypto::sha256({ByteView(outer_), ByteView(inside)});
  return {whole.begin(), whole.begin() + kEntryMacBytes};
}

bool EntryAuthenticator::verify(const Hash& leaf, ByteView code_found) const {
  return text::equals_constant_time(as_text(code(leaf)), as_text(code_found));
}

Result<PersonDirectory> PersonDirectory::load(storage::Snapshot& snapshot, storage::KeyRing& keys) {
  PersonDirectory directory(keys.organisation_key());
  const storage::Table& table = storage::kWrappedKeys;
  const std::size_t owner_column = table.column("owner");
  std::vector<std::string> owners;
  storage::Scan scan;
  scan.table = &table;
  scan.prefix = {std::string(crypto::to_string(crypto::KeyScope::Person))};
  const auto collect = [&](storage::Row&& row) {
    owners.push_back(storage::text(row[owner_column]));
    return true;
  };
  scan.limit = static_cast<std::size_t>(-1);
  KURAMORI_CHECK(snapshot.for_each(scan, collect));
  for (std::string& owner : owners) {
    Result<crypto::SecretKey> key = keys.get_in(snapshot, crypto::KeyScope::Person, owner);
    if (!key) {
      if (key.error().code() == ErrorCode::NotFound) continue;  // destroyed
      return std::move(key).error();
    }
    PersonKeys derived = derive_person_keys(*key);
    directory.people_.emplace(std::move(derived.pseudonym),
                              Person{UserId(std::move(owner)), derived.sealing});
  }
  return directory;
}

const PersonDirectory::Person* PersonDirectory::find(std::string_view pseudonym) const {
  const auto found = people_.find(std::string(pseudonym));
  return found == people_.end() ? nullptr : &found->second;
}

}  // namespace kuramori::audit
