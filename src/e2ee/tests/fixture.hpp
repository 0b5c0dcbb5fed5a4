// The services of this module over the real rooms and a store in memory.
#pragma once
#include "e2ee/encryption.hpp"
#include "e2ee/tables.hpp"
#include "identity/session_rows.hpp"
#include "identity/tables.hpp"
#include "rooms/tests/fixture.hpp"

namespace kuramori::e2ee::testing {

using rooms::testing::user;

class EncryptionTest : public rooms::testing::RoomsTest {
 protected:
  EncryptionTest() { serve(); }

  // The process dies and comes back over the same store.
  void restart() {
    encryption.reset();
    sessions.reset();
    start();
    serve();
  }

  void serve() {
    add_tables();
    identity::Sessions::Options options;
    options.device_tables = device_tables();
    sessions =
        std::make_unique<identity::Sessions>(store, server->gate, *server->keys, clock, random, options);
    encryption = std::make_unique<Encryption>(Ports{.reader = store,
                                                    .gate = server->gate,
                                                    .keys = *server->keys,
                                                    .sessions = *sessions,
                                                    .clock = clock,
                                                    .random = random},
                                              rooms(), store.last_position());
    store.add_listener(*encryption);
  }

  identity::SessionPtr session(const UserId& who, std::string device = "DEVICE") {
    auto made = std::make_shared<identity::Session>();
    made->id = SessionId("session");
    made->user = who;
    made->device = DeviceId(std::move(device));
    return made;
  }
  // Devices that exist, as if somebody had logged in from them.
  void add_devices(const std::vector<DeviceRef>& devices) {
    storage::UnitOfWork work;
    for (const DeviceRef& device : devices) identity::insert_device(work, device.user, device.device, 0, {});
    commit(std::move(work));
  }
  void remove_device(const DeviceRef& device) {
    storage::UnitOfWork work;
    identity::DeviceRows rows{.user = device.user, .device = device.device, .session = {}, .tokens = {}};
    identity::erase_device(work, rows, device_tables());
    identity::publish_device_list(work, device.user, {device.device});
    commit(std::move(work));
  }
  void commit(storage::UnitOfWork work) {
    auto done =
        run(server->gate.commit(permit(user("server"), gate::Operation::DeviceUpdate), std::move(work), {}));
    ASSERT_TRUE(done) << done.error().to_log();
  }
  static OneTimeKey key(std::string id) { return {"signed_curve25519", id, R"({"key":")" + id + "\"}"}; }
  Result<KeyCounts> upload(const DeviceRef& device, const std::vector<std::string>& ids) {
    KeyUpload upload;
    for (const std::string& id : ids) upload.one_time_keys.push_back(key(id));
    return run(encryption->device_keys.upload(permit(device.user, gate::Operation::KeysUpload),
                                              session(device.user, device.device.str()), std::move(upload)));
  }
  Result<void> send(const UserId& from, std::vector<DeviceMessage> messages, std::string transaction) {
    SendToDevice request{.type = "m.test",
                         .transaction = TransactionId(std::move(transaction)),
                         .messages = std::move(messages)};
    return run(encryption->to_device.send(permit(from, gate::Operation::ToDeviceSend), session(from),
                                          std::move(request)));
  }
  MessageBatch take(const DeviceRef& device, StreamPosition since) {
    auto batch = run(encryption->to_device.take(permit(device.user, gate::Operation::Sync),
                                                session(device.user, device.device.str()), since,
                                                store.last_position()));
    EXPECT_TRUE(batch) << batch.error().to_log();
    return batch ? *std::move(batch) : MessageBatch();
  }
  std::int64_t rows_of(const storage::Table& table) {
    auto count = store.read_blocking(
        [&table](storage::Snapshot& snapshot) { return snapshot.count({.table = &table}); });
    return count ? *count : -1;
  }

  std::unique_ptr<identity::Sessions> sessions;
  std::unique_ptr<Encryption> encryption;

 private:
  void add_tables() {
    if (has_tables_) return;
    has_tables_ = true;
    // The rooms' fixture made the first migration.
    storage::Migration first{.number = 1, .name = "initial", .changes = {}};
    storage::Migration second{.number = 2, .name = "e2ee", .changes = {}};
    for (const storage::Table* table : identity::tables())
      second.changes.emplace_back(storage::CreateTable{table});
    for (const storage::Table* table : e2ee::tables())
      second.changes.emplace_back(storage::CreateTable{table});
    const std::array<storage::Migration, 2> migrations{std::move(first), std::move(second)};
    ensure(store.migrate(migrations).has_value(), "the tables can be made");
  }
  bool has_tables_ = false;
};

}  // namespace kuramori::e2ee::testing
