// Rows of devices, sessions and their tokens: what acts on them reads first and then erases or writes in one
// unit of work.
#pragma once
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/identifiers.hpp"
#include "base/result.hpp"
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
// The session, the device and what is kept about it.
void erase_device(storage::UnitOfWork& work, const DeviceRows& rows);
// DeviceListChanged, once for all devices of the unit.
void publish_device_list(storage::UnitOfWork& work, const UserId& user, std::vector<DeviceId> removed);

}  // namespace kuramori::identity
