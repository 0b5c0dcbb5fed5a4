// Identity over the store in memory, with a gate that permits everything.
#pragma once
#include <gtest/gtest.h>

#include "audit/recorder.hpp"
#include "audit/tables.hpp"
#include "governance/compiled_policy.hpp"
#include "identity/accounts.hpp"
#include "identity/devices.hpp"
#include "identity/interactive_authentication.hpp"
#include "identity/profiles.hpp"
#include "identity/tables.hpp"
#include "runtime/manual_executor.hpp"
#include "storage/memory/memory_store.hpp"

namespace kuramori::identity::testing {

// What the stream carried, in order.
class Stream final : public storage::StreamListener {
 public:
  void committed(std::span<const Change> changes) override {
    for (const Change& change : changes) payloads.push_back(change.payload);
  }
  template <class Payload>
  std::vector<const Payload*> of() const {
    std::vector<const Payload*> found;
    for (const auto& payload : payloads) {
      if (const auto* one = dynamic_cast<const Payload*>(payload.get())) found.push_back(one);
    }
    return found;
  }
  std::vector<std::shared_ptr<const storage::ChangePayload>> payloads;
};

class IdentityTest : public ::testing::Test {
 protected:
  static constexpr std::string_view kPassword = "correct horse battery staple";

  IdentityTest() {
    store.add_listener(sessions.listener());
    store.add_listener(profiles.listener());
    store.add_listener(stream);
  }

  gate::Permit permit(gate::Operation operation, const UserId& user = {}) {
    gate::Subject subject = user.empty() ? gate::Subject::system() : gate::Subject{};
    subject.user = user;
    gate::Action action{std::move(subject), operation, {}, nullptr};
    auto admission = executor.run(gate.admit(std::move(action)));
    ensure(std::holds_alternative<gate::Permit>(admission), "the permissive policy permits");
    return std::get<gate::Permit>(std::move(admission));
  }
  Result<Account> create(NewAccount account) {
    return executor.run(accounts.create(permit(gate::Operation::AdminUserAdd), std::move(account)));
  }
  UserId alice() {
    const auto created = create({.localpart = "alice", .password = std::string(kPassword)});
    ensure(created.has_value(), "alice is created");
    return created->user;
  }
  Result<IssuedTokens> log_in(const UserId& user, LoginRequest request = {}) {
    request.user = user;
    return executor.run(sessions.log_in(permit(gate::Operation::AccountLogin, user), std::move(request)));
  }
  Result<SessionPtr> authenticate(const std::string& token) {
    return executor.run(sessions.authenticate(token));
  }
  Result<Account> verify(const UserId& user, std::string_view password) {
    return executor.run(accounts.verify_password(user, std::string(password)));
  }
  // The rows that a table holds, whatever they are.
  std::int64_t rows(const storage::Table& table) {
    auto query = [&table](storage::Snapshot& snapshot) {
      return snapshot.count({.table = &table, .prefix = {}, .from = {}, .below = {}});
    };
    return *store.read_blocking(std::move(query));
  }

  static std::unique_ptr<storage::KeyRing> open(storage::memory::MemoryStore& store, const Clock& clock,
                                                Random& random) {
    storage::Migration migration{
        .number = 1, .name = "initial", .changes = {storage::CreateTable{&storage::kWrappedKeys}}};
    for (const storage::Table* table : audit::tables())
      migration.changes.emplace_back(storage::CreateTable{table});
    for (const storage::Table* table : identity::tables())
      migration.changes.emplace_back(storage::CreateTable{table});
    ensure(store.migrate(std::span(&migration, 1)).has_value(), "the tables can be made");
    auto ring = storage::KeyRing::open(store, crypto::SecretKey::generate(random), clock, random);
    ensure(ring.has_value(), "the key ring opens");
    return *std::move(ring);
  }

  ManualClock clock;
  SeededRandom random{7};
  runtime::ManualExecutor executor{clock};
  MetricsRegistry metrics;
  storage::memory::MemoryStore store;
  std::unique_ptr<storage::KeyRing> keys = open(store, clock, random);
  audit::Recorder recorder{*keys, clock, random};
  gate::Gate gate{{store, recorder, clock, random, metrics, Logger::silent()},
                  governance::CompiledPolicy::permissive()};
  runtime::WorkerPool hashing{{.name = "hashing"}};
  Sessions sessions{store, gate, *keys, clock, random, {}};
  Accounts accounts{
      {store, gate, sessions, *keys, hashing, clock, random},
      {.server_name = ServerName("example.org"),
       .cost = {.memory_kib = 64, .passes = 1},
       .is_exclusive = [](std::string_view localpart) { return localpart.starts_with("bridge_"); }}};
  Devices devices{store, gate, *keys, sessions, random};
  Profiles profiles{store, gate, *keys, sessions, random};
  Stream stream;
};

template <class T>
std::string reason_of(const Result<T>& result) {
  return result ? "" : std::string(result.error().reason());
}

}  // namespace kuramori::identity::testing
