#include "storage/tests/conformance.hpp"

namespace kuramori::storage {
namespace {

ErrorCode code_of(const Result<CommitReceipt>& result) {
  if (result) throw std::runtime_error("the unit was expected to fail");
  return result.error().code();
}

TEST_P(StoreConformance, KeepsEveryKindOfValue) {
  Bytes octets;
  for (int i = 0; i < 256; ++i) octets.push_back(static_cast<std::uint8_t>(i));
  const std::string strange("a\0b\xff'\"; drop table people; --", 30);
  const std::vector<Row> rows = {
      {"plain", number(41), "Hong Kong", octets},
      {"", number(INT64_MIN), "", Bytes{}},
      {strange, number(INT64_MAX), strange, Bytes(1, 0)},
      {"上環", number(0), Null{}, Null{}},
      {"null", Null{}, Null{}, Null{}},
  };
  UnitOfWork work;
  for (const Row& row : rows) work.insert(kPeople, row);
  must_commit(std::move(work));
  for (const Row& row : rows) EXPECT_EQ(get(kPeople, {row[0]}), row);
  EXPECT_EQ(get(kPeople, {"nobody"}), std::nullopt);
}

TEST_P(StoreConformance, KeepsBigBlobs) {
  Bytes big(5'000'000);
  for (std::size_t i = 0; i < big.size(); ++i) big[i] = static_cast<std::uint8_t>(i * 2'654'435'761U >> 13U);
  UnitOfWork work;
  work.insert(kPeople, {"big", Null{}, Null{}, big});
  work.insert(kEvents, {number(7), "!r", "$e", big});
  must_commit(std::move(work));
  EXPECT_EQ(blob((*get(kPeople, {"big"}))[3]), big);
  EXPECT_EQ(blob((*get(kEvents, {number(7)}))[3]), big);
}

TEST_P(StoreConformance, InsertConflictsWithAKeyOrAUniqueIndex) {
  UnitOfWork first;
  first.insert(kEvents, {number(1), "!a", "$1", Bytes{1}});
  must_commit(std::move(first));
  UnitOfWork same_key;
  same_key.insert(kEvents, {number(1), "!b", "$2", Bytes{2}});
  EXPECT_EQ(code_of(commit(std::move(same_key))), ErrorCode::Conflict);
  UnitOfWork same_unique;
  same_unique.insert(kEvents, {number(2), "!b", "$1", Bytes{2}});
  EXPECT_EQ(code_of(commit(std::move(same_unique))), ErrorCode::Conflict);
  EXPECT_EQ(count({.table = &kEvents}), 1);
  EXPECT_EQ(text((*get(kEvents, {number(1)}))[1]), "!a");
}

TEST_P(StoreConformance, NullIsNeverEqualInAUniqueIndex) {
  UnitOfWork work;
  work.insert(kMembers, {"!r", "@a", number(1), Null{}});
  work.insert(kMembers, {"!r", "@b", number(1), Null{}});
  work.insert(kMembers, {"!r", "@c", number(1), "owner"});
  must_commit(std::move(work));
  UnitOfWork second_owner;
  second_owner.insert(kMembers, {"!r", "@d", number(1), "owner"});
  EXPECT_EQ(code_of(commit(std::move(second_owner))), ErrorCode::Conflict);
}

TEST_P(StoreConformance, UpsertReplacesTheWholeRowAndItsIndexEntries) {
  insert_person("alice", number(30), "Tokyo");
  UnitOfWork work;
  work.upsert(kPeople, {"alice", number(31), Null{}, Bytes{9}});
  work.upsert(kPeople, {"bob", number(5), Null{}, Null{}});
  work.upsert(kTags, {"!r", "favourite"});
  work.upsert(kTags, {"!r", "favourite"});
  must_commit(std::move(work));
  EXPECT_EQ(get(kPeople, {"alice"}), (Row{"alice", number(31), Null{}, Bytes{9}}));
  const Index& by_age = kPeople.index("people_by_age");
  EXPECT_EQ(count({.table = &kPeople, .index = &by_age, .prefix = {number(30)}}), 0);
  EXPECT_EQ(count({.table = &kPeople, .index = &by_age, .prefix = {number(31)}}), 1);
  EXPECT_EQ(count({.table = &kTags}), 1);
}

TEST_P(StoreConformance, UpsertDoesNotTakeAnotherRowsUniqueValue) {
  UnitOfWork work;
  work.insert(kEvents, {number(1), "!a", "$1", Bytes{1}});
  work.insert(kEvents, {number(2), "!a", "$2", Bytes{2}});
  must_commit(std::move(work));
  UnitOfWork thief;
  thief.upsert(kEvents, {number(2), "!a", "$1", Bytes{3}});
  EXPECT_EQ(code_of(commit(std::move(thief))), ErrorCode::Conflict);
  EXPECT_EQ(text((*get(kEvents, {number(2)}))[2]), "$2");
}

TEST_P(StoreConformance, EraseTakesAKeyOrEverythingBelowAPrefix) {
  UnitOfWork work;
  for (const char* room : {"!a", "!b", "!c"}) {
    for (const char* user : {"@x", "@y"}) {
      for (std::int64_t since = 1; since <= 3; ++since) work.insert(kMembers, {room, user, since, Null{}});
    }
  }
  must_commit(std::move(work));
  UnitOfWork erasing;
  erasing.erase(kMembers, {"!a"});
  erasing.erase(kMembers, {"!b", "@x"});
  erasing.erase(kMembers, {"!c", "@y", number(2)});
  erasing.erase(kMembers, {"!nowhere"});
  must_commit(std::move(erasing));
  EXPECT_EQ(count({.table = &kMembers, .prefix = {"!a"}}), 0);
  EXPECT_EQ(count({.table = &kMembers, .prefix = {"!b"}}), 3);
  EXPECT_EQ(count({.table = &kMembers, .prefix = {"!c"}}), 5);
  EXPECT_EQ(get(kMembers, {"!c", "@y", number(2)}), std::nullopt);
}

TEST_P(StoreConformance, ExpectLooksAtTheRowsAsTheUnitLeftThem) {
  insert_person("alice", Null{}, Null{});
  UnitOfWork good;
  good.expect(kPeople, {"alice"}, true);
  good.expect(kPeople, {"bob"}, false);
  good.insert(kPeople, {"bob", Null{}, Null{}, Null{}});
  good.expect(kPeople, {"bob"}, true);
  good.erase(kPeople, {"alice"});
  good.expect(kPeople, {"alice"}, false);
  good.insert(kPeople, {"alice", number(1), Null{}, Null{}});
  must_commit(std::move(good));
  EXPECT_EQ(integer((*get(kPeople, {"alice"}))[1]), 1);
  UnitOfWork missing;
  missing.expect(kPeople, {"carol"}, true);
  EXPECT_EQ(code_of(commit(std::move(missing))), ErrorCode::Conflict);
  UnitOfWork there;
  there.expect(kPeople, {"alice"}, false);
  EXPECT_EQ(code_of(commit(std::move(there))), ErrorCode::Conflict);
}

TEST_P(StoreConformance, AFailedUnitLeavesNothingAndTakesNoNumber) {
  insert_person("alice", number(30), "Tokyo");
  UnitOfWork bad;
  const NextOf position = bad.next(Sequence::Stream);
  bad.next(Sequence::Audit);
  bad.insert(kEvents, {position, "!r", "$1", Bytes{}});
  bad.upsert(kPeople, {"alice", number(99), Null{}, Null{}});
  bad.erase(kPeople, {"alice"});
  bad.insert(kPeople, {"bob", Null{}, Null{}, Null{}});
  bad.insert(kPeople, {"bob", Null{}, Null{}, Null{}});
  EXPECT_EQ(code_of(commit(std::move(bad))), ErrorCode::Conflict);
  EXPECT_EQ(get(kPeople, {"alice"}), (Row{"alice", number(30), "Tokyo", Null{}}));
  EXPECT_EQ(count({.table = &kEvents}), 0);
  EXPECT_EQ(names({.table = &kPeople, .index = &kPeople.index("people_by_age")}),
            std::vector<std::string>{"alice"});
  EXPECT_EQ(last(Sequence::Stream), 0);
  EXPECT_EQ(last(Sequence::Audit), -1);
}

TEST_P(StoreConformance, FailedUnitsDoNotTroubleTheirNeighbours) {
  std::vector<CommitTicket> tickets;
  for (int i = 0; i < 300; ++i) {
    UnitOfWork work;
    const NextOf position = work.next(Sequence::Stream);
    work.insert(kEvents, {position, "!r", "$" + std::to_string(i), Bytes{}});
    // Every third unit fails, after it has written something.
    work.insert(kPeople, {i % 3 == 0 ? "same" : "p" + std::to_string(i), Null{}, Null{}, Null{}});
    tickets.push_back(store_->submit(std::move(work)));
  }
  std::int64_t expected = 1;
  for (int i = 0; i < 300; ++i) {
    const auto receipt = wait(std::move(tickets[static_cast<std::size_t>(i)]));
    const bool fails = i % 3 == 0 && i > 0;
    ASSERT_EQ(receipt.has_value(), !fails) << i;
    if (!fails) ASSERT_EQ(receipt->of({Sequence::Stream, 0}), expected++);
  }
  EXPECT_EQ(last(Sequence::Stream), expected - 1);
  EXPECT_EQ(count({.table = &kEvents}), expected - 1);
  EXPECT_TRUE(store_->check_integrity([](double) {})->empty());
}

TEST_P(StoreConformance, ResolvesPlaceholdersEverywhere) {
  UnitOfWork work;
  const NextOf first = work.next(Sequence::Stream);
  const NextOf second = work.next(Sequence::Stream);
  const NextOf leaf = work.next(Sequence::Audit);
  work.insert(kEvents, {second, "!r", "$2", Bytes{}});
  work.insert(kEvents, {first, "!r", "$1", Bytes{}});
  work.upsert(kPeople, {"leaf", leaf, Null{}, Null{}});
  work.expect(kEvents, {first}, true);
  work.insert(kMembers, {"!r", "@a", first, Null{}});
  work.erase(kMembers, {"!r", "@a", first});
  const CommitReceipt receipt = must_commit(std::move(work));
  EXPECT_EQ(receipt.position(first).value, 1);
  EXPECT_EQ(receipt.position(second).value, 2);
  EXPECT_EQ(receipt.of(leaf), 0);
  EXPECT_EQ(text((*get(kEvents, {number(1)}))[2]), "$1");
  EXPECT_EQ(integer((*get(kPeople, {"leaf"}))[1]), 0);
  EXPECT_EQ(count({.table = &kMembers}), 0);
  EXPECT_EQ(last(Sequence::Stream), 2);
  EXPECT_EQ(last(Sequence::Audit), 0);
  EXPECT_EQ(store_->last_position().value, 2);
}

TEST_P(StoreConformance, RefusesMisuseWithoutHarm) {
  static const Table kUnknown{.name = "unknown", .columns = {{"x", ColumnType::Text}}, .key_columns = 1};
  UnitOfWork unknown;
  unknown.insert(kPeople, {"alice", Null{}, Null{}, Null{}});
  unknown.insert(kUnknown, {"x"});
  EXPECT_EQ(code_of(commit(std::move(unknown))), ErrorCode::Internal);
  UnitOfWork wrong_type;
  wrong_type.insert(kPeople, {number(1), Null{}, Null{}, Null{}});
  EXPECT_EQ(code_of(commit(std::move(wrong_type))), ErrorCode::Internal);
  EXPECT_EQ(count({.table = &kPeople}), 0);
  EXPECT_FALSE(store_->read_blocking([](Snapshot& s) { return s.get(kUnknown, {"x"}); }));
  EXPECT_FALSE(
      store_->read_blocking([](Snapshot& s) { return s.scan({.table = &kPeople, .prefix = {number(1)}}); }));
  insert_person("alice", Null{}, Null{});
}

TEST_P(StoreConformance, AnEmptyUnitCommits) {
  must_commit(UnitOfWork());
}

}  // namespace
}  // namespace kuramori::storage
