// All services of this module, wired.
//
//   e2ee::Encryption encryption({…}, rooms, store.last_position());
//   store.add_listener(encryption);          // before whoever wakes readers
#pragma once
#include <stop_token>

#include "e2ee/cross_signing.hpp"
#include "e2ee/dehydrated_devices.hpp"
#include "e2ee/device_facts.hpp"
#include "e2ee/device_keys.hpp"
#include "e2ee/device_lists.hpp"
#include "e2ee/key_backup.hpp"
#include "e2ee/one_time_keys.hpp"
#include "e2ee/to_device.hpp"

namespace kuramori::e2ee {

struct Encryption final : storage::StreamListener {
  Encryption(Ports ports, rooms::RoomReader& rooms, StreamPosition start)
      : lists(ports, rooms, start, {}),
        device_keys(ports, facts, lists),
        one_time_keys(ports),
        cross_signing(ports, lists),
        to_device(ports, facts),
        backup(ports),
        dehydrated_devices(ports, lists, to_device) {}

  void committed(std::span<const Change> changes) override {
    facts.committed(changes);
    lists.committed(changes);
    one_time_keys.committed(changes);
  }
  // Background work, until stopped.
  runtime::Task<void> maintain(std::stop_token stop) { return to_device.maintain(std::move(stop)); }

  DeviceFacts facts;
  DeviceLists lists;
  DeviceKeys device_keys;
  OneTimeKeys one_time_keys;
  CrossSigning cross_signing;
  ToDevice to_device;
  KeyBackup backup;
  DehydratedDevices dehydrated_devices;
};

}  // namespace kuramori::e2ee
