// Messages from device to device (client-server API, "Send-to-Device messaging"): queued for each device
// until it shows that it has them.
//
//   co_await to_device.send(std::move(permit), session, {.type = "m.room.encrypted", ...});
//   auto batch = co_await to_device.take(permit, session, since, up_to);   // acknowledges up to `since`
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "e2ee/device_facts.hpp"
#include "e2ee/ports.hpp"
#include "identity/session.hpp"

namespace kuramori::e2ee {

struct DeviceMessage {
  UserId user;
  DeviceId device;      // "*": every device of the user
  std::string content;  // JSON text of an object
};

struct SendToDevice {
  std::string type;
  TransactionId transaction;
  std::vector<DeviceMessage> messages;
};

struct MessageBatch {
  std::string events;      // the inside of a JSON array
  StreamPosition reached;  // less than asked for when there are more
  std::size_t count = 0;
};

class ToDevice {
 public:
  static constexpr std::size_t kMessagesPerRequestMax = 20'000;
  static constexpr std::size_t kMessagesPerResponse = 100;
  static constexpr std::size_t kBytesPerResponse = 1U << 20U;

  ToDevice(Ports ports, DeviceFacts& facts);
  ~ToDevice();

  // Permit: ToDeviceSend. All or nothing, and once for each transaction id of the device and type. Devices
  // that do not exist are passed over.
  runtime::Task<Result<void>> send(gate::Permit permit, identity::SessionPtr sender, SendToDevice request);

  // Permit: Sync. What lies in (since, up_to] for the session's device, oldest first; what lies before is
  // forgotten.
  runtime::Task<Result<MessageBatch>> take(const gate::Permit& permit, identity::SessionPtr session,
                                           StreamPosition since, StreamPosition up_to);
  // Permit: DeviceRehydrate. The same for any device of a user, and nothing is forgotten.
  runtime::Task<Result<MessageBatch>> read(const gate::Permit& permit, DeviceRef device, StreamPosition since,
                                           StreamPosition up_to);

  // Erases what was acknowledged, and old transaction ids. Messages that were acknowledged are never handed
  // out again, erased or not, except after a crash to a device that starts anew.
  runtime::Task<Result<void>> flush();
  runtime::Task<Result<void>> expire_transactions();
  // Both from time to time until stopped, and once more then. Spawned by the wiring.
  runtime::Task<void> maintain(std::stop_token stop);

 private:
  struct Delivery;
  runtime::Task<Result<Delivery>> resolve(identity::SessionPtr sender, const SendToDevice& request);
  runtime::Task<Result<storage::UnitOfWork>> unit_of(identity::SessionPtr sender, const SendToDevice& request,
                                                     const Delivery& delivery);
  runtime::Task<Result<void>> erase(std::vector<storage::Key> keys, const storage::Table& table);

  Ports ports_;
  DeviceFacts& facts_;
  std::mutex mutex_;
  std::map<DeviceRef, StreamPosition> acknowledged_;  // to be erased
};

}  // namespace kuramori::e2ee
