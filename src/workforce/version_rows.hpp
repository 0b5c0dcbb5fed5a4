// Versions of the organisation as rows: sealed under a key of their own, derived from the organisation's, and
// bound to their version. Thread-safe.
#pragma once
#include "base/random.hpp"
#include "crypto/aead.hpp"
#include "storage/key_ring.hpp"
#include "storage/store.hpp"
#include "workforce/organisation_version.hpp"

namespace kuramori::workforce {

// The large part of a version, as texts of JSON.
struct VersionTexts {
  std::string document;
  std::string difference;
};

class VersionRows {
 public:
  VersionRows(const storage::KeyRing& keys, Random& random);

  storage::Row to_row(const OrganisationVersion& version) const;
  Result<OrganisationVersion> from_row(const storage::Row& row) const;
  storage::Row to_document_row(std::int64_t version, const VersionTexts& texts) const;
  Result<VersionTexts> from_document_row(const storage::Row& row) const;

 private:
  Bytes seal(std::string_view column, std::int64_t version, std::string_view text) const;
  Result<std::string> open(std::string_view column, std::int64_t version, ByteView sealed) const;

  crypto::SecretKey key_;
  Random& random_;
};

}  // namespace kuramori::workforce
