// A gate over the store in memory, with a real recorder, on a clock and a generator that repeat themselves.
#pragma once
#include <gtest/gtest.h>

#include <optional>

#include "audit/entry_format.hpp"
#include "audit/record_rows.hpp"
#include "audit/recorder.hpp"
#include "audit/tables.hpp"
#include "gate/gate.hpp"
#include "gate/policy_store.hpp"
#include "governance/compiled_policy.hpp"
#include "runtime/manual_executor.hpp"
#include "storage/key_ring.hpp"
#include "storage/memory/memory_store.hpp"

namespace kuramori::gate {

class GateFixture {
 public:
  explicit GateFixture(std::shared_ptr<const governance::CompiledPolicy> policy) {
    std::vector<storage::SchemaChange> changes{storage::CreateTable{&storage::kWrappedKeys},
                                               storage::CreateTable{&kPolicies}};
    for (const storage::Table* table : audit::tables()) changes.push_back(storage::CreateTable{table});
    const std::vector<storage::Migration> migrations{{1, "gate", std::move(changes)}};
    EXPECT_TRUE(store.migrate(migrations));
    keys = *storage::KeyRing::open(store, crypto::SecretKey::generate(random), clock, random);
    recorder.emplace(*keys, clock, random);
    gate.emplace(Gate::Ports{store, *recorder, clock, random, metrics, Logger::silent()}, std::move(policy));
  }

  static Subject person(Role role = Role::Member) {
    Subject subject;
    subject.user = UserId("@chan:corp.example");
    subject.device = DeviceId("LAPTOP");
    subject.session = SessionId("session");
    subject.role = role;
    subject.address = "192.0.2.7";
    subject.user_agent = "Client/1.0";
    subject.language = "en";
    return subject;
  }
  static Action action(Operation operation, const json::Object* content = nullptr, Role role = Role::Member) {
    Resource resource;
    resource.room = RoomId("!room:corp.example");
    resource.event_type = "m.room.message";
    return {person(role), operation, std::move(resource), content};
  }

  Admission admit(Action act) { return executor.run(gate->admit(std::move(act))); }
  Permit permitted(Action act) {
    Admission admission = admit(std::move(act));
    EXPECT_TRUE(std::holds_alternative<Permit>(admission));
    return std::get<Permit>(std::move(admission));
  }

  std::int64_t entries() {
    auto count = [](storage::Snapshot& snapshot) { return audit::entry_count(snapshot); };
    return static_cast<std::int64_t>(*store.read_blocking(count));
  }
  std::optional<audit::StoredEntry> last_entry() {
    const std::int64_t count = entries();
    if (count == 0) return std::nullopt;
    auto query = [count](storage::Snapshot& snapshot) {
      return audit::read_entry(snapshot, static_cast<std::uint64_t>(count - 1));
    };
    return *audit::parse_entry((**store.read_blocking(query)).bytes);
  }
  json::Object personal_of(const audit::StoredEntry& entry, const UserId& user) {
    const auto person_key = keys->cached(crypto::KeyScope::Person, user.view());
    return *audit::open_personal(entry, audit::derive_person_keys(*person_key).sealing);
  }

  ManualClock clock;
  SeededRandom random{7};
  MetricsRegistry metrics;
  runtime::ManualExecutor executor{clock};
  storage::memory::MemoryStore store;
  std::unique_ptr<storage::KeyRing> keys;
  std::optional<audit::Recorder> recorder;
  std::optional<Gate> gate;
};

inline std::shared_ptr<const governance::CompiledPolicy> compiled(std::string_view document,
                                                                  std::int64_t version) {
  auto policy = compile_policy(document, version);
  EXPECT_TRUE(policy.has_value()) << policy.error().message();
  return *std::move(policy);
}

}  // namespace kuramori::gate
