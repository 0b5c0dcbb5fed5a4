// Rows of devices, sessions and their tokens: what acts on them reads first and then erases or writes in one
// unit of work.
#pragma once
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/identifiers.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "crypto/key_tree.hpp"
#include "gate/action.hpp"
#include "identity/tokens.hpp"
#include "storage/store.hpp"

namespace kuramori::identity {

constexpr std::size_t kEveryRow = std::numeric_limits<std::int32_t>::max();

struct TokenRow {
  TokenHash hash{};
  bool is_refresh = false;
  UserId user;
  DeviceId device;
  SessionId session;
  std::int64_t expires_ms = 0;  // 0: never
  std::int64_t serial = 0;
  bool supersedes = false;
};

struct DeviceRows {
  UserId user;
  DeviceId device;
  bool exists = false;  // as a device
  std::optional<SessionId> session;
  bool is_refreshable = false;
  std::vector<TokenRow> tokens;  // of any session
};

// What an access or refresh token stands for, when it still counts.
struct LiveToken {
  TokenRow token;
  gate::Role role = gate::Role::Member;
  bool is_refreshable = false;
};

TokenRow token_from(const storage::Row& row);
storage::Row to_row(const TokenRow& token);
gate::Role role_from(std::string_view text);  // Member for a name that we do not know

Result<std::optional<LiveToken>> find_token(storage::Snapshot& snapshot, const TokenHash& hash);
Result<DeviceRows> device_rows(storage::Snapshot& snapshot, const UserId& user, const DeviceId& device);
Result<std::vector<DeviceRows>> all_device_rows(storage::Snapshot& snapshot, const UserId& user);

void erase_token(storage::UnitOfWork& work, const TokenHash& hash);
// Publishes SessionEnded when there was a session.
void erase_session(storage::UnitOfWork& work, const DeviceRows& rows);
// Tables of other modules whose keys begin with (user_id, device_id): their rows go with the device.
using DeviceTables = std::vector<const storage::Table*>;
// The session, the device and what is kept about it.
void erase_device(storage::UnitOfWork& work, const DeviceRows& rows, const DeviceTables& others);
// A device that nobody has logged in from yet; `sealed_name` may be null.
void insert_device(storage::UnitOfWork& work, const UserId& user, const DeviceId& device,
                   std::int64_t created_ms, storage::Value sealed_name);
// The name in a row of kDevices; empty when there is none.
Result<std::string> open_display_name(const crypto::SecretKey& person, const storage::Row& device);
Bytes seal_display_name(const crypto::SecretKey& person, const UserId& user, const DeviceId& device,
                        std::string_view name, Random& random);
// DeviceListChanged of a login.
void publish_login(storage::UnitOfWork& work, const UserId& user);
// DeviceListChanged, once for all devices of the unit. `rooms` as there.
void publish_device_list(storage::UnitOfWork& work, const UserId& user, std::vector<DeviceId> removed,
                         std::vector<RoomId> rooms = {});

}  // namespace kuramori::identity
