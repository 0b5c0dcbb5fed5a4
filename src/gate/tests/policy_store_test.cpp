#include "gate/policy_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gate/tests/gate_fixture.hpp"

namespace kuramori::gate {
namespace {

using ::testing::HasSubstr;

struct Policies {
  GateFixture f{governance::CompiledPolicy::permissive()};
  runtime::WorkerPool workers{{.name = "test", .threads = 1}};
  PolicyStore store{*f.gate, f.store, workers, f.clock};

  Result<std::int64_t> swap(std::string document, Role role = Role::Administrator) {
    Permit permit = f.permitted(GateFixture::action(Operation::AdminPolicySwap, nullptr, role));
    return f.executor.run(store.swap(std::move(permit), std::move(document)));
  }
  std::optional<StoredPolicy> current() {
    auto query = [](storage::Snapshot& snapshot) { return load_current_policy(snapshot); };
    return *f.store.read_blocking(query);
  }
};

TEST(PolicyStore, KeepsEveryVersion) {
  Policies p;
  EXPECT_FALSE(p.current().has_value());
  const auto first = p.swap(std::string(governance::default_policy_text()));
  ASSERT_TRUE(first.has_value()) << first.error().message();
  EXPECT_EQ(*first, 1);
  EXPECT_EQ(p.f.gate->policy()->version(), 1);
  p.f.clock.advance(Milliseconds(1000));
  EXPECT_EQ(*p.swap(R"({"format":1,"name":"second","rules":[]})"), 2);
  EXPECT_EQ(p.f.gate->policy()->document().name, "second");
  const auto current = p.current();
  EXPECT_EQ(current->version, 2);
  EXPECT_EQ(current->created, p.f.clock.now());
  EXPECT_EQ(current->created_by, UserId("@chan:corp.example"));
  auto old = [](storage::Snapshot& snapshot) { return load_policy(snapshot, 1); };
  const auto stored = *p.f.store.read_blocking(old);
  ASSERT_TRUE(stored.has_value());
  EXPECT_EQ(compiled(stored->document, 1)->document().rules.size(), 12U);
  auto all = [](storage::Snapshot& snapshot) { return list_policies(snapshot, 10); };
  EXPECT_EQ(p.f.store.read_blocking(all)->size(), 2U);
  EXPECT_EQ(p.f.last_entry()->operation, "admin.policy.swap");
  EXPECT_EQ(p.f.last_entry()->detail, "policy:2");
}

TEST(PolicyStore, AnInvalidPolicyChangesNothing) {
  Policies p;
  ASSERT_TRUE(p.swap(R"({"format":1,"name":"good","rules":[]})").has_value());
  const auto bad = p.swap(
      R"({"format":1,"name":"bad","rules":[{"id":"r","operations":["room.sned"],"effect":"refuse"}]})");
  ASSERT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error().reason(), "KURAMORI_POLICY_INVALID");
  EXPECT_THAT(bad.error().message(), HasSubstr("is not an operation"));
  EXPECT_EQ(p.current()->version, 1);
  EXPECT_EQ(p.f.gate->policy()->document().name, "good");
}

TEST(PolicyStore, ThePolicyInForceIsTheDurableOne) {
  Policies p;
  Permit permit =
      p.f.permitted(GateFixture::action(Operation::AdminPolicySwap, nullptr, Role::Administrator));
  p.f.store.fail_next_commit(unavailable("The disk is full.", "test"));
  const auto swapped =
      p.f.executor.run(p.store.swap(std::move(permit), R"({"format":1,"name":"lost","rules":[]})"));
  ASSERT_FALSE(swapped.has_value());
  EXPECT_EQ(p.f.gate->policy()->document().name, "permissive");
  EXPECT_FALSE(p.current().has_value());
}

}  // namespace
}  // namespace kuramori::gate
