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

  Result<std::int64_t> swap(std::string document, std::string reason = "a test") {
    Permit permit =
        f.permitted(GateFixture::action(Operation::AdminPolicySwap, nullptr, Role::Administrator));
    return f.executor.run(store.swap(std::move(permit), std::move(document), {.reason = std::move(reason)}));
  }
  std::optional<StoredPolicy> current() {
    auto query = [](storage::Snapshot& snapshot) { return load_current_policy(snapshot); };
    return *f.store.read_blocking(query);
  }
};

runtime::Task<bool> committed(storage::CommitTicket ticket) {
  auto receipt = co_await ticket;
  co_return receipt.has_value();
}

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
  EXPECT_EQ(compiled(stored->document, 1)->document().rules.size(), 15U);
  auto all = [](storage::Snapshot& snapshot) { return list_policies(snapshot, 10); };
  EXPECT_EQ(p.f.store.read_blocking(all)->size(), 2U);
  EXPECT_EQ(p.f.last_entry()->operation, "admin.policy.swap");
  EXPECT_EQ(p.f.last_entry()->detail, "policy:2");
  EXPECT_EQ(current->reason, "a test");
  EXPECT_EQ(json::string_or(*json::object_at(p.f.personal_of(*p.f.last_entry(), UserId("@chan:corp.example")),
                                             "personal"),
                            "reason", ""),
            "a test");
}

TEST(PolicyStore, NothingIsChangedWithoutAReason) {
  Policies p;
  for (const char* reason : {"", "  ", "\xff"}) {
    const auto swapped = p.swap(R"({"format":1,"name":"x","rules":[]})", reason);
    ASSERT_FALSE(swapped.has_value());
    EXPECT_EQ(swapped.error().code(), ErrorCode::InvalidArgument);
  }
  EXPECT_FALSE(p.swap(R"({"format":1,"name":"x","rules":[]})", std::string(1'001, 'a')).has_value());
  EXPECT_FALSE(p.current().has_value());
}

TEST(PolicyStore, TellsTheDifferenceOfVersions) {
  Policies p;
  ASSERT_TRUE(p.swap(R"({"format":1,"name":"a","rules":[]})").has_value());
  ASSERT_TRUE(
      p.swap(R"({"format":1,"name":"b","rules":[{"id":"r","operations":["room.send"],"effect":"warn"}]})")
          .has_value());
  ASSERT_TRUE(p.swap(R"({"format":1,"name":"b","rules":[]})").has_value());
  const auto second = difference_of(p.f.store, 2);
  ASSERT_TRUE(second.has_value()) << second.error().message();
  EXPECT_EQ(json::integer_or(*second, "from", 0), 1);
  EXPECT_EQ(second->at("rules").at("added").as_array().size(), 1U);
  EXPECT_EQ(second->at("sections").at(0).at("path").as_string(), "/name");
  const auto over = difference_of(p.f.store, 3, 1);
  ASSERT_TRUE(over.has_value());
  EXPECT_EQ(json::integer_or(*over, "changes", 0), 1);
  EXPECT_EQ(difference_of(p.f.store, 9).error().code(), ErrorCode::NotFound);
  EXPECT_EQ(difference_of(p.f.store, 3, 9).error().code(), ErrorCode::NotFound);

  // A version of before the difference was kept.
  storage::UnitOfWork work;
  work.upsert(kPolicies, {std::int64_t{2}, R"({"format":1,"name":"b","rules":[]})", std::int64_t{5}, "",
                          storage::Null{}, storage::Null{}});
  ASSERT_TRUE(p.f.executor.run(committed(p.f.store.submit(std::move(work)))));
  const auto computed = difference_of(p.f.store, 2);
  ASSERT_TRUE(computed.has_value());
  EXPECT_EQ(json::integer_or(*computed, "changes", 0), 1);
  auto all = [](storage::Snapshot& snapshot) { return list_policies(snapshot, 10, 3); };
  EXPECT_EQ(p.f.store.read_blocking(all)->front().reason, "");
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

// As a store was before versions kept their reason.
const storage::Table kPoliciesOfBefore{.name = "policies",
                                       .columns = {{"version", storage::ColumnType::Integer},
                                                   {"document", storage::ColumnType::Text},
                                                   {"created_ms", storage::ColumnType::Integer},
                                                   {"created_by", storage::ColumnType::Text}},
                                       .key_columns = 1,
                                       .indexes = {}};

TEST(PolicyStore, VersionsOfBeforeAreReadAfterTheMigration) {
  storage::memory::MemoryStore store;
  ManualClock clock;
  runtime::ManualExecutor executor{clock};
  std::vector<storage::Migration> migrations{{1, "before", {storage::CreateTable{&kPoliciesOfBefore}}}};
  ASSERT_TRUE(store.migrate(migrations));
  storage::UnitOfWork work;
  work.insert(kPoliciesOfBefore,
              {std::int64_t{1}, R"({"format":1,"name":"a","rules":[]})", std::int64_t{5}, ""});
  work.insert(kPoliciesOfBefore,
              {std::int64_t{2}, R"({"format":1,"name":"b","rules":[]})", std::int64_t{6}, "@x:y"});
  ASSERT_TRUE(executor.run(committed(store.submit(std::move(work)))));
  migrations.push_back({2, "reasons", {}});
  for (const char* column : {"reason", "difference"}) {
    migrations.back().changes.emplace_back(
        storage::AddColumn{kPolicies.name, {column, storage::ColumnType::Text, storage::Nullable::Yes}});
  }
  ASSERT_TRUE(store.migrate(migrations));
  auto all = [](storage::Snapshot& snapshot) { return list_policies(snapshot, 10); };
  const auto versions = store.read_blocking(all);
  ASSERT_TRUE(versions.has_value());
  ASSERT_EQ(versions->size(), 2U);
  EXPECT_EQ(versions->front().created_by, UserId("@x:y"));
  EXPECT_EQ(versions->front().reason, "");
  const auto difference = difference_of(store, 2);
  ASSERT_TRUE(difference.has_value()) << difference.error().message();
  EXPECT_EQ(difference->at("sections").at(0).at("after").as_string(), "b");
}

TEST(PolicyStore, ThePolicyInForceIsTheDurableOne) {
  Policies p;
  Permit permit =
      p.f.permitted(GateFixture::action(Operation::AdminPolicySwap, nullptr, Role::Administrator));
  p.f.store.fail_next_commit(unavailable("The disk is full.", "test"));
  const auto swapped = p.f.executor.run(
      p.store.swap(std::move(permit), R"({"format":1,"name":"lost","rules":[]})", {.reason = "x"}));
  ASSERT_FALSE(swapped.has_value());
  EXPECT_EQ(p.f.gate->policy()->document().name, "permissive");
  EXPECT_FALSE(p.current().has_value());
}

}  // namespace
}  // namespace kuramori::gate
