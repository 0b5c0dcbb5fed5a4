// What identity stores. What identifies a person further than the user id (names, network addresses) is
// sealed under the person's key, so that destroying the key erases it.
#pragma once
#include <vector>

#include "storage/schema.hpp"

namespace kuramori::identity {

// accounts(user_id | created_ms, role, password_hash?, must_change_password, deactivated_ms?, erased)
extern const storage::Table kAccounts;
// devices(user_id, device_id | created_ms, display_name? sealed)
extern const storage::Table kDevices;
// device_last_seen(user_id, device_id | seen sealed): apart from devices, because it is written in the
// background.
extern const storage::Table kDeviceLastSeen;
// sessions(user_id, device_id | session_id, created_ms, refreshable): a device has at most one.
extern const storage::Table kSessions;
// session_tokens(token_sha256 | kind, user_id, device_id, session_id, expires_ms, serial, supersedes). A
// token counts only while its session's row names the same session, so that erasing that row revokes every
// token of it. `serial` grows with each refresh; `supersedes` is set until the first use of a refreshed token
// revokes its predecessors.
extern const storage::Table kSessionTokens;
// profiles(user_id | fields sealed)
extern const storage::Table kProfiles;
// device_list_changes(user_id | position): where the list of a user's devices, or their keys, last changed.
extern const storage::Table kDeviceListChanges;
// account_restrictions(user_id | locked, suspended, changed_ms): those that administrators have restricted.
extern const storage::Table kAccountRestrictions;
// consents(user_id, version | given_ms): who agreed to which version of the organisation's notice.
extern const storage::Table kConsents;

namespace account_column {
enum : std::size_t { User, Created, Role, PasswordHash, MustChangePassword, Deactivated, Erased };
}
namespace device_column {
enum : std::size_t { User, Device, Created, DisplayName };
}
namespace last_seen_column {
enum : std::size_t { User, Device, Seen };
}
namespace session_column {
enum : std::size_t { User, Device, Session, Created, Refreshable };
}
namespace device_list_column {
enum : std::size_t { User, Position };
}
namespace token_column {
enum : std::size_t { Hash, Kind, User, Device, Session, Expires, Serial, Supersedes };
}

std::vector<const storage::Table*> tables();
// Those that the first migration made.
std::vector<const storage::Table*> first_tables();

}  // namespace kuramori::identity
