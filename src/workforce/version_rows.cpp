#include "workforce/version_rows.hpp"

#include "crypto/key_tree.hpp"

namespace kuramori::workforce {
namespace {

enum Column : std::size_t {
  kVersion,
  kCreated,
  kAuthor,
  kOrigin,
  kRestored,
  kAdded,
  kChanged,
  kRemoved,
  kReason
};
enum DocumentColumn : std::size_t { kOfVersion, kDocument, kDifference };

constexpr std::string_view kReasonPlace = "organisation_versions.reason";
constexpr std::string_view kDocumentPlace = "organisation_documents.document";
constexpr std::string_view kDifferencePlace = "organisation_documents.difference";

std::string place(std::string_view column, std::int64_t version) {
  std::string text(column);
  text.append(1, '\0').append(std::to_string(version));
  return text;
}

}  // namespace

VersionRows::VersionRows(const storage::KeyRing& keys, Random& random)
    : key_(crypto::derive_key(keys.organisation_key(), "organisation versions")), random_(random) {}

Bytes VersionRows::seal(std::string_view column, std::int64_t version, std::string_view text) const {
  return crypto::seal(key_, as_bytes(text), as_bytes(place(column, version)), random_);
}

Result<std::string> VersionRows::open(std::string_view column, std::int64_t version, ByteView sealed) const {
  KURAMORI_TRY(plain, crypto::open(key_, sealed, as_bytes(place(column, version))));
  return std::string(as_text(plain));
}

storage::Row VersionRows::to_row(const OrganisationVersion& version) const {
  storage::Value restored;
  if (version.restored) restored = *version.restored;
  storage::Value reason;
  if (!version.reason.empty()) reason = seal(kReasonPlace, version.version, version.reason);
  return {version.version,      to_unix_ms(version.created),
          version.author.str(), std::string(to_string(version.origin)),
          std::move(restored),  version.added,
          version.changed,      version.removed,
          std::move(reason)};
}

Result<OrganisationVersion> VersionRows::from_row(const storage::Row& row) const {
  const auto origin = parse_origin(storage::text(row[kOrigin]));
  if (!origin) return corrupt("the origin of a version of the organisation");
  OrganisationVersion version{.version = storage::integer(row[kVersion]),
                              .created = from_unix_ms(storage::integer(row[kCreated])),
                              .author = UserId(storage::text(row[kAuthor])),
                              .origin = *origin,
                              .added = storage::integer(row[kAdded]),
                              .changed = storage::integer(row[kChanged]),
                              .removed = storage::integer(row[kRemoved])};
  if (!storage::is_null(row[kRestored])) version.restored = storage::integer(row[kRestored]);
  if (!storage::is_null(row[kReason])) {
    KURAMORI_TRY(reason, open(kReasonPlace, version.version, storage::blob(row[kReason])));
    version.reason = std::move(reason);
  }
  return version;
}

storage::Row VersionRows::to_document_row(std::int64_t version, const VersionTexts& texts) const {
  return {version, seal(kDocumentPlace, version, texts.document),
          seal(kDifferencePlace, version, texts.difference)};
}

Result<VersionTexts> VersionRows::from_document_row(const storage::Row& row) const {
  const std::int64_t version = storage::integer(row[kOfVersion]);
  KURAMORI_TRY(document, open(kDocumentPlace, version, storage::blob(row[kDocument])));
  KURAMORI_TRY(difference, open(kDifferencePlace, version, storage::blob(row[kDifference])));
  return VersionTexts{.document = std::move(document), .difference = std::move(difference)};
}

}  // namespace kuramori::workforce
