#include "identity/devices.hpp"

#include <algorithm>

#include "identity/personal.hpp"
#include "identity/session_rows.hpp"
#include "identity/tables.hpp"

namespace kuramori::identity {

using gate::Operation;
using runtime::Task;
using storage::Row;
using storage::Sequence;
using storage::Snapshot;
using storage::UnitOfWork;

struct Devices::State {
  storage::Reader& reader;
  gate::Gate& gate;
  storage::KeyRing& keys;
  Sessions& sessions;
  Random& random;
};

namespace {

struct StoredDevice {
  Row device;
  std::optional<Row> seen;
};

Result<std::optional<StoredDevice>> find_device(Snapshot& snapshot, const UserId& user,
                                                const DeviceId& device) {
  KURAMORI_TRY(row, snapshot.get(kDevices, {user.str(), device.str()}));
  if (!row) return std::optional<StoredDevice>();
  KURAMORI_TRY(seen, snapshot.get(kDeviceLastSeen, {user.str(), device.str()}));
  return std::optional(StoredDevice{*std::move(row), std::move(seen)});
}

Result<std::vector<StoredDevice>> find_devices(Snapshot& snapshot, const UserId& user) {
  const storage::Scan scan{
      .table = &kDevices, .prefix = {user.str()}, .from = {}, .below = {}, .limit = kEveryRow};
  KURAMORI_TRY(rows, snapshot.scan(scan));
  std::vector<StoredDevice> devices;
  for (Row& row : rows) {
    KURAMORI_TRY(seen,
                 snapshot.get(kDeviceLastSeen, {user.str(), storage::text(row[device_column::Device])}));
    devices.push_back({std::move(row), std::move(seen)});
  }
  return devices;
}

Result<Device> open_device(const StoredDevice& stored, const UserId& user, const crypto::SecretKey& person) {
  Device device;
  device.id = DeviceId(storage::text(stored.device[device_column::Device]));
  KURAMORI_TRY(name, open_display_name(person, stored.device));
  device.display_name = std::move(name);
  if (stored.seen) {
    const Place place{"device_last_seen.seen", user.view(), device.id.view()};
    KURAMORI_TRY(opened, open_personal(person, place, storage::blob((*stored.seen)[last_seen_column::Seen])));
    KURAMORI_TRY(seen, json::parse_object(opened));
    device.last_seen_address = json::string_or(seen, "address", "");
    device.last_seen = from_unix_ms(json::integer_or(seen, "at_ms", 0));
  }
  return device;
}

// What memory knows is newer than what is stored.
void add_recent(Device& device, const Sessions& sessions, const UserId& user) {
  const auto recent = sessions.last_seen(user, device.id);
  if (!recent) return;
  device.last_seen = recent->at;
  device.last_seen_address = recent->address;
}

Error no_such_device() {
  return not_found("No such device.");
}

// Identifiers for the record, which has no room for thousands.
std::string to_record(const std::vector<DeviceId>& devices) {
  if (devices.size() > 20) return std::to_string(devices.size()) + " devices";
  std::string text;
  for (const DeviceId& device : devices) text.append(text.empty() ? "" : " ").append(device.view());
  return text;
}

}  // namespace

Devices::Devices(storage::Reader& reader, gate::Gate& gate, storage::KeyRing& keys, Sessions& sessions,
                 Random& random)
    : state_(new State{reader, gate, keys, sessions, random}) {}

Devices::~Devices() = default;

Task<Result<std::vector<Device>>> Devices::list(const gate::Permit& permit, UserId user) {
  permit.require(Operation::DeviceRead);
  auto query = [user](Snapshot& snapshot) { return find_devices(snapshot, user); };
  KURAMORI_CO_TRY(stored, co_await state_->reader.read(std::move(query)));
  std::vector<Device> devices;
  if (stored.empty()) co_return devices;
  KURAMORI_CO_TRY(person, co_await state_->keys.get(crypto::KeyScope::Person, user.view()));
  for (const StoredDevice& one : stored) {
    KURAMORI_CO_TRY(device, open_device(one, user, person));
    add_recent(device, state_->sessions, user);
    devices.push_back(std::move(device));
  }
  co_return devices;
}

Task<Result<Device>> Devices::get(const gate::Permit& permit, UserId user, DeviceId device) {
  permit.require(Operation::DeviceRead);
  auto query = [user, device](Snapshot& snapshot) { return find_device(snapshot, user, device); };
  KURAMORI_CO_TRY(stored, co_await state_->reader.read(std::move(query)));
  if (!stored) co_return no_such_device();
  KURAMORI_CO_TRY(person, co_await state_->keys.get(crypto::KeyScope::Person, user.view()));
  KURAMORI_CO_TRY(opened, open_device(*stored, user, person));
  add_recent(opened, state_->sessions, user);
  co_return opened;
}

Task<Result<void>> Devices::rename(gate::Permit permit, UserId user, DeviceId device,
                                   std::string display_name) {
  permit.require(Operation::DeviceUpdate);
  if (display_name.size() > kDisplayNameBytesMax) {
    co_return Error(ErrorCode::TooLarge, "M_TOO_LARGE",
                    "A device name has at most " + std::to_string(kDisplayNameBytesMax) + " bytes.");
  }
  KURAMORI_CO_TRY(person, co_await state_->keys.get_or_create(crypto::KeyScope::Person, user.view()));
  KURAMORI_CO_TRY(in_lane, co_await state_->sessions.lane(user).enter());
  auto query = [user, device](Snapshot& snapshot) {
    return snapshot.get(kDevices, {user.str(), device.str()});
  };
  KURAMORI_CO_TRY(row, co_await state_->reader.read(std::move(query)));
  if (!row) co_return no_such_device();

  storage::Value sealed;
  if (!display_name.empty()) sealed = seal_display_name(person, user, device, display_name, state_->random);
  (*row)[device_column::DisplayName] = std::move(sealed);
  UnitOfWork work;
  work.upsert(kDevices, *std::move(row));
  publish_device_list(work, user, {});
  gate::Outcome outcome{.detail = device.str()};
  KURAMORI_CO_CHECK(co_await state_->gate.commit(std::move(permit), std::move(work), std::move(outcome)));
  co_return Result<void>();
}

Task<Result<void>> Devices::remove(gate::Permit permit, UserId user, std::vector<DeviceId> devices) {
  permit.require(Operation::DeviceDelete);
  std::ranges::sort(devices);
  const auto repeated = std::ranges::unique(devices);
  devices.erase(repeated.begin(), repeated.end());
  KURAMORI_CO_TRY(in_lane, co_await state_->sessions.lane(user).enter());
  auto query = [user, devices](Snapshot& snapshot) -> Result<std::vector<DeviceRows>> {
    std::vector<DeviceRows> found;
    for (const DeviceId& device : devices) {
      KURAMORI_TRY(rows, device_rows(snapshot, user, device));
      if (rows.exists) found.push_back(std::move(rows));
    }
    return found;
  };
  KURAMORI_CO_TRY(found, co_await state_->reader.read(std::move(query)));
  if (found.empty()) co_return Result<void>();

  UnitOfWork work;
  std::vector<DeviceId> removed;
  for (const DeviceRows& rows : found) {
    erase_device(work, rows, state_->sessions.options().device_tables);
    removed.push_back(rows.device);
  }
  gate::Outcome outcome{.detail = to_record(removed)};
  publish_device_list(work, user, std::move(removed));
  KURAMORI_CO_CHECK(co_await state_->gate.commit(std::move(permit), std::move(work), std::move(outcome)));
  for (const DeviceRows& rows : found) {
    if (rows.session) state_->sessions.forget(user, rows.device, *rows.session);
  }
  co_return Result<void>();
}

}  // namespace kuramori::identity
