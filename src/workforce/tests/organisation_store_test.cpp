#include "workforce/organisation_store.hpp"

#include <gmock/gmock.h>

#include "fixture.hpp"
#include "organisation/document.hpp"

namespace kuramori::workforce::testing {
namespace {

using organisation::Content;
using organisation::Employment;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Kind = ImportOutcome::Kind;

class OrganisationStoreTest : public WorkforceTest {};

TEST_F(OrganisationStoreTest, BeginsEmpty) {
  EXPECT_EQ(organisations->in_force().version, 0);
  EXPECT_THAT(organisations->current()->content().people, IsEmpty());
  EXPECT_THAT(history(), IsEmpty());
}

TEST_F(OrganisationStoreTest, AnImportIsInForceWhenItReturnsAndAfterARestart) {
  const auto outcome = import({.content = company(), .reason = "founded"});
  ASSERT_TRUE(outcome) << outcome.error().to_log();
  EXPECT_EQ(outcome->kind, Kind::Stored);
  EXPECT_EQ(outcome->version, 1);
  EXPECT_EQ(outcome->difference.added, 5U);
  EXPECT_TRUE(organisations->current()->works_in(at("sam"), "sales"));
  ASSERT_THAT(stream.changes_seen, SizeIs(1));
  EXPECT_EQ(stream.changes_seen.front()->version, 1);

  start();
  EXPECT_EQ(organisations->in_force().version, 1);
  EXPECT_EQ(organisations->current()->content(), company());
}

TEST_F(OrganisationStoreTest, TheHistorySaysWhoWhenWhyAndHowMuch) {
  clock.set_wall(from_unix_ms(1'700'000'000'000));
  ASSERT_TRUE(import({.content = company(), .reason = "founded"}));
  Content larger = company();
  larger.people.push_back(person("aiko", "sales"));
  ASSERT_TRUE(import({.content = larger, .origin = Origin::Tables, .reason = "Aiko 入职"}));
  const auto versions = history();
  ASSERT_THAT(versions, SizeIs(2));
  EXPECT_EQ(versions[0].version, 2);
  EXPECT_EQ(versions[0].author, at("chief"));
  EXPECT_EQ(versions[0].reason, "Aiko 入职");
  EXPECT_EQ(versions[0].origin, Origin::Tables);
  EXPECT_EQ(versions[0].added, 1);
  EXPECT_EQ(to_unix_ms(versions[1].created), 1'700'000'000'000);
  EXPECT_THAT(history(2, 10), SizeIs(1));
  EXPECT_THAT(history({}, 1), SizeIs(1));
}

TEST_F(OrganisationStoreTest, TheSameContentMakesNoVersion) {
  ASSERT_TRUE(import({.content = company()}));
  const auto again = import({.content = company()});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->kind, Kind::Unchanged);
  EXPECT_EQ(again->version, 1);
  EXPECT_THAT(history(), SizeIs(1));
}

TEST_F(OrganisationStoreTest, WhatDoesNotFitTogetherIsNotStored) {
  Content broken = company();
  broken.people.push_back(person("lost", "nowhere"));
  const auto outcome = import({.content = broken});
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->kind, Kind::Invalid);
  ASSERT_THAT(outcome->problems, SizeIs(1));
  EXPECT_EQ(outcome->problems.front().subject, "person @lost:kura.example");
  EXPECT_EQ(organisations->in_force().version, 0);
}

TEST_F(OrganisationStoreTest, RemovalsOfPeopleAndUnitsAreConfirmed) {
  ASSERT_TRUE(import({.content = company()}));
  Content smaller = company();
  smaller.contacts.clear();
  const auto contact = import({.content = smaller});
  ASSERT_TRUE(contact);
  EXPECT_EQ(contact->kind, Kind::Stored) << "contacts come and go";

  smaller.units[1].head = at("chief");
  smaller.people.pop_back();
  const auto refused = import({.content = smaller});
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->kind, Kind::NeedsConfirmation);
  EXPECT_EQ(refused->difference.removed, 1U);
  EXPECT_EQ(organisations->in_force().version, 2);

  const auto confirmed = import({.content = smaller, .removals = Removals::Confirmed});
  ASSERT_TRUE(confirmed);
  EXPECT_EQ(confirmed->kind, Kind::Stored);
  EXPECT_THAT(stream.changes_seen.back()->departed, ElementsAre(at("sam")));
}

TEST_F(OrganisationStoreTest, WhoLeavesIsToldOnce) {
  ASSERT_TRUE(import({.content = company()}));
  Content after = company();
  after.units[1].head = UserId();
  after.contacts[0].owner = at("chief");
  after.people[1].employment = Employment::Left;
  ASSERT_EQ(import({.content = after})->kind, Kind::Stored);
  EXPECT_THAT(stream.changes_seen.back()->departed, ElementsAre(at("sam")));
  after.people.pop_back();
  ASSERT_EQ(import({.content = after, .removals = Removals::Confirmed})->kind, Kind::Stored);
  EXPECT_THAT(stream.changes_seen.back()->departed, IsEmpty());
}

TEST_F(OrganisationStoreTest, AnImportOfAnOlderVersionIsRefused) {
  ASSERT_TRUE(import({.content = company(), .expected_version = 0}));
  Content larger = company();
  larger.people.push_back(person("aiko", "sales"));
  const auto late = import({.content = larger, .expected_version = 0});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().reason(), "KURAMORI_VERSION_CHANGED");
  EXPECT_TRUE(import({.content = larger, .expected_version = 1}));
}

TEST_F(OrganisationStoreTest, ADryRunChangesNothing) {
  const gate::Permit looking = permit(gate::Operation::AdminOrganisationImport);
  const auto outcome = executor.run(organisations->examine(looking, {.content = company()}));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->kind, Kind::Stored);
  EXPECT_EQ(outcome->version, 0);
  EXPECT_EQ(outcome->difference.added, 5U);
  EXPECT_EQ(organisations->in_force().version, 0);
}

TEST_F(OrganisationStoreTest, ARollbackIsANewVersionWithTheOldContent) {
  ASSERT_TRUE(import({.content = company()}));
  Content larger = company();
  larger.people.push_back(person("aiko", "sales"));
  ASSERT_TRUE(import({.content = larger}));
  const auto roll_back = [&](OrganisationStore::RollbackRequest request) {
    return executor.run(
        organisations->roll_back(permit(gate::Operation::AdminOrganisationImport), std::move(request)));
  };
  EXPECT_EQ(roll_back({.version = 1})->kind, Kind::NeedsConfirmation);
  const auto done = roll_back({.version = 1, .reason = "mistake", .removals = Removals::Confirmed});
  ASSERT_TRUE(done);
  EXPECT_EQ(done->version, 3);
  EXPECT_EQ(organisations->current()->content(), company());
  EXPECT_EQ(history().front().restored, 1);
  const auto missing = roll_back({.version = 9});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), ErrorCode::NotFound);
}

TEST_F(OrganisationStoreTest, AVersionIsKeptWithItsDifference) {
  ASSERT_TRUE(import({.content = company(), .reason = "founded"}));
  const gate::Permit reading = permit(gate::Operation::AdminOrganisationRead);
  const auto stored = executor.run(organisations->version(reading, 1));
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->about.reason, "founded");
  EXPECT_EQ(organisation::parse_document(stored->texts.document).content, company());
  const auto difference = json::parse_object(stored->texts.difference);
  ASSERT_TRUE(difference);
  EXPECT_EQ(json::integer_or(*difference, "added", 0), 5);
}

TEST_F(OrganisationStoreTest, AFailedCommitLeavesTheOldOneInForce) {
  ASSERT_TRUE(import({.content = company()}));
  Content larger = company();
  larger.people.push_back(person("aiko", "sales"));
  store.fail_next_commit(unavailable("The disk is full.", "test"));
  EXPECT_FALSE(import({.content = larger}));
  EXPECT_EQ(organisations->in_force().version, 1);
  EXPECT_EQ(import({.content = larger})->version, 2);
}

TEST_F(OrganisationStoreTest, NothingOfAPersonIsReadableInTheTables) {
  ASSERT_TRUE(import({.content = company(), .reason = "secret reason"}));
  for (const storage::Table* table : workforce::tables()) {
    const auto rows_of = *store.read_blocking([&](storage::Snapshot& s) { return s.scan({.table = table}); });
    ASSERT_THAT(rows_of, SizeIs(1));
    for (const storage::Value& value : rows_of.front()) {
      if (const auto* text = std::get_if<std::string>(&value)) {
        EXPECT_EQ(text->find("sam"), std::string::npos);
      }
      if (const auto* bytes = std::get_if<Bytes>(&value)) {
        EXPECT_EQ(as_text(*bytes).find("sam"), std::string_view::npos);
        EXPECT_EQ(as_text(*bytes).find("secret"), std::string_view::npos);
      }
    }
  }
}

}  // namespace
}  // namespace kuramori::workforce::testing
