// The stored form of an entry, and back. The format is described in README.md.
#pragma once
#include <optional>
#include <string>

#include "audit/entry.hpp"
#include "audit/person_keys.hpp"
#include "base/bytes.hpp"
#include "base/random.hpp"

namespace kuramori::audit {

constexpr std::size_t kEntryBytesMax = 65'535;
constexpr std::int64_t kEntryFormatVersion = 1;

// Canonical JSON of at most kEntryBytesMax octets: what is too long or not UTF-8 is cut or replaced, never
// refused, for an act must not go unrecorded because a client sent a strange header. `subject` is the
// person's pseudonym.
std::string encode_entry(const Entry& entry, const crypto::SecretKey& sealing, std::string_view subject,
                         Random& random);

// The public part, as stored.
struct StoredEntry {
  Timestamp time;
  EntryKind kind = EntryKind::Change;
  std::string operation;
  std::string resource;
  std::string detail;
  std::string outcome;
  std::string rule;
  std::int64_t policy_version = 0;
  std::string subject;
  Bytes sealed;             // empty: nothing personal
  std::string public_json;  // what `sealed` is bound to: the entry without it
};
// Corrupt unless the octets are exactly an entry in canonical form.
Result<StoredEntry> parse_entry(ByteView bytes);

// The personal part. Corrupt when the key is not the one that sealed it, or the public part was changed.
Result<json::Object> open_personal(const StoredEntry& entry, const crypto::SecretKey& sealing);

}  // namespace kuramori::audit
