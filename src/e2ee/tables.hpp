// What end-to-end encryption stores. Public keys stand as they are; messages, backups and dehydrated devices
// are sealed under the person's key.
#pragma once
#include <cstdint>
#include <limits>
#include <vector>

#include "storage/schema.hpp"

namespace kuramori::e2ee {

inline constexpr std::size_t kEveryRow = std::numeric_limits<std::int32_t>::max();  // as a limit of a scan

// device_keys(user_id, device_id | body): the identity keys as uploaded, without signatures.
extern const storage::Table kDeviceKeys;
// key_signatures(user_id, key_id, signer_id, signer_key_id | signature): of a device (key_id is its id) or a
// cross-signing key (key_id is the public key).
extern const storage::Table kKeySignatures;
// one_time_keys(user_id, device_id, algorithm, position | key_id, body): claimed in the order of position.
// Index: one_time_keys_by_id (user_id, device_id, algorithm, key_id), unique.
extern const storage::Table kOneTimeKeys;
// fallback_keys(user_id, device_id, algorithm | key_id, body)
extern const storage::Table kFallbackKeys;
// used_fallback_keys(user_id, device_id, algorithm, key_id): those that were given out. Apart, so that giving
// one out never writes over its successor.
extern const storage::Table kUsedFallbackKeys;
// cross_signing_keys(user_id, usage | public_key, body)
extern const storage::Table kCrossSigningKeys;
// signed_users(user_id, owner_id | position): whose keys the user signed, and when last. Index:
// signed_users_by_position (user_id, position).
extern const storage::Table kSignedUsers;
// to_device(user_id, device_id, position | sealed): messages that wait.
extern const storage::Table kToDevice;
// to_device_transactions(user_id, device_id, type, txn_id | created_ms). Index: to_device_transactions_by_age
// (created_ms).
extern const storage::Table kToDeviceTransactions;
// key_backups(user_id, version | algorithm, sealed_auth, etag, keys, deleted): a deleted one stays as a mark.
extern const storage::Table kKeyBackups;
// key_backup_sessions(user_id, version, room_id, session_id | first_message_index, forwarded_count,
// is_verified, sealed)
extern const storage::Table kKeyBackupSessions;
// dehydrated_devices(user_id, device_id | sealed): at most one of a user.
extern const storage::Table kDehydratedDevices;

namespace one_time_key_column {
enum : std::size_t { User, Device, Algorithm, Position, KeyId, Body };
}
namespace fallback_key_column {
enum : std::size_t { User, Device, Algorithm, KeyId, Body };
}
namespace signature_column {
enum : std::size_t { User, KeyId, Signer, SignerKey, Signature };
}
namespace cross_signing_column {
enum : std::size_t { User, Usage, PublicKey, Body };
}
namespace to_device_column {
enum : std::size_t { User, Device, Position, Sealed };
}
namespace backup_column {
enum : std::size_t { User, Version, Algorithm, SealedAuth, Etag, Keys, Deleted };
}
namespace backup_session_column {
enum : std::size_t { User, Version, Room, Session, FirstIndex, Forwarded, Verified, Sealed };
}

// All of them, for a migration.
std::vector<const storage::Table*> tables();
// Those whose rows belong to a device, and to a person (their keys begin with its identifiers).
std::vector<const storage::Table*> device_tables();
std::vector<const storage::Table*> account_tables();

}  // namespace kuramori::e2ee
