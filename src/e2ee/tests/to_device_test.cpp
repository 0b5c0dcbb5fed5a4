// Messages between devices: queues, acknowledgements, storms.
#include "fixture.hpp"

namespace kuramori::e2ee::testing {
namespace {

class ToDeviceTest : public EncryptionTest {
 protected:
  ToDeviceTest() { add_devices({phone, {bob, DeviceId("DEVICE")}}); }

  static DeviceMessage to(const DeviceRef& device, std::string_view body = "hello") {
    return {device.user, device.device, R"({"body":")" + std::string(body) + "\"}"};
  }
  const DeviceRef phone{alice, DeviceId("ALICE")};
};

TEST_F(ToDeviceTest, AStormToManyDevicesLosesNothing) {
  std::vector<DeviceRef> devices;
  std::vector<DeviceMessage> messages;
  for (int i = 0; i < 5'000; ++i) {
    devices.push_back({user("crowd" + std::to_string(i % 1'000)), DeviceId("D" + std::to_string(i / 1'000))});
    messages.push_back(to(devices.back(), std::to_string(i)));
  }
  add_devices(devices);
  const std::int64_t before = rows_of(audit::kRecordEntries);
  ASSERT_TRUE(send(bob, std::move(messages), "t1"));
  EXPECT_EQ(rows_of(audit::kRecordEntries), before + 1) << "one record of one request";
  for (const DeviceRef& device : devices) EXPECT_EQ(take(device, {0}).count, 1U);
}

TEST_F(ToDeviceTest, AnIdleDeviceIsKnownToMemory) {
  EXPECT_FALSE(encryption->facts.queue(phone));
  const MessageBatch first = take(phone, {0});
  const auto empty = encryption->facts.queue(phone);
  ASSERT_TRUE(empty);
  EXPECT_EQ(empty->newest, 0);
  ASSERT_TRUE(send(bob, {to(phone)}, "t1"));
  EXPECT_GT(encryption->facts.queue(phone)->newest, first.reached.value);
  const MessageBatch second = take(phone, first.reached);
  EXPECT_EQ(second.count, 1U);
  EXPECT_EQ(take(phone, second.reached).count, 0U);
  EXPECT_EQ(encryption->facts.queue(phone)->newest, 0) << "acknowledged";
}

TEST_F(ToDeviceTest, WhatWaitsSurvivesARestart) {
  const StreamPosition since = store.last_position();
  ASSERT_TRUE(send(bob, {to(phone, "one")}, "t1"));
  restart();
  ASSERT_TRUE(send(bob, {to(phone, "two")}, "t2"));
  ASSERT_TRUE(send(bob, {to(phone, "two")}, "t2"));
  const MessageBatch batch = take(phone, since);
  EXPECT_EQ(batch.count, 2U);
  EXPECT_LT(batch.events.find("one"), batch.events.find("two"));
  restart();
  EXPECT_EQ(take(phone, batch.reached).count, 0U);
  ASSERT_TRUE(run(encryption->to_device.flush()));
  EXPECT_EQ(rows_of(kToDevice), 0);
}

TEST_F(ToDeviceTest, ContentIsSealedAndRowsOfRemovedDevicesGo) {
  ASSERT_TRUE(send(bob, {to(phone, "a secret text")}, "t1"));
  const auto rows =
      store.read_blocking([](storage::Snapshot& snapshot) { return snapshot.scan({.table = &kToDevice}); });
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 1U);
  const Bytes& sealed = storage::blob(rows->front()[to_device_column::Sealed]);
  EXPECT_EQ(std::string(sealed.begin(), sealed.end()).find("secret"), std::string::npos);
  remove_device(phone);
  EXPECT_EQ(rows_of(kToDevice), 0);
  ASSERT_TRUE(send(bob, {to(phone)}, "t2")) << "to a device that is gone";
  EXPECT_EQ(rows_of(kToDevice), 0);
}

TEST_F(ToDeviceTest, OldTransactionIdsAreForgotten) {
  ASSERT_TRUE(send(bob, {to(phone)}, "t1"));
  ASSERT_TRUE(run(encryption->to_device.expire_transactions()));
  EXPECT_EQ(rows_of(kToDeviceTransactions), 1);
  clock.advance(std::chrono::hours(25));
  ASSERT_TRUE(run(encryption->to_device.expire_transactions()));
  EXPECT_EQ(rows_of(kToDeviceTransactions), 0);
}

}  // namespace
}  // namespace kuramori::e2ee::testing
