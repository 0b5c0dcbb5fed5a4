#include "e2ee/to_device.hpp"

#include <algorithm>
#include <set>

#include "e2ee/tables.hpp"
#include "identity/personal.hpp"
#include "identity/tables.hpp"
#include "runtime/sleep.hpp"

namespace kuramori::e2ee {

using gate::Operation;
using runtime::Task;
using storage::Snapshot;
using storage::UnitOfWork;

namespace {

constexpr std::size_t kSendAttempts = 5;
constexpr std::size_t kRowsPerUnit = 1'000;
constexpr Milliseconds kFlushInterval{1'000};
constexpr int kFlushesPerExpiry = 3'600;
constexpr Milliseconds kTransactionLifetime = std::chrono::hours(24);
constexpr std::string_view kEveryDevice = "*";

identity::Place place_of(const DeviceRef& device) {
  return {"to_device.message", device.user.view(), device.device.view()};
}

std::string render(const std::string& type, const UserId& sender, const std::string& content) {
  std::string event = "{\"content\":" + content + ",\"sender\":";
  json::append_string(event, sender.view());
  event += ",\"type\":";
  json::append_string(event, type);
  event.push_back('}');
  return event;
}

storage::Key transaction_key(const identity::Session& sender, const SendToDevice& request) {
  return {sender.user.str(), sender.device.str(), request.type, request.transaction.str()};
}

storage::Scan messages_of(const DeviceRef& device, StreamPosition after, StreamPosition up_to,
                          std::size_t limit) {
  return {.table = &kToDevice,
          .prefix = {device.user.str(), device.device.str()},
          .from = storage::Value(after.value + 1),
          .below = storage::Value(up_to.value + 1),
          .direction = storage::Direction::Forward,
          .limit = limit};
}

struct QueueRead {
  std::vector<storage::Row> rows;
  QueueEnds ends;
};

Result<std::int64_t> end_of_queue(Snapshot& snapshot, const DeviceRef& device, storage::Direction direction) {
  storage::Scan scan{.table = &kToDevice,
                     .prefix = {device.user.str(), device.device.str()},
                     .direction = direction,
                     .limit = 1};
  KURAMORI_TRY(rows, snapshot.scan(scan));
  return rows.empty() ? 0 : storage::integer(rows.front()[to_device_column::Position]);
}

}  // namespace

// Who gets what: one rendered event serves every device of a wildcard.
struct ToDevice::Delivery {
  bool is_done = false;  // the transaction id was used before
  struct One {
    DeviceRef device;
    std::shared_ptr<const std::string> event;
  };
  std::vector<One> messages;
};

ToDevice::ToDevice(Ports ports, DeviceFacts& facts) : ports_(ports), facts_(facts) {}
ToDevice::~ToDevice() = default;

Task<Result<ToDevice::Delivery>> ToDevice::resolve(identity::SessionPtr sender, const SendToDevice& request) {
  struct Found {
    bool is_done = false;
    std::map<UserId, std::set<DeviceId>> devices;
  };
  std::set<UserId> users;
  for (const DeviceMessage& message : request.messages) users.insert(message.user);
  auto query = [users, used = transaction_key(*sender, request)](Snapshot& snapshot) -> Result<Found> {
    Found found;
    KURAMORI_TRY(row, snapshot.get(kToDeviceTransactions, used));
    found.is_done = row.has_value();
    if (found.is_done) return found;
    for (const UserId& user : users) {
      const storage::Scan scan{.table = &identity::kDevices, .prefix = {user.str()}, .limit = kEveryRow};
      KURAMORI_TRY(rows, snapshot.scan(scan));
      for (const storage::Row& device : rows)
        found.devices[user].insert(DeviceId(storage::text(device[identity::device_column::Device])));
    }
    return found;
  };
  KURAMORI_CO_TRY(found, co_await ports_.reader.read(std::move(query)));
  Delivery delivery;
  delivery.is_done = found.is_done;
  std::set<DeviceRef> seen;  // one message for each device and transaction
  for (const DeviceMessage& message : request.messages) {
    const auto event =
        std::make_shared<const std::string>(render(request.type, sender->user, message.content));
    for (const DeviceId& device : found.devices[message.user]) {
      if (message.device.view() != kEveryDevice && message.device != device) continue;
      DeviceRef to{message.user, device};
      if (seen.insert(to).second) delivery.messages.push_back({std::move(to), event});
    }
  }
  co_return delivery;
}

Task<Result<UnitOfWork>> ToDevice::unit_of(identity::SessionPtr sender, const SendToDevice& request,
                                           const Delivery& delivery) {
  UnitOfWork work;
  storage::Row transaction = transaction_key(*sender, request);
  transaction.emplace_back(ports_.clock.now_ms());
  work.insert(kToDeviceTransactions, std::move(transaction));
  // The sender logged out meanwhile: nothing may be left behind for its device.
  work.expect(identity::kDevices, {sender->user.str(), sender->device.str()}, true);
  if (delivery.messages.empty()) co_return work;
  const storage::NextOf position = work.next(storage::Sequence::Stream);
  auto queued = std::make_shared<identity::ToDeviceQueued>();
  queued->devices.reserve(delivery.messages.size());
  for (const Delivery::One& message : delivery.messages) {
    const std::string_view user = message.device.user.view();
    auto key = ports_.keys.cached(crypto::KeyScope::Person, user);
    if (!key) {
      KURAMORI_CO_TRY(read, co_await ports_.keys.get_or_create(crypto::KeyScope::Person, user));
      key = std::move(read);
    }
    work.expect(identity::kDevices, {message.device.user.str(), message.device.device.str()}, true);
    work.insert(kToDevice,
                {message.device.user.str(), message.device.device.str(), position,
                 identity::seal_personal(*key, place_of(message.device), *message.event, ports_.random)});
    queued->devices.push_back(message.device);
  }
  work.publish(position, std::move(queued));
  co_return work;
}

Task<Result<void>> ToDevice::send(gate::Permit permit, identity::SessionPtr sender, SendToDevice request) {
  permit.require(Operation::ToDeviceSend);
  if (request.messages.size() > kMessagesPerRequestMax) {
    co_return Error(ErrorCode::TooLarge, "M_TOO_LARGE", "A request carries at most 20000 messages.");
  }
  const gate::Subject subject = permit.subject();
  const gate::Resource resource = permit.resource();
  std::optional<gate::Permit> held(std::move(permit));
  for (std::size_t attempt = 0; attempt < kSendAttempts; ++attempt) {
    KURAMORI_CO_TRY(delivery, co_await resolve(sender, request));
    if (delivery.is_done) co_return Result<void>();
    KURAMORI_CO_TRY(work, co_await unit_of(sender, request, delivery));
    if (!held) {
      gate::Action action{subject, Operation::ToDeviceSend, resource};
      KURAMORI_CO_TRY(permitted, co_await ask_again(ports_.gate, std::move(action)));
      held.emplace(std::move(permitted));
    }
    gate::Outcome outcome{.detail = std::to_string(delivery.messages.size()) + " devices"};
    gate::Permit used = *std::move(held);
    held.reset();
    auto committed = co_await ports_.gate.commit(std::move(used), std::move(work), std::move(outcome));
    if (committed) co_return Result<void>();
    // A repetition was faster, or a device went meanwhile: look again.
    if (committed.error().code() != ErrorCode::Conflict) co_return std::move(committed).error();
  }
  co_return unavailable("The message could not be queued; try again.", "devices changed at every attempt");
}

Task<Result<MessageBatch>> ToDevice::take(const gate::Permit& permit, identity::SessionPtr session,
                                          StreamPosition since, StreamPosition up_to) {
  permit.require(Operation::Sync);
  const DeviceRef device{session->user, session->device};
  auto ends = facts_.queue(device);
  if (ends && since.value > 0 && facts_.acknowledge(device, since)) {
    const std::scoped_lock lock(mutex_);
    StreamPosition& to = acknowledged_[device];
    to = std::max(to, since);
    ends = facts_.queue(device);
  }
  if (ends && (ends->newest <= since.value || ends->oldest > up_to.value)) {
    co_return MessageBatch{.events = {}, .reached = up_to};
  }
  const StreamPosition after = ends ? std::max(since, StreamPosition{ends->oldest - 1}) : since;
  const auto version = facts_.begin(device);
  auto query = [device, after, up_to](Snapshot& snapshot) -> Result<QueueRead> {
    QueueRead read;
    KURAMORI_TRY(rows, snapshot.scan(messages_of(device, after, up_to, kMessagesPerResponse + 1)));
    read.rows = std::move(rows);
    KURAMORI_TRY(oldest, end_of_queue(snapshot, device, storage::Direction::Forward));
    KURAMORI_TRY(newest, end_of_queue(snapshot, device, storage::Direction::Backward));
    read.ends = {oldest, newest};
    return read;
  };
  KURAMORI_CO_TRY(read, co_await ports_.reader.read(std::move(query)));
  const bool was_known = ends.has_value();
  facts_.learn_queue(device, version, read.ends);
  MessageBatch batch{.events = {}, .reached = up_to};
  if (!was_known && since.value > 0 && facts_.acknowledge(device, since)) {
    const std::scoped_lock lock(mutex_);
    StreamPosition& to = acknowledged_[device];
    to = std::max(to, since);
  }
  if (read.rows.empty()) co_return batch;
  KURAMORI_CO_TRY(key, co_await ports_.keys.get(crypto::KeyScope::Person, device.user.view()));
  for (const storage::Row& row : read.rows) {
    if (batch.count == kMessagesPerResponse || batch.events.size() > kBytesPerResponse) co_return batch;
    KURAMORI_CO_TRY(
        event, identity::open_personal(key, place_of(device), storage::blob(row[to_device_column::Sealed])));
    if (!batch.events.empty()) batch.events.push_back(',');
    batch.events += event;
    ++batch.count;
    batch.reached = {storage::integer(row[to_device_column::Position])};
  }
  batch.reached = up_to;  // all of them
  co_return batch;
}

Task<Result<MessageBatch>> ToDevice::read(const gate::Permit& permit, DeviceRef device, StreamPosition since,
                                          StreamPosition up_to) {
  permit.require(Operation::DeviceRehydrate);
  auto query = [device, since, up_to](Snapshot& snapshot) {
    return snapshot.scan(messages_of(device, since, up_to, kMessagesPerResponse));
  };
  KURAMORI_CO_TRY(rows, co_await ports_.reader.read(std::move(query)));
  MessageBatch batch{.events = {}, .reached = since};
  if (rows.empty()) co_return batch;
  KURAMORI_CO_TRY(key, co_await ports_.keys.get(crypto::KeyScope::Person, device.user.view()));
  for (const storage::Row& row : rows) {
    if (batch.events.size() > kBytesPerResponse) break;
    KURAMORI_CO_TRY(
        event, identity::open_personal(key, place_of(device), storage::blob(row[to_device_column::Sealed])));
    if (!batch.events.empty()) batch.events.push_back(',');
    batch.events += event;
    ++batch.count;
    batch.reached = {storage::integer(row[to_device_column::Position])};
  }
  co_return batch;
}

Task<Result<void>> ToDevice::erase(std::vector<storage::Key> keys, const storage::Table& table) {
  for (std::size_t from = 0; from < keys.size(); from += kRowsPerUnit) {
    const std::size_t end = std::min(keys.size(), from + kRowsPerUnit);
    UnitOfWork work;
    for (std::size_t i = from; i < end; ++i) work.erase(table, std::move(keys[i]));
    gate::Resource resource;
    resource.name = table.name;
    gate::Action action{gate::Subject::system(), Operation::ToDeviceForget, std::move(resource)};
    KURAMORI_CO_TRY(permit, co_await ask_again(ports_.gate, std::move(action)));
    gate::Outcome outcome{.detail = std::to_string(end - from) + " rows"};
    KURAMORI_CO_CHECK(co_await ports_.gate.commit(std::move(permit), std::move(work), std::move(outcome)));
  }
  co_return Result<void>();
}

Task<Result<void>> ToDevice::flush() {
  std::map<DeviceRef, StreamPosition> taken;
  {
    const std::scoped_lock lock(mutex_);
    taken.swap(acknowledged_);
  }
  if (taken.empty()) co_return Result<void>();
  auto query = [taken](Snapshot& snapshot) -> Result<std::vector<storage::Key>> {
    std::vector<storage::Key> keys;
    for (const auto& [device, up_to] : taken) {
      const auto visit = [&keys](storage::Row&& row) {
        row.resize(kToDevice.key_columns);
        keys.push_back(std::move(row));
        return true;
      };
      KURAMORI_CHECK(snapshot.for_each(messages_of(device, {0}, up_to, kEveryRow), visit));
    }
    return keys;
  };
  auto keys = co_await ports_.reader.read(std::move(query));
  Result<void> done;
  if (keys) {
    done = co_await erase(*std::move(keys), kToDevice);
  } else {
    done = std::move(keys).error();
  }
  if (done) co_return done;
  const std::scoped_lock lock(mutex_);
  for (const auto& [device, up_to] : taken) {
    StreamPosition& to = acknowledged_[device];
    to = std::max(to, up_to);
  }
  co_return done;
}

Task<Result<void>> ToDevice::expire_transactions() {
  const std::int64_t before = ports_.clock.now_ms() - kTransactionLifetime.count();
  auto query = [before](Snapshot& snapshot) -> Result<std::vector<storage::Key>> {
    const storage::Scan scan{.table = &kToDeviceTransactions,
                             .index = &kToDeviceTransactions.index("to_device_transactions_by_age"),
                             .below = storage::Value(before),
                             .limit = 100'000};
    KURAMORI_TRY(rows, snapshot.scan(scan));
    for (storage::Row& row : rows) row.resize(kToDeviceTransactions.key_columns);
    return rows;
  };
  KURAMORI_CO_TRY(keys, co_await ports_.reader.read(std::move(query)));
  auto erased = co_await erase(std::move(keys), kToDeviceTransactions);
  co_return erased;
}

Task<void> ToDevice::maintain(std::stop_token stop) {
  bool goes_on = true;
  for (int i = 1; goes_on; ++i) {
    goes_on = co_await runtime::sleep_for(kFlushInterval, stop);
    // What cannot be erased now is tried again by the next round.
    const auto flushed = co_await flush();
    static_cast<void>(flushed);
    if (i % kFlushesPerExpiry != 0) continue;
    const auto expired = co_await expire_transactions();
    static_cast<void>(expired);
  }
}

}  // namespace kuramori::e2ee
