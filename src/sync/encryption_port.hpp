// What sync asks of end-to-end encryption: the parts of a response that belong to one device. Both front ends
// (`/sync` and sliding sync) use it. Implemented above, over `e2ee`; absent, nothing is told of keys.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "base/identifiers.hpp"
#include "gate/permit.hpp"
#include "identity/session.hpp"
#include "runtime/task.hpp"

namespace kuramori::sync {

// Messages for one device, as the inside of a JSON array.
struct ToDeviceMessages {
  std::string events;
  // Everything up to here is in `events` or was acknowledged. Less than what was asked for when there are
  // more than fit: the next request goes on from here.
  StreamPosition reached;
};

// As the members of a response: device_one_time_keys_count and device_unused_fallback_key_types.
struct KeyStock {
  std::string one_time_key_counts;        // JSON object
  std::string unused_fallback_key_types;  // JSON array
};

// Whose keys to fetch again, and whose to forget (client-server API, "Tracking the device list for a user").
struct DeviceListChanges {
  std::vector<UserId> changed;
  std::vector<UserId> left;
  bool empty() const { return changed.empty() && left.empty(); }
};

class EncryptionPort {
 public:
  // Whether the reader is joined to a room now: asked on the calling thread, cheaply.
  using IsJoined = std::function<bool(const RoomId&)>;

  virtual ~EncryptionPort() = default;
  // Acknowledges what was sent up to `since` and gives what was queued in (since, up_to], oldest first,
  // bounded. Costs no read of storage when nothing waits. `permit` is for Operation::Sync.
  virtual runtime::Task<Result<ToDeviceMessages>> to_device(const gate::Permit& permit,
                                                            identity::SessionPtr session,
                                                            StreamPosition since, StreamPosition up_to) = 0;
  // Of the session's device, now. From memory mostly.
  virtual runtime::Task<Result<KeyStock>> key_stock(const gate::Permit& permit,
                                                    identity::SessionPtr session) = 0;
  // In (since, up_to]; from memory unless `since` lies before the start of the process.
  virtual runtime::Task<Result<DeviceListChanges>> device_lists(const gate::Permit& permit,
                                                                identity::SessionPtr session,
                                                                StreamPosition since, StreamPosition up_to,
                                                                IsJoined is_joined) = 0;
};

}  // namespace kuramori::sync
