#include "storage/sqlite/sql.hpp"

#include <gtest/gtest.h>

#include "storage/sqlite/database_file.hpp"
#include "storage/sqlite/schema_changes.hpp"
#include "storage/sqlite/tests/temporary_folder.hpp"
#include "storage/tests/conformance.hpp"

namespace kuramori::storage::sqlite {
namespace {

TEST(Sql, IsMadeOfTheTableAlone) {
  EXPECT_EQ(create_table_sql(kEvents),
            "CREATE TABLE \"events\" (\"position\" INTEGER NOT NULL, \"room\" TEXT NOT NULL, \"event_id\" "
            "TEXT NOT NULL, "
            "\"body\" BLOB NOT NULL, PRIMARY KEY (\"position\")) STRICT");
  EXPECT_EQ(create_table_sql(kTags),
            "CREATE TABLE \"tags\" (\"room\" TEXT NOT NULL, \"tag\" TEXT NOT NULL, PRIMARY KEY "
            "(\"room\",\"tag\")) STRICT, "
            "WITHOUT ROWID");
  storage::Table large = kTags;
  large.rows = storage::Rows::Large;
  EXPECT_TRUE(create_table_sql(large).ends_with("PRIMARY KEY (\"room\",\"tag\")) STRICT"));
  EXPECT_EQ(upsert_sql(kTags),
            "INSERT INTO \"tags\" (\"room\",\"tag\") VALUES (?,?) ON CONFLICT (\"room\",\"tag\") DO NOTHING");
  EXPECT_EQ(erase_sql(kMembers, 2), "DELETE FROM \"members\" WHERE \"room\"=? AND \"user\"=?");
  const Scan scan{.table = &kPeople,
                  .index = &kPeople.index("people_by_city_and_age"),
                  .prefix = {"Tokyo"},
                  .from = number(1),
                  .direction = Direction::Backward};
  EXPECT_EQ(scan_sql(scan),
            "SELECT \"name\",\"age\",\"city\",\"picture\" FROM \"people\" INDEXED BY "
            "\"people_by_city_and_age\" WHERE \"city\" "
            "IS ? AND \"age\">=? ORDER BY \"age\" DESC,\"name\" DESC LIMIT ?");
}

std::string plan_of(Connection& connection, const std::string& sql) {
  auto statement = connection.prepare("EXPLAIN QUERY PLAN " + sql);
  if (!statement) return statement.error().to_log();
  std::string plan;
  while (statement->step() == SQLITE_ROW) {
    plan += reinterpret_cast<const char*>(sqlite3_column_text(statement->raw(), 3));
    plan += "\n";
  }
  return plan;
}

// Every shape of a scan follows its index: nothing is sorted, and nothing before the bounds is read.
TEST(Sql, ScansFollowTheirIndex) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "test.db";
  ASSERT_TRUE(prepare_database_file(path));
  auto connection = Connection::open({.path = path, .writable = true});
  ASSERT_TRUE(connection) << connection.error().to_log();
  ASSERT_TRUE(prepare_database(*connection));
  const SystemClock clock;
  ASSERT_TRUE(migrate_database(*connection, conformance_migrations(), clock));
  const Table drawings{
      .name = "drawings",
      .columns = {{"room", ColumnType::Text}, {"number", ColumnType::Integer}, {"lines", ColumnType::Blob}},
      .key_columns = 2,
      .indexes = {},
      .rows = Rows::Large};
  ASSERT_TRUE(connection->run(create_table_sql(drawings).c_str()));
  std::vector<Scan> scans;
  for (const Direction direction : {Direction::Forward, Direction::Backward}) {
    const Index& by_room = kEvents.index("events_by_room");
    const Index& by_city = kPeople.index("people_by_city_and_age");
    scans.push_back({.table = &kEvents, .from = number(1), .below = number(9), .direction = direction});
    scans.push_back(
        {.table = &kEvents, .index = &by_room, .prefix = {"!r"}, .from = number(1), .direction = direction});
    scans.push_back({.table = &kEvents, .index = &by_room, .prefix = {"!r"}, .direction = direction});
    scans.push_back({.table = &kMembers, .prefix = {"!r"}, .from = "@a", .direction = direction});
    scans.push_back({.table = &kMembers, .prefix = {"!r", "@a"}, .direction = direction});
    scans.push_back({.table = &drawings, .prefix = {"!r"}, .from = number(1), .direction = direction});
    scans.push_back({.table = &kPeople,
                     .index = &by_city,
                     .prefix = {"Tokyo"},
                     .below = number(3),
                     .direction = direction});
    scans.push_back({.table = &kPeople, .index = &by_city, .prefix = {Null{}}, .direction = direction});
  }
  for (const Scan& scan : scans) {
    for (const std::string& sql : {scan_sql(scan), count_sql(scan)}) {
      const std::string plan = plan_of(*connection, sql);
      EXPECT_TRUE(plan.starts_with("SEARCH")) << sql << "\n" << plan;
      EXPECT_EQ(plan.find("TEMP B-TREE"), std::string::npos) << sql << "\n" << plan;
    }
  }
  for (const Table* table : {&kPeople, &kEvents, &kMembers}) {
    for (const Index& index : table->indexes) {
      const std::string plan = plan_of(*connection, scan_sql({.table = table, .index = &index}));
      EXPECT_TRUE(plan.starts_with("SCAN")) << plan;
      EXPECT_EQ(plan.find("TEMP B-TREE"), std::string::npos) << plan;
    }
  }
}

}  // namespace
}  // namespace kuramori::storage::sqlite
