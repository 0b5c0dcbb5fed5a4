// A device that waits, sealed by its owner, to receive keys while nobody is logged in (MSC3814 as clients
// speak it). It is a device like others, without a session.
#pragma once
#include <optional>
#include <string>

#include "e2ee/device_keys.hpp"
#include "e2ee/to_device.hpp"

namespace kuramori::e2ee {

struct DehydratedDevice {
  DeviceId device;
  std::string data;  // JSON text of an object
};

struct NewDehydratedDevice {
  DehydratedDevice device;
  std::string display_name;  // empty: none
  KeyUpload keys;
};

class DehydratedDevices {
 public:
  static constexpr std::size_t kDataBytesMax = 262'144;

  DehydratedDevices(Ports ports, DeviceLists& lists, ToDevice& to_device);

  // Permit: DeviceDehydrate. Takes the place of the one before, which goes with all that belonged to it.
  runtime::Task<Result<void>> set(gate::Permit permit, UserId user, NewDehydratedDevice request);
  // The id of the one that is gone; M_NOT_FOUND when there was none.
  runtime::Task<Result<DeviceId>> remove(gate::Permit permit, UserId user);
  // Permit: DeviceRehydrate. M_NOT_FOUND.
  runtime::Task<Result<DehydratedDevice>> get(const gate::Permit& permit, UserId user);
  // Messages for it, oldest first; nothing is forgotten, so that another device can start over. M_FORBIDDEN
  // for any other device.
  runtime::Task<Result<MessageBatch>> messages(const gate::Permit& permit, DeviceRef device,
                                               StreamPosition since, StreamPosition up_to);

 private:
  Ports ports_;
  DeviceLists& lists_;
  ToDevice& to_device_;
};

}  // namespace kuramori::e2ee
