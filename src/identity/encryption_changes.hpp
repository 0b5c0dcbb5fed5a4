// What end-to-end encryption puts on the stream besides DeviceListChanged. The types live here because both
// those who store it (`e2ee`) and those who tell of it (`sync`) see devices through identity.
#pragma once
#include <compare>
#include <vector>

#include "base/identifiers.hpp"
#include "storage/unit_of_work.hpp"

namespace kuramori::identity {

struct DeviceRef {
  UserId user;
  DeviceId device;
  friend auto operator<=>(const DeviceRef&, const DeviceRef&) = default;
};

// Messages wait for these devices, each with the position of this change.
struct ToDeviceQueued final : storage::ChangePayload {
  std::vector<DeviceRef> devices;
};

// The one-time or fallback keys of these devices are others than before: memory of them is out of date.
enum class StockCause : bool { Upload, Claim };
struct KeyStockChanged final : storage::ChangePayload {
  StockCause cause = StockCause::Upload;
  std::vector<DeviceRef> devices;
};

// `signer` signed keys of other people with the user-signing key, which nobody else is told.
struct KeysSigned final : storage::ChangePayload {
  UserId signer;
  std::vector<UserId> owners;
};

}  // namespace kuramori::identity
