// Encrypted copies of room keys (client-server API, "Server-side key backups"). A person has versions of a
// backup, of which the newest counts; what a client stores is sealed once more under the person's key.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "e2ee/ports.hpp"
#include "json/json.hpp"

namespace kuramori::e2ee {

struct BackupVersion {
  std::int64_t version = 0;
  std::string algorithm;
  json::Object auth_data;
  std::int64_t etag = 0;
  std::int64_t keys = 0;
};

struct BackupKey {
  RoomId room;
  std::string session;
  std::int64_t first_message_index = 0;
  std::int64_t forwarded_count = 0;
  bool is_verified = false;
  std::string session_data;  // JSON text of an object
};

// Which keys of a backup: all, those of a room, or one.
struct BackupScope {
  std::optional<RoomId> room;
  std::optional<std::string> session;
};

// What a backup holds after a change.
struct BackupState {
  std::int64_t etag = 0;
  std::int64_t keys = 0;
};

// Keys go only to the newest version: what that is, when another was named.
struct WrongVersion {
  std::int64_t current = 0;
};

class KeyBackup {
 public:
  static constexpr std::size_t kKeysPerRequestMax = 50'000;
  static constexpr std::size_t kSessionDataBytesMax = 65'536;

  explicit KeyBackup(Ports ports) : ports_(ports) {}

  // Permit: KeyBackupSet. The number of the new version.
  runtime::Task<Result<std::int64_t>> create(gate::Permit permit, UserId user, std::string algorithm,
                                             json::Object auth_data);
  // The algorithm must be the version's (M_INVALID_PARAM).
  runtime::Task<Result<void>> update(gate::Permit permit, UserId user, BackupVersion version);
  // With its keys. Deleting it again changes nothing.
  runtime::Task<Result<void>> remove(gate::Permit permit, UserId user, std::int64_t version);

  // Permit: KeyBackupRead. M_NOT_FOUND. Without a number: the newest.
  runtime::Task<Result<BackupVersion>> version(const gate::Permit& permit, UserId user,
                                               std::optional<std::int64_t> number);
  runtime::Task<Result<std::vector<BackupKey>>> keys(const gate::Permit& permit, UserId user,
                                                     std::int64_t version, BackupScope scope);

  // Permit: KeyBackupStore. Of two keys for one session the better one stays.
  runtime::Task<Result<std::variant<BackupState, WrongVersion>>> store(gate::Permit permit, UserId user,
                                                                       std::int64_t version,
                                                                       std::vector<BackupKey> keys);
  runtime::Task<Result<BackupState>> erase(gate::Permit permit, UserId user, std::int64_t version,
                                           BackupScope scope);

 private:
  Ports ports_;
};

// Whether `offered` replaces `kept`: a verified one, then the lower first index, then the fewer forwards.
bool is_better_key(const BackupKey& offered, const BackupKey& kept);

}  // namespace kuramori::e2ee
