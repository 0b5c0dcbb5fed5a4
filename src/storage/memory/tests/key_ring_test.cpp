#include "storage/key_ring.hpp"

#include <gtest/gtest.h>

#include "runtime/manual_executor.hpp"
#include "storage/memory/memory_store.hpp"

namespace kuramori::storage {
namespace {

using crypto::KeyScope;
using crypto::SecretKey;

bool same(const SecretKey& a, const SecretKey& b) {
  return std::ranges::equal(a.view(), b.view());
}

class KeyRingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::vector<Migration> migrations = {{1, "keys", {CreateTable{&kWrappedKeys}}}};
    ASSERT_TRUE(store.migrate(migrations));
  }
  std::unique_ptr<KeyRing> open() { return *KeyRing::open(store, root, clock, random, 64); }
  Result<SecretKey> get(KeyRing& keys, KeyScope scope, std::string_view owner) {
    return executor.run(keys.get(scope, owner));
  }
  Result<SecretKey> get_or_create(KeyRing& keys, KeyScope scope, std::string_view owner) {
    return executor.run(keys.get_or_create(scope, owner));
  }
  Result<CommitReceipt> commit(UnitOfWork work) {
    auto wait = [](CommitTicket ticket) -> runtime::Task<Result<CommitReceipt>> {
      auto receipt = co_await ticket;
      co_return receipt;
    };
    return executor.run(wait(store.submit(std::move(work))));
  }

  ManualClock clock;
  runtime::ManualExecutor executor{clock};
  SeededRandom random{7};
  SecretKey root = SecretKey::generate(random);
  memory::MemoryStore store;
};

TEST_F(KeyRingTest, TheOrganisationKeyIsMadeOnce) {
  const SecretKey first = open()->organisation_key();
  EXPECT_TRUE(same(first, open()->organisation_key()));
  EXPECT_FALSE(same(first, root));
}

TEST_F(KeyRingTest, AWrongRootKeyIsRefused) {
  open();
  const auto refused = KeyRing::open(store, SecretKey::generate(random), clock, random);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::Unauthenticated);
  EXPECT_NE(refused.error().message().find("key file"), std::string::npos);
}

TEST_F(KeyRingTest, KeysWithoutTheirOrganisationKeyAreRefused) {
  UnitOfWork work;
  work.insert(kWrappedKeys, {"room", "!r", Bytes{1}, std::int64_t{1}, Null{}});
  ASSERT_TRUE(commit(std::move(work)));
  EXPECT_EQ(KeyRing::open(store, root, clock, random).error().code(), ErrorCode::Corrupt);
}

TEST_F(KeyRingTest, CreatesOneKeyPerOwnerAndKeepsIt) {
  auto keys = open();
  EXPECT_EQ(get(*keys, KeyScope::Room, "!a").error().code(), ErrorCode::NotFound);
  const auto a = get_or_create(*keys, KeyScope::Room, "!a");
  ASSERT_TRUE(a);
  EXPECT_TRUE(same(*a, *get_or_create(*keys, KeyScope::Room, "!a")));
  EXPECT_TRUE(same(*a, *keys->cached(KeyScope::Room, "!a")));
  EXPECT_FALSE(keys->cached(KeyScope::Person, "!a"));
  EXPECT_FALSE(same(*a, *get_or_create(*keys, KeyScope::Room, "!b")));
  EXPECT_TRUE(same(*a, *get(*open(), KeyScope::Room, "!a")));
}

TEST_F(KeyRingTest, TwoCreatorsGetTheSameKey) {
  auto one = open();
  auto two = open();  // with a cache of its own, as another process would have
  const auto first = get_or_create(*one, KeyScope::Person, "@a:b");
  const auto second = get_or_create(*two, KeyScope::Person, "@a:b");
  ASSERT_TRUE(first && second);
  EXPECT_TRUE(same(*first, *second));
}

TEST_F(KeyRingTest, AKeyAppearsWithItsUnit) {
  auto keys = open();
  UnitOfWork work;
  const SecretKey key = keys->create_in(work, KeyScope::Room, "!a");
  EXPECT_EQ(get(*keys, KeyScope::Room, "!a").error().code(), ErrorCode::NotFound);
  ASSERT_TRUE(commit(std::move(work)));
  EXPECT_TRUE(same(key, *get(*keys, KeyScope::Room, "!a")));
  auto in_snapshot = [&](Snapshot& s) { return open()->get_in(s, KeyScope::Room, "!a"); };
  EXPECT_TRUE(same(key, *store.read_blocking(in_snapshot)));
}

TEST_F(KeyRingTest, ADestroyedKeyStaysDestroyed) {
  auto keys = open();
  ASSERT_TRUE(get_or_create(*keys, KeyScope::Person, "@a:b"));
  UnitOfWork work;
  keys->destroy_in(work, KeyScope::Person, "@a:b");
  ASSERT_TRUE(commit(std::move(work)));
  keys->forget(KeyScope::Person, "@a:b");
  EXPECT_EQ(get(*keys, KeyScope::Person, "@a:b").error().code(), ErrorCode::NotFound);
  const auto again = get_or_create(*keys, KeyScope::Person, "@a:b");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().reason(), "KURAMORI_KEY_DESTROYED");
  const auto row = store.read_blocking([](Snapshot& s) { return s.get(kWrappedKeys, {"person", "@a:b"}); });
  EXPECT_TRUE(is_null((**row)[2]));
}

TEST_F(KeyRingTest, AFailedCommitGivesNoKey) {
  auto keys = open();
  store.fail_next_commit(unavailable("The disk is full.", "test"));
  EXPECT_EQ(get_or_create(*keys, KeyScope::Room, "!a").error().code(), ErrorCode::Unavailable);
  EXPECT_FALSE(keys->cached(KeyScope::Room, "!a"));
  EXPECT_TRUE(get_or_create(*keys, KeyScope::Room, "!a"));
}

}  // namespace
}  // namespace kuramori::storage
