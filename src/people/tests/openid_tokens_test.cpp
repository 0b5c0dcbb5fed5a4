#include "people/openid_tokens.hpp"

#include <gtest/gtest.h>

#include "audit/recorder.hpp"
#include "audit/tables.hpp"
#include "governance/compiled_policy.hpp"
#include "runtime/manual_executor.hpp"
#include "storage/memory/memory_store.hpp"

namespace kuramori::people {
namespace {

std::unique_ptr<storage::KeyRing> open_keys(storage::memory::MemoryStore& store, const Clock& clock,
                                            Random& random) {
  storage::Migration first{.number = 1, .name = "initial", .changes = {}};
  first.changes.emplace_back(storage::CreateTable{&storage::kWrappedKeys});
  for (const storage::Table* table : audit::tables()) first.changes.emplace_back(storage::CreateTable{table});
  ensure(store.migrate(std::span(&first, 1)).has_value(), "the tables can be made");
  return *storage::KeyRing::open(store, crypto::SecretKey({7}), clock, random);
}

class OpenId : public ::testing::Test {
 protected:
  std::string issue(std::string_view localpart) {
    gate::Subject subject;
    subject.user = UserId("@" + std::string(localpart) + ":example.org");
    gate::Action action{.subject = subject, .operation = gate::Operation::OpenIdIssue, .resource = {}};
    auto admission = executor.run(gate.admit(std::move(action)));
    auto token = executor.run(tokens.issue(std::get<gate::Permit>(std::move(admission))));
    EXPECT_TRUE(token);
    return token ? *token : std::string();
  }

  ManualClock clock;
  SeededRandom random{3};
  runtime::ManualExecutor executor{clock};
  MetricsRegistry metrics;
  storage::memory::MemoryStore store;
  std::unique_ptr<storage::KeyRing> keys = open_keys(store, clock, random);
  audit::Recorder recorder{*keys, clock, random};
  gate::Gate gate{{store, recorder, clock, random, metrics, Logger::silent()},
                  governance::CompiledPolicy::permissive()};
  OpenIdTokens tokens{gate, *keys, clock, random};
};

TEST_F(OpenId, ATokenSaysWhoseItIsUntilItExpires) {
  const std::string token = issue("alice");
  EXPECT_EQ(tokens.owner(token), UserId("@alice:example.org"));
  EXPECT_NE(issue("alice"), token);
  clock.advance(OpenIdTokens::kLifetime);
  EXPECT_FALSE(tokens.owner(token));
}

TEST_F(OpenId, WhatIsNoTokenHasNoOwner) {
  std::string token = issue("alice");
  EXPECT_FALSE(tokens.owner(""));
  EXPECT_FALSE(tokens.owner("nonsense!"));
  EXPECT_FALSE(tokens.owner(std::string(5'000, 'A')));
  token[token.size() / 2] = token[token.size() / 2] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(tokens.owner(token));
}

}  // namespace
}  // namespace kuramori::people
