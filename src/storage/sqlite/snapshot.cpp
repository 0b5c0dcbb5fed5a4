#include "storage/sqlite/snapshot.hpp"

#include "storage/checks.hpp"

namespace kuramori::storage::sqlite {

namespace {

bool is_gathered(const Scan& scan) {
  return scan.index != nullptr && scan.index->entries == Entries::Gathered;
}

}  // namespace

ReadConnection::ReadConnection(Connection connection, Statement begin, Statement look, Statement end)
    : connection_(std::move(connection)),
      begin_(std::move(begin)),
      look_(std::move(look)),
      end_(std::move(end)),
      statements_(connection_) {}

Result<std::unique_ptr<ReadConnection>> ReadConnection::open(const Connection::Options& options) {
  KURAMORI_TRY(connection, Connection::open(options));
  KURAMORI_TRY(begin, connection.prepare("BEGIN"));
  KURAMORI_TRY(look, connection.prepare("SELECT 1 FROM sequences LIMIT 1"));
  KURAMORI_TRY(end, connection.prepare("COMMIT"));
  return std::unique_ptr<ReadConnection>(
      new ReadConnection(std::move(connection), std::move(begin), std::move(look), std::move(end)));
}

Result<std::shared_ptr<const GatheredView>> ReadConnection::begin(const GatheredIndexes& gathered) {
  for (;;) {
    auto view = gathered.view();
    KURAMORI_CHECK(begin_reading());
    if (gathered.view() == view) return view;
    end();
  }
}

// SQLite decides what a transaction sees when it first reads.
Result<void> ReadConnection::begin_reading() {
  const Running running(begin_);
  const Running looking(look_);
  int rc = begin_.step();
  if (rc == SQLITE_DONE) rc = look_.step();
  if (rc != SQLITE_ROW) {
    Error failure = connection_.error(rc, "beginning to read");
    look_.reset();
    end();
    return failure;
  }
  return {};
}

void ReadConnection::end() {
  // An error may have ended the transaction already.
  if (!connection_.in_transaction()) return;
  const Running running(end_);
  end_.step();
}

Result<std::optional<Row>> SqliteSnapshot::get(const Table& table, const Key& key) {
  KURAMORI_CHECK(check_key(table, key));
  std::optional<Row> found;
  KURAMORI_CHECK(reader_.statements().with_get(table, [&](Statement& statement) -> Result<void> {
    for (std::size_t i = 0; i < key.size(); ++i) {
      const int bound = statement.bind(static_cast<int>(i) + 1, key[i], nullptr);
      if (bound != SQLITE_OK) return reader_.connection().error(bound, "binding a key");
    }
    const int rc = statement.step();
    if (rc == SQLITE_DONE) return {};
    if (rc != SQLITE_ROW) return reader_.connection().error(rc, "reading table " + table.name);
    KURAMORI_TRY(row, read_row(statement, table));
    found = std::move(row);
    return {};
  }));
  return found;
}

Result<void> SqliteSnapshot::bind_source(Statement& statement, const Scan& scan, int& place) {
  for (const Value& value : scan.prefix) {
    const int rc = statement.bind(++place, value, nullptr);
    if (rc != SQLITE_OK) return reader_.connection().error(rc, "binding a prefix");
  }
  for (const std::optional<Value>* bound : {&scan.from, &scan.below}) {
    if (!*bound) continue;
    const int rc = statement.bind(++place, **bound, nullptr);
    if (rc != SQLITE_OK) return reader_.connection().error(rc, "binding a bound");
  }
  return {};
}

Result<void> SqliteSnapshot::walk(const Scan& scan, std::int64_t limit,
                                  const std::function<bool(Row&&)>& visit) {
  KURAMORI_CHECK(check_scan(scan));
  if (is_gathered(scan)) return walk_gathered(scan, limit, visit);
  return reader_.statements().with_scan(scan, [&](Statement& statement) -> Result<void> {
    int place = 0;
    KURAMORI_CHECK(bind_source(statement, scan, place));
    statement.bind(++place, limit);
    for (;;) {
      const int rc = statement.step();
      if (rc == SQLITE_DONE) return {};
      if (rc != SQLITE_ROW) return reader_.connection().error(rc, "reading table " + scan.table->name);
      KURAMORI_TRY(row, read_row(statement, *scan.table));
      if (!visit(std::move(row))) return {};
    }
  });
}

Result<std::vector<Row>> SqliteSnapshot::scan(const Scan& scan) {
  std::vector<Row> rows;
  const auto limit = static_cast<std::int64_t>(std::min<std::size_t>(scan.limit, INT64_MAX));
  KURAMORI_CHECK(walk(scan, limit, [&](Row&& row) {
    rows.push_back(std::move(row));
    return true;
  }));
  return rows;
}

Result<void> SqliteSnapshot::for_each(const Scan& scan, const std::function<bool(Row&&)>& visit) {
  return walk(scan, -1, visit);
}

Result<std::int64_t> SqliteSnapshot::count(const Scan& scan) {
  KURAMORI_CHECK(check_scan(scan));
  std::int64_t rows = 0;
  if (is_gathered(scan)) {
    KURAMORI_CHECK(walk_gathered(scan, -1, [&rows](Row&&) { return ++rows > 0; }));
    return rows;
  }
  KURAMORI_CHECK(reader_.statements().with_count(scan, [&](Statement& statement) -> Result<void> {
    int place = 0;
    KURAMORI_CHECK(bind_source(statement, scan, place));
    const int rc = statement.step();
    if (rc != SQLITE_ROW) return reader_.connection().error(rc, "counting table " + scan.table->name);
    rows = sqlite3_column_int64(statement.raw(), 0);
    return {};
  }));
  return rows;
}

Result<std::int64_t> SqliteSnapshot::last(Sequence sequence) {
  std::int64_t number = 0;
  KURAMORI_CHECK(reader_.statements().with_last([&](Statement& statement) -> Result<void> {
    statement.bind(1, static_cast<std::int64_t>(sequence));
    const int rc = statement.step();
    if (rc != SQLITE_ROW) return reader_.connection().error(rc, "reading the sequences");
    number = sqlite3_column_int64(statement.raw(), 0);
    return {};
  }));
  return number;
}

}  // namespace kuramori::storage::sqlite
