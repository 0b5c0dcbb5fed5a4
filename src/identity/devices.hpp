// The devices of a user: one for each session. Deleting a device ends its session in the same commit.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "gate/gate.hpp"
#include "identity/sessions.hpp"
#include "storage/key_ring.hpp"
#include "storage/store.hpp"

namespace kuramori::identity {

// Published when a user's list of devices, or the name of one, changed (`device_lists.changed` of /sync and
// of federation).
struct DeviceListChanged final : storage::ChangePayload {
  UserId user;
  std::vector<DeviceId> removed;  // gone with this change; what others store for them goes, too
  std::vector<RoomId> rooms;      // whose members want to hear of it, where the publisher knows them
  bool is_login = false;          // a session without keys: nobody else has to fetch anything yet
};

struct Device {
  DeviceId id;
  std::string display_name;       // empty: none
  std::string last_seen_address;  // empty: not known
  Timestamp last_seen;            // epoch: not known
};

class Devices {
 public:
  static constexpr std::size_t kDisplayNameBytesMax = 100;
  static constexpr std::size_t kDeviceIdBytesMax = 255;

  Devices(storage::Reader& reader, gate::Gate& gate, storage::KeyRing& keys, Sessions& sessions,
          Random& random);
  ~Devices();

  // Permit: DeviceRead.
  runtime::Task<Result<std::vector<Device>>> list(const gate::Permit& permit, UserId user);
  runtime::Task<Result<Device>> get(const gate::Permit& permit, UserId user, DeviceId device);  // M_NOT_FOUND
  // Permit: DeviceUpdate. An empty name removes the name.
  runtime::Task<Result<void>> rename(gate::Permit permit, UserId user, DeviceId device,
                                     std::string display_name);
  // Those that do not exist (any more) are passed over. Permit: DeviceDelete.
  runtime::Task<Result<void>> remove(gate::Permit permit, UserId user, std::vector<DeviceId> devices);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kuramori::identity
