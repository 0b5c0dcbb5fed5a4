// One-time keys: given out once, in order, whatever happens at the same time.
#include "fixture.hpp"
#include "runtime/task_scope.hpp"

namespace kuramori::e2ee::testing {
namespace {

class OneTimeKeysTest : public EncryptionTest {
 protected:
  OneTimeKeysTest() { add_devices({phone}); }

  Result<std::vector<ClaimedKey>> claim(std::vector<KeyClaim> claims) {
    return run(encryption->one_time_keys.claim(permit(bob, gate::Operation::KeysClaim), std::move(claims)));
  }
  std::string claim_one() {
    auto given = claim({{phone, "signed_curve25519"}});
    EXPECT_TRUE(given) << given.error().to_log();
    return given && !given->empty() ? given->front().name : "";
  }
  // Claims that run at the same time.
  std::vector<std::string> claim_together(std::size_t count) {
    std::vector<std::string> names;
    runtime::TaskScope scope;
    const auto one = [&](gate::Permit permit) -> runtime::Task<void> {
      std::vector<KeyClaim> claims{{phone, "signed_curve25519"}};
      auto given = co_await encryption->one_time_keys.claim(std::move(permit), std::move(claims));
      EXPECT_TRUE(given) << given.error().to_log();
      if (given && !given->empty()) names.push_back(given->front().name);
    };
    for (std::size_t i = 0; i < count; ++i)
      scope.spawn_on(executor, one(permit(bob, gate::Operation::KeysClaim)));
    executor.run_until_idle();
    executor.run(scope.join());
    return names;
  }
  static std::vector<std::string> numbered(std::size_t count) {
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < count; ++i) ids.push_back(std::to_string(1'000 + i));
    return ids;
  }

  const DeviceRef phone{alice, DeviceId("ALICE")};
};

TEST_F(OneTimeKeysTest, AStormOfClaimsGivesEachKeyOnce) {
  ASSERT_TRUE(upload(phone, numbered(200)));
  const auto names = claim_together(300);
  EXPECT_EQ(names.size(), 200U);
  EXPECT_EQ(std::set(names.begin(), names.end()).size(), 200U);
  EXPECT_EQ(rows_of(kOneTimeKeys), 0);
  ASSERT_TRUE(upload(phone, {"more"}));
  EXPECT_EQ(claim_one(), "signed_curve25519:more");
}

TEST_F(OneTimeKeysTest, TheOrderIsThatOfTheUploadsAlsoAfterARestart) {
  for (const std::string& id : {"c", "a", "b"}) ASSERT_TRUE(upload(phone, {id}));
  EXPECT_EQ(claim_one(), "signed_curve25519:c");
  restart();
  EXPECT_EQ(claim_one(), "signed_curve25519:a");
  EXPECT_EQ(claim_one(), "signed_curve25519:b");
  EXPECT_EQ(claim_one(), "");
}

TEST_F(OneTimeKeysTest, ManyDevicesAreOneCommit) {
  std::vector<DeviceRef> devices;
  std::vector<KeyClaim> claims;
  for (int i = 0; i < 50; ++i) {
    devices.push_back({user("crowd" + std::to_string(i)), DeviceId("D")});
    claims.push_back({devices.back(), "signed_curve25519"});
  }
  add_devices(devices);
  for (const DeviceRef& device : devices) ASSERT_TRUE(upload(device, {"k"}));
  const std::int64_t before = rows_of(audit::kRecordEntries);
  auto given = claim(claims);
  ASSERT_TRUE(given);
  EXPECT_EQ(given->size(), 50U);
  EXPECT_EQ(rows_of(audit::kRecordEntries), before + 1);
}

TEST_F(OneTimeKeysTest, ADeviceThatGoesTakesItsShelfAlong) {
  ASSERT_TRUE(upload(phone, numbered(30)));
  EXPECT_NE(claim_one(), "");
  remove_device(phone);
  EXPECT_EQ(claim_one(), "");
  add_devices({phone});
  ASSERT_TRUE(upload(phone, {"new"}));
  EXPECT_EQ(claim_one(), "signed_curve25519:new");
}

TEST_F(OneTimeKeysTest, AFailedCommitKeepsTheKeys) {
  ASSERT_TRUE(upload(phone, {"a", "b"}));
  permit(bob, gate::Operation::KeysClaim);  // who is new gets a key first, in a commit of its own
  store.fail_next_commit(unavailable("The disk is full.", "test"));
  EXPECT_FALSE(claim({{phone, "signed_curve25519"}}));
  std::set<std::string> rest{claim_one(), claim_one()};
  EXPECT_EQ(rest, (std::set<std::string>{"signed_curve25519:a", "signed_curve25519:b"}));
}

TEST_F(OneTimeKeysTest, CountsAreKnownWithoutAReadOnceTheyWereRead) {
  ASSERT_TRUE(upload(phone, {"a", "b"}));
  const auto count = [&] {
    auto stock = run(encryption->device_keys.stock(permit(phone.user, gate::Operation::Sync), phone));
    return stock ? stock->counts.at("signed_curve25519") : -1;
  };
  EXPECT_EQ(count(), 2);
  EXPECT_TRUE(encryption->facts.stock(phone));
  EXPECT_NE(claim_one(), "");
  EXPECT_FALSE(encryption->facts.stock(phone)) << "out of date";
  EXPECT_EQ(count(), 1);
}

}  // namespace
}  // namespace kuramori::e2ee::testing
