// The stored organisation over the store in memory, with a gate that permits everything.
#pragma once
#include <gtest/gtest.h>

#include "audit/recorder.hpp"
#include "audit/tables.hpp"
#include "governance/compiled_policy.hpp"
#include "runtime/manual_executor.hpp"
#include "storage/memory/memory_store.hpp"
#include "workforce/organisation_store.hpp"
#include "workforce/tables.hpp"

namespace kuramori::workforce::testing {

inline UserId at(std::string_view name) {
  return UserId("@" + std::string(name) + ":kura.example");
}

inline organisation::Person person(std::string_view name, std::string unit) {
  organisation::Person made;
  made.user = at(name);
  made.name = std::string(name);
  made.posts = {{.unit = std::move(unit), .title = ""}};
  return made;
}

// One legal entity, one department, two people, one contact.
inline organisation::Content company() {
  organisation::Content content;
  content.units = {{.id = "hk",
                    .kind = organisation::UnitKind::LegalEntity,
                    .name = "Hong Kong",
                    .parent = "",
                    .head = at("chief")},
                   {.id = "sales",
                    .kind = organisation::UnitKind::Department,
                    .name = "Sales",
                    .parent = "hk",
                    .head = at("sam")}};
  content.people = {person("chief", "hk"), person("sam", "sales")};
  content.contacts = {{.user = UserId("@buyer:client.example"),
                       .name = "Buyer",
                       .company = "Client",
                       .kind = organisation::ContactKind::Customer,
                       .owner = at("sam")}};
  return content;
}

class WorkforceTest : public ::testing::Test {
 protected:
  WorkforceTest() {
    start();
    store.add_listener(stream);
  }

  // What the stream carried of this module, in order.
  class Stream final : public storage::StreamListener {
   public:
    void committed(std::span<const Change> changes) override {
      for (const Change& change : changes) {
        if (auto changed = std::dynamic_pointer_cast<const OrganisationChanged>(change.payload))
          changes_seen.push_back(std::move(changed));
      }
    }
    std::vector<std::shared_ptr<const OrganisationChanged>> changes_seen;
  };

  void start() {
    auto opened = CurrentOrganisation::open(store, rows);
    ensure(opened.has_value(), "the organisation opens");
    current = *std::move(opened);
    store.add_listener(*current);
    organisations.emplace(
        OrganisationStore::Ports{
            .current = *current, .reader = store, .gate = gate, .workers = workers, .clock = clock},
        rows);
  }
  gate::Permit permit(gate::Operation operation) {
    gate::Subject subject;
    subject.user = at("chief");
    subject.role = gate::Role::Administrator;
    auto admission = executor.run(gate.admit({std::move(subject), operation, {}, nullptr}));
    ensure(std::holds_alternative<gate::Permit>(admission), "the permissive policy permits");
    return std::get<gate::Permit>(std::move(admission));
  }
  Result<ImportOutcome> import(ImportRequest request) {
    return executor.run(
        organisations->import(permit(gate::Operation::AdminOrganisationImport), std::move(request)));
  }
  std::vector<OrganisationVersion> history(std::optional<std::int64_t> before = {}, std::size_t limit = 100) {
    const gate::Permit reading = permit(gate::Operation::AdminOrganisationRead);
    auto versions = executor.run(organisations->history(reading, before, limit));
    ensure(versions.has_value(), "the history can be read");
    return *std::move(versions);
  }

  static std::unique_ptr<storage::KeyRing> open(storage::memory::MemoryStore& store, const Clock& clock,
                                                Random& random) {
    storage::Migration migration{
        .number = 1, .name = "initial", .changes = {storage::CreateTable{&storage::kWrappedKeys}}};
    for (const storage::Table* table : audit::tables())
      migration.changes.emplace_back(storage::CreateTable{table});
    for (const storage::Table* table : workforce::tables())
      migration.changes.emplace_back(storage::CreateTable{table});
    ensure(store.migrate(std::span(&migration, 1)).has_value(), "the tables can be made");
    auto ring = storage::KeyRing::open(store, crypto::SecretKey::generate(random), clock, random);
    ensure(ring.has_value(), "the key ring opens");
    return *std::move(ring);
  }

  ManualClock clock;
  SeededRandom random{11};
  runtime::ManualExecutor executor{clock};
  MetricsRegistry metrics;
  storage::memory::MemoryStore store;
  std::unique_ptr<storage::KeyRing> keys = open(store, clock, random);
  audit::Recorder recorder{*keys, clock, random};
  gate::Gate gate{{store, recorder, clock, random, metrics, Logger::silent()},
                  governance::CompiledPolicy::permissive()};
  runtime::WorkerPool workers{{.name = "worker"}};
  VersionRows rows{*keys, random};
  std::unique_ptr<CurrentOrganisation> current;
  std::optional<OrganisationStore> organisations;
  Stream stream;
};

}  // namespace kuramori::workforce::testing
