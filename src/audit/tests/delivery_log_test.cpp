#include "audit/delivery_log.hpp"

#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "audit/tests/record_fixture.hpp"

namespace kuramori::audit {
namespace {

class Deliveries : public ::testing::Test {
 protected:
  DeliveryLog make(DeliveryLog::Options options) {
    return DeliveryLog(
        {record.store(), record.recorder(), record.clock(), record.metrics(), Logger::silent()}, options);
  }
  static Who who(int person, std::string device = "DEVICE") {
    return {Record::person_id(person), DeviceId(std::move(device)), SessionId("session"), "192.0.2.7",
            "Client/1.0"};
  }
  // The details of the recorded deliveries, by user and device.
  std::map<std::string, std::string> recorded() {
    const auto query = [this](storage::Snapshot& snapshot) -> Result<std::map<std::string, std::string>> {
      KURAMORI_TRY(people, PersonDirectory::load(snapshot, record.keys()));
      KURAMORI_TRY(rows, snapshot.scan(entries_from(0, 100'000)));
      std::map<std::string, std::string> found;
      for (storage::Row& row : rows) {
        const StoredEntry entry = *parse_entry(to_entry(std::move(row)).bytes);
        EXPECT_EQ(entry.kind, EntryKind::Delivery);
        EXPECT_TRUE(entry.operation == kDeliveryOperation || entry.operation == kFileDeliveryOperation);
        const auto* person = people.find(entry.subject);
        if (person == nullptr) {
          found[entry.subject] += entry.detail;
          continue;
        }
        const json::Object personal = *open_personal(entry, person->sealing);
        found[std::string(json::string_or(personal, "user", "")) + " " +
              std::string(json::string_or(personal, "device", ""))] += entry.detail;
      }
      return found;
    };
    return *record.store().read_blocking(query);
  }

  Record record;
};

TEST_F(Deliveries, AreCoalescedPerDevice) {
  DeliveryLog log = make({});
  log.note(who(1), {10}, {12});
  log.note(who(1), {12}, {13});
  log.note(who(1, "OTHER"), {5}, {13});
  log.note(who(2), {12}, {13});
  log.note(who(1), {13}, {13});  // nothing was sent
  log.note(who(1), {20}, {25});  // there was a gap: what the person may not see
  log.note(who(1), {21}, {23});  // sent again
  log.note(who(1), {2}, {4});    // a second run from an older token
  ASSERT_TRUE(record.run(log.flush()));
  EXPECT_EQ(recorded(),
            (std::map<std::string, std::string>{{"@person1:example.org DEVICE", "11..13,21..25,3..4"},
                                                {"@person1:example.org OTHER", "6..13"},
                                                {"@person2:example.org DEVICE", "13..13"}}));
  ASSERT_TRUE(record.run(log.flush()));
  EXPECT_EQ(recorded().size(), 3U);
}

TEST_F(Deliveries, FilesAreNamed) {
  DeliveryLog log = make({.ranges_max = 2});
  log.note_file(who(1), "mxc://example.org/a");
  log.note_file(who(1), "mxc://example.org/a");
  log.note_file(who(1), "mxc://example.org/b");
  log.note_file(who(1), "mxc://example.org/c");
  log.note_file(who(2), "mxc://example.org/a");
  ASSERT_TRUE(record.run(log.flush()));
  EXPECT_EQ(recorded(),
            (std::map<std::string, std::string>{
                {"@person1:example.org DEVICE", "mxc://example.org/a,mxc://example.org/b,and 1 more"},
                {"@person2:example.org DEVICE", "mxc://example.org/a"}}));
}

TEST_F(Deliveries, AreKeptWhenTheyCannotBeRecorded) {
  DeliveryLog log = make({.entries_per_unit = 2});
  for (int person = 0; person < 5; ++person) {
    ASSERT_TRUE(record.run(record.recorder().prepare(Record::person_id(person))));
    log.note(who(person), {0}, {7});
  }
  auto& store = dynamic_cast<storage::memory::MemoryStore&>(record.store());
  store.fail_next_commit(unavailable("The disk is full.", "test"));
  EXPECT_FALSE(record.run(log.flush()));
  log.note(who(3), {7}, {9});
  ASSERT_TRUE(record.run(log.flush()));
  const auto found = recorded();
  EXPECT_EQ(found.size(), 5U);
  EXPECT_EQ(found.at("@person3:example.org DEVICE"), "1..9");
}

TEST_F(Deliveries, AreBounded) {
  DeliveryLog log = make({.devices_max = 3, .ranges_max = 2});
  for (int person = 0; person < 10; ++person) log.note(who(person), {0}, {1});
  for (int i = 1; i < 6; ++i) log.note(who(0), {10 * i}, {10 * i + 1});
  ASSERT_TRUE(record.run(log.flush()));
  const auto found = recorded();
  EXPECT_EQ(found.size(), 7U);
  EXPECT_EQ(found.at("@person0:example.org DEVICE"), "1..1,11..11,and 4 more");
  EXPECT_EQ(found.at("system"), "4 deliveries to devices not named");
}

TEST_F(Deliveries, ToAPersonWhoWasErasedNameNobody) {
  DeliveryLog log = make({});
  ASSERT_TRUE(record.run(record.recorder().prepare(Record::person_id(1))));
  log.note(who(1), {0}, {1});
  log.note(who(2), {0}, {1});
  storage::UnitOfWork erasure;
  record.keys().destroy_in(erasure, crypto::KeyScope::Person, Record::person_id(1).view());
  ASSERT_TRUE(record.commit(std::move(erasure)));
  record.keys().forget(crypto::KeyScope::Person, Record::person_id(1).view());
  ASSERT_TRUE(record.run(log.flush()));
  EXPECT_EQ(recorded().size(), 1U);
}

TEST_F(Deliveries, AreRecordedEveryInterval) {
  DeliveryLog log = make({});
  runtime::TaskScope scope;
  scope.spawn_on(record.executor(), log.run(scope.stop_token()));
  record.executor().run_until_idle();
  log.note(who(1), {0}, {1});
  record.clock().advance(Milliseconds(9'999));
  record.executor().run_until_idle();
  EXPECT_TRUE(recorded().empty());
  record.clock().advance(Milliseconds(1));
  record.executor().run_until_idle();
  EXPECT_EQ(recorded().size(), 1U);
  scope.request_stop();
  record.run(scope.join());
}

TEST_F(Deliveries, MayBeNotedFromManyThreads) {
  DeliveryLog log = make({});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&log, t] {
      for (int i = 0; i < 1000; ++i) log.note(who(t * 100 + i % 50), {i / 50}, {i / 50 + 1});
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(record.run(log.flush()));
  const auto found = recorded();
  EXPECT_EQ(found.size(), 200U);
  for (const auto& [device, detail] : found) EXPECT_EQ(detail, "1..20") << device;
}

}  // namespace
}  // namespace kuramori::audit
