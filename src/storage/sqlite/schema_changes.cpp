#include "storage/sqlite/schema_changes.hpp"

#include "storage/checks.hpp"
#include "storage/sqlite/gathered_indexes.hpp"
#include "storage/sqlite/page_checksum.hpp"
#include "storage/sqlite/sql.hpp"

namespace kuramori::storage::sqlite {
namespace {

constexpr std::int64_t kApplicationId = 0x4B555241;  // "KURA"

constexpr const char* kOwnTables =
    "CREATE TABLE schema_migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_ms INTEGER NOT "
    "NULL) STRICT;"
    "CREATE TABLE sequences (number INTEGER PRIMARY KEY, name TEXT NOT NULL, last INTEGER NOT NULL) STRICT;"
    "INSERT INTO sequences VALUES (0, 'stream', 0), (1, 'audit', -1);";

// Runs `job` in a transaction that an error takes back.
template <class Job>
Result<void> in_transaction(Connection& connection, Job job) {
  KURAMORI_CHECK(connection.run("BEGIN IMMEDIATE"));
  Result<void> done = job();
  if (done) done = connection.run("COMMIT");
  if (!done && connection.in_transaction()) {
    if (auto back = connection.run("ROLLBACK"); !back) return back;
  }
  return done;
}

// The first row's only value, as text; nothing when there is no row.
Result<std::optional<std::string>> text_of(Connection& connection, std::string_view sql,
                                           std::initializer_list<std::string> parameters) {
  KURAMORI_TRY(statement, connection.prepare(sql));
  std::vector<Value> values(parameters.begin(), parameters.end());
  for (std::size_t i = 0; i < values.size(); ++i) statement.bind(static_cast<int>(i) + 1, values[i], nullptr);
  const int rc = statement.step();
  if (rc == SQLITE_DONE) return std::optional<std::string>();
  if (rc != SQLITE_ROW) return connection.error(rc, sql);
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement.raw(), 0));
  return std::optional<std::string>(std::in_place, data == nullptr ? "" : data);
}

struct Change {
  Connection& connection;

  Result<void> operator()(const CreateTable& change) const {
    KURAMORI_CHECK(connection.run(create_table_sql(*change.table).c_str()));
    for (const Index& index : change.table->indexes) {
      KURAMORI_CHECK(index.entries == Entries::Gathered
                         ? create_gathered(connection, index)
                         : connection.run(create_index_sql(change.table->name, index).c_str()));
    }
    return {};
  }

  Result<void> operator()(const AddColumn& change) const {
    KURAMORI_TRY(existing,
                 text_of(connection, "SELECT type || \"notnull\" FROM pragma_table_info(?) WHERE name=?",
                         {change.table, change.column.name}));
    if (!existing) return connection.run(add_column_sql(change.table, change.column).c_str());
    constexpr std::string_view kTypes[] = {"INTEGER0", "TEXT0", "BLOB0"};
    if (*existing == kTypes[static_cast<std::size_t>(change.column.type)]) return {};
    return internal_error("storage: column " + change.column.name + " exists with another type");
  }

  Result<void> operator()(const CreateIndex& change) const {
    if (change.index.entries == Entries::Gathered) return gather(change);
    const std::string sql = create_index_sql(change.table, change.index);
    KURAMORI_TRY(existing, text_of(connection, "SELECT sql FROM sqlite_schema WHERE type='index' AND name=?",
                                   {change.index.name}));
    if (!existing) return connection.run(sql.c_str());
    if (*existing == sql) return {};
    return internal_error("storage: index " + change.index.name + " exists with another definition");
  }

  Result<void> gather(const CreateIndex& change) const {
    KURAMORI_TRY(existing, text_of(connection, "SELECT sql FROM sqlite_schema WHERE type='table' AND name=?",
                                   {change.index.name}));
    return existing ? Result<void>() : gather_existing(connection, change.table, change.index);
  }

  Result<void> operator()(const DropTable& change) const {
    return connection.run(("DROP TABLE \"" + change.table + "\"").c_str());
  }
};

Result<std::vector<AppliedMigration>> read_applied(Connection& connection) {
  KURAMORI_TRY(statement, connection.prepare("SELECT number, name FROM schema_migrations ORDER BY number"));
  std::vector<AppliedMigration> applied;
  for (;;) {
    const int rc = statement.step();
    if (rc == SQLITE_DONE) return applied;
    if (rc != SQLITE_ROW) return connection.error(rc, "reading the migrations");
    const auto* name = reinterpret_cast<const char*>(sqlite3_column_text(statement.raw(), 1));
    applied.push_back(
        {.number = sqlite3_column_int64(statement.raw(), 0), .name = name == nullptr ? "" : name});
  }
}

Result<void> record(Connection& connection, const Migration& migration, const Clock& clock) {
  KURAMORI_TRY(statement, connection.prepare("INSERT INTO schema_migrations VALUES (?, ?, ?)"));
  const Value name = migration.name;
  statement.bind(1, migration.number);
  statement.bind(2, name, nullptr);
  statement.bind(3, clock.now_ms());
  const int rc = statement.step();
  if (rc != SQLITE_DONE) return connection.error(rc, "recording a migration");
  return {};
}

Error foreign_file() {
  return Error(ErrorCode::Unsupported, "KURAMORI_STORE_FOREIGN",
               "The file is not a database of this server. Configure another path; it has not been changed.");
}

}  // namespace

Result<void> prepare_database(Connection& connection) {
  KURAMORI_TRY(application, connection.integer("PRAGMA application_id"));
  KURAMORI_TRY(tables, connection.integer("SELECT count(*) FROM sqlite_schema"));
  if (application != kApplicationId && (application != 0 || tables != 0)) return foreign_file();
  KURAMORI_TRY(page_bytes, connection.integer("PRAGMA page_size"));
  int reserved = -1;
  sqlite3_file_control(connection.raw(), "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved);
  if (page_bytes != static_cast<std::int64_t>(kPageBytes) || reserved != static_cast<int>(kChecksumBytes)) {
    return foreign_file();
  }
  if (tables != 0) return connection.run(kCutsTableSql);
  return in_transaction(connection, [&]() -> Result<void> {
    KURAMORI_CHECK(connection.run(("PRAGMA application_id=" + std::to_string(kApplicationId)).c_str()));
    KURAMORI_CHECK(connection.run(kOwnTables));
    return connection.run(kCutsTableSql);
  });
}

Result<void> migrate_database(Connection& connection, std::span<const Migration> migrations,
                              const Clock& clock) {
  KURAMORI_CHECK(check_migrations(migrations));
  KURAMORI_TRY(applied, read_applied(connection));
  KURAMORI_TRY(done, applied_prefix(migrations, applied));
  for (const Migration& migration : migrations.subspan(done)) {
    KURAMORI_CHECK(in_transaction(connection, [&]() -> Result<void> {
      for (const SchemaChange& change : migration.changes)
        KURAMORI_CHECK(std::visit(Change{connection}, change));
      return record(connection, migration, clock);
    }));
  }
  return {};
}

}  // namespace kuramori::storage::sqlite
