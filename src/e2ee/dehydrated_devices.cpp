#include "e2ee/dehydrated_devices.hpp"

#include "e2ee/key_rows.hpp"
#include "e2ee/tables.hpp"
#include "identity/personal.hpp"
#include "identity/session_rows.hpp"
#include "identity/tables.hpp"

namespace kuramori::e2ee {

using gate::Operation;
using runtime::Task;
using storage::Snapshot;
using storage::UnitOfWork;

namespace {

Result<std::optional<storage::Row>> find_row(Snapshot& snapshot, const UserId& user) {
  KURAMORI_TRY(rows, snapshot.scan({.table = &kDehydratedDevices, .prefix = {user.str()}, .limit = 1}));
  if (rows.empty()) return std::optional<storage::Row>();
  return std::optional(std::move(rows.front()));
}

DeviceId device_of(const storage::Row& row) {
  return DeviceId(storage::text(row[1]));
}

Error none() {
  return not_found("There is no dehydrated device.");
}

struct Found {
  std::optional<identity::DeviceRows> former;
  detail::StoredKeys keys;  // of a device with the new id
};

}  // namespace

DehydratedDevices::DehydratedDevices(Ports ports, DeviceLists& lists, ToDevice& to_device)
    : ports_(ports), lists_(lists), to_device_(to_device) {}

Task<Result<void>> DehydratedDevices::set(gate::Permit permit, UserId user, NewDehydratedDevice request) {
  permit.require(Operation::DeviceDehydrate);
  if (request.device.data.size() > kDataBytesMax)
    co_return Error(ErrorCode::TooLarge, "M_TOO_LARGE", "The device data is larger than this server keeps.");
  const DeviceRef device{user, request.device.device};
  KURAMORI_CO_TRY(key, co_await ports_.keys.get_or_create(crypto::KeyScope::Person, user.view()));
  KURAMORI_CO_TRY(in_lane, co_await ports_.sessions.lane(user).enter());
  auto query = [&device, &request](Snapshot& snapshot) -> Result<Found> {
    Found found;
    KURAMORI_TRY(row, find_row(snapshot, device.user));
    if (row) {
      KURAMORI_TRY(rows, identity::device_rows(snapshot, device.user, device_of(*row)));
      found.former = std::move(rows);
    }
    KURAMORI_TRY(keys, detail::read_stored_keys(snapshot, device, request.keys));
    found.keys = std::move(keys);
    return found;
  };
  KURAMORI_CO_TRY(found, co_await ports_.reader.read(std::move(query)));
  const bool replaces_itself = found.former && found.former->device == device.device;
  if (found.keys.device_exists && !replaces_itself)
    co_return invalid_argument("A device with this id exists already.");

  UnitOfWork work;
  std::vector<DeviceId> removed;
  if (found.former) {
    identity::erase_device(work, *found.former, ports_.sessions.options().device_tables);
    if (!replaces_itself) removed.push_back(found.former->device);
  }
  detail::StoredKeys nothing;
  nothing.is_cross_signing_key = found.keys.is_cross_signing_key;
  nothing.stock.counts["signed_curve25519"] = 0;
  storage::Value name;
  if (!request.display_name.empty())
    name = identity::seal_display_name(key, user, device.device, request.display_name, ports_.random);
  identity::insert_device(work, user, device.device, ports_.clock.now_ms(), std::move(name));
  KURAMORI_CO_CHECK(detail::add_upload(work, device, request.keys, nothing));
  const identity::Place place{"dehydrated_devices.data", user.view(), device.device.view()};
  work.insert(kDehydratedDevices, {user.str(), device.device.str(),
                                   identity::seal_personal(key, place, request.device.data, ports_.random)});
  detail::publish_stock(work, device);
  KURAMORI_CO_TRY(rooms, co_await lists_.encrypted_rooms(user));
  identity::publish_device_list(work, user, std::move(removed), *rooms);
  gate::Outcome outcome{.detail = device.device.str()};
  KURAMORI_CO_CHECK(co_await ports_.gate.commit(std::move(permit), std::move(work), std::move(outcome)));
  co_return Result<void>();
}

Task<Result<DeviceId>> DehydratedDevices::remove(gate::Permit permit, UserId user) {
  permit.require(Operation::DeviceDehydrate);
  KURAMORI_CO_TRY(in_lane, co_await ports_.sessions.lane(user).enter());
  using Rows = std::optional<identity::DeviceRows>;
  auto query = [user](Snapshot& snapshot) -> Result<Rows> {
    KURAMORI_TRY(row, find_row(snapshot, user));
    if (!row) return Rows();
    KURAMORI_TRY(rows, identity::device_rows(snapshot, user, device_of(*row)));
    return Rows(std::move(rows));
  };
  KURAMORI_CO_TRY(rows, co_await ports_.reader.read(std::move(query)));
  if (!rows) co_return none();
  UnitOfWork work;
  identity::erase_device(work, *rows, ports_.sessions.options().device_tables);
  KURAMORI_CO_TRY(rooms, co_await lists_.encrypted_rooms(user));
  identity::publish_device_list(work, user, {rows->device}, *rooms);
  gate::Outcome outcome{.detail = rows->device.str()};
  KURAMORI_CO_CHECK(co_await ports_.gate.commit(std::move(permit), std::move(work), std::move(outcome)));
  co_return rows->device;
}

Task<Result<DehydratedDevice>> DehydratedDevices::get(const gate::Permit& permit, UserId user) {
  permit.require(Operation::DeviceRehydrate);
  auto query = [user](Snapshot& snapshot) { return find_row(snapshot, user); };
  KURAMORI_CO_TRY(row, co_await ports_.reader.read(std::move(query)));
  if (!row) co_return none();
  KURAMORI_CO_TRY(key, co_await ports_.keys.get(crypto::KeyScope::Person, user.view()));
  DehydratedDevice found{.device = device_of(*row), .data = {}};
  const identity::Place place{"dehydrated_devices.data", user.view(), found.device.view()};
  KURAMORI_CO_TRY(data, identity::open_personal(key, place, storage::blob((*row)[2])));
  found.data = std::move(data);
  co_return found;
}

Task<Result<MessageBatch>> DehydratedDevices::messages(const gate::Permit& permit, DeviceRef device,
                                                       StreamPosition since, StreamPosition up_to) {
  permit.require(Operation::DeviceRehydrate);
  auto query = [device](Snapshot& snapshot) { return find_row(snapshot, device.user); };
  KURAMORI_CO_TRY(row, co_await ports_.reader.read(std::move(query)));
  if (!row || device_of(*row) != device.device)
    co_return forbidden("You may only fetch messages for your dehydrated device.");
  auto batch = co_await to_device_.read(permit, std::move(device), since, up_to);
  co_return batch;
}

}  // namespace kuramori::e2ee
