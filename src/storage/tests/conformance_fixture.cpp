#include "storage/tests/conformance.hpp"

namespace kuramori::storage {

const Table kPeople{.name = "people",
                    .columns = {{"name", ColumnType::Text},
                                {"age", ColumnType::Integer, Nullable::Yes},
                                {"city", ColumnType::Text, Nullable::Yes},
                                {"picture", ColumnType::Blob, Nullable::Yes}},
                    .key_columns = 1,
                    .indexes = {{.name = "people_by_age", .columns = {"age"}},
                                {.name = "people_by_city_and_age", .columns = {"city", "age"}}}};
const Table kEvents{.name = "events",
                    .columns = {{"position", ColumnType::Integer},
                                {"room", ColumnType::Text},
                                {"event_id", ColumnType::Text},
                                {"body", ColumnType::Blob}},
                    .key_columns = 1,
                    .indexes = {{.name = "events_by_id", .columns = {"event_id"}, .unique = true},
                                {.name = "events_by_room", .columns = {"room", "position"}}}};
const Table kMembers{.name = "members",
                     .columns = {{"room", ColumnType::Text},
                                 {"user", ColumnType::Text},
                                 {"since", ColumnType::Integer},
                                 {"role", ColumnType::Text, Nullable::Yes}},
                     .key_columns = 3,
                     .indexes = {{.name = "members_by_role", .columns = {"role"}, .unique = true}}};
const Table kTags{
    .name = "tags", .columns = {{"room", ColumnType::Text}, {"tag", ColumnType::Text}}, .key_columns = 2};
const Table kPosts{
    .name = "posts",
    .columns = {{"number", ColumnType::Integer},
                {"post_id", ColumnType::Text},
                {"room", ColumnType::Text},
                {"body", ColumnType::Blob}},
    .key_columns = 1,
    .indexes = {{.name = "posts_by_id", .columns = {"post_id"}, .entries = Entries::Gathered},
                {.name = "posts_in_room", .columns = {"room", "number"}, .entries = Entries::Gathered}}};

std::vector<Migration> conformance_migrations() {
  return {{1, "tables", {CreateTable{&kPeople}, CreateTable{&kEvents}}},
          {2, "more tables", {CreateTable{&kMembers}, CreateTable{&kTags}, CreateTable{&kPosts}}}};
}

namespace {

runtime::Task<Result<CommitReceipt>> receipt_of(CommitTicket ticket) {
  auto receipt = co_await ticket;
  co_return receipt;
}

}  // namespace

void StoreConformance::SetUp() {
  store_ = GetParam()();
  ASSERT_NE(store_, nullptr);
  const auto migrated = store_->migrate(conformance_migrations());
  ASSERT_TRUE(migrated) << migrated.error().to_log();
}

Result<CommitReceipt> StoreConformance::wait(CommitTicket ticket) {
  return executor_.run(receipt_of(std::move(ticket)));
}

Result<CommitReceipt> StoreConformance::commit(UnitOfWork work) {
  return wait(store_->submit(std::move(work)));
}

CommitReceipt StoreConformance::must_commit(UnitOfWork work) {
  auto receipt = commit(std::move(work));
  EXPECT_TRUE(receipt) << (receipt ? "" : receipt.error().to_log());
  return receipt ? *receipt : CommitReceipt{};
}

std::optional<Row> StoreConformance::get(const Table& table, const Key& key) {
  auto row = store_->read_blocking([&](Snapshot& s) { return s.get(table, key); });
  EXPECT_TRUE(row) << (row ? "" : row.error().to_log());
  return row ? *row : std::nullopt;
}

std::vector<Row> StoreConformance::scan(const Scan& scan) {
  auto rows = store_->read_blocking([&](Snapshot& s) { return s.scan(scan); });
  EXPECT_TRUE(rows) << (rows ? "" : rows.error().to_log());
  return rows ? *rows : std::vector<Row>();
}

std::int64_t StoreConformance::count(const Scan& scan) {
  auto rows = store_->read_blocking([&](Snapshot& s) { return s.count(scan); });
  EXPECT_TRUE(rows) << (rows ? "" : rows.error().to_log());
  return rows ? *rows : -1;
}

std::int64_t StoreConformance::last(Sequence sequence) {
  auto number = store_->read_blocking([&](Snapshot& s) { return s.last(sequence); });
  EXPECT_TRUE(number) << (number ? "" : number.error().to_log());
  return number ? *number : -99;
}

void StoreConformance::insert_person(const std::string& name, Value age, Value city) {
  UnitOfWork work;
  work.insert(kPeople, {name, std::move(age), std::move(city), Null{}});
  must_commit(std::move(work));
}

std::vector<std::string> StoreConformance::names(const Scan& wanted) {
  std::vector<std::string> found;
  for (const Row& row : scan(wanted)) found.push_back(text(row[0]));
  return found;
}

}  // namespace kuramori::storage
