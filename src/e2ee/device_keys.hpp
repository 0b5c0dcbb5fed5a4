// The public keys of devices (client-server API, "Key management API"): /keys/upload and /keys/query.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "e2ee/device_facts.hpp"
#include "e2ee/device_lists.hpp"
#include "e2ee/key_rules.hpp"
#include "e2ee/ports.hpp"
#include "identity/session.hpp"

namespace kuramori::e2ee {

struct KeyUpload {
  std::optional<DeviceKeysUpload> device_keys;
  std::vector<OneTimeKey> one_time_keys;
  std::vector<OneTimeKey> fallback_keys;
  bool empty() const { return !device_keys && one_time_keys.empty() && fallback_keys.empty(); }
};

using KeyCounts = std::map<std::string, std::int64_t>;  // by algorithm; signed_curve25519 is always there

struct KeyStock {
  KeyCounts counts;
  std::vector<std::string> unused_fallback_types;
};

struct UserQuery {
  UserId user;
  std::vector<DeviceId> devices;  // empty: all
};

// Each is the inside of a JSON object from user ids to keys.
struct KeyAnswer {
  std::string device_keys;
  std::string master_keys;
  std::string self_signing_keys;
  std::string user_signing_keys;
};

class DeviceKeys {
 public:
  static constexpr std::int64_t kOneTimeKeysMax = 1'000;  // of a device
  static constexpr std::size_t kUsersPerQueryMax = 20'000;

  DeviceKeys(Ports ports, DeviceFacts& facts, DeviceLists& lists);

  // Permit: KeysUpload. What the device has afterwards. M_INVALID_PARAM for a one-time key whose id exists
  // with another key; the same key again changes nothing.
  runtime::Task<Result<KeyCounts>> upload(gate::Permit permit, identity::SessionPtr session,
                                          KeyUpload upload);
  // Permit: KeysQuery. The permit's subject sees its own signatures over other people's keys, and its
  // user-signing key.
  runtime::Task<Result<KeyAnswer>> query(const gate::Permit& permit, std::vector<UserQuery> users);
  // Permit: Sync.
  runtime::Task<Result<KeyStock>> stock(const gate::Permit& permit, DeviceRef device);

 private:
  Ports ports_;
  DeviceFacts& facts_;
  DeviceLists& lists_;
};

}  // namespace kuramori::e2ee
