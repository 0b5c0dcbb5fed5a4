#include "storage/sqlite/connection.hpp"

#include "storage/sqlite/checked_vfs.hpp"
#include "storage/sqlite/errors.hpp"
#include "storage/sqlite/page_checksum.hpp"

namespace kuramori::storage::sqlite {
namespace {

constexpr int kBusyTimeoutMs = 10'000;
constexpr std::uint8_t kNothing = 0;

}  // namespace

int Statement::bind(int place, const Value& value, const CommitReceipt* receipt) {
  sqlite3_stmt* raw = raw_.get();
  switch (value.index()) {
    case 1:
      return sqlite3_bind_int64(raw, place, *std::get_if<std::int64_t>(&value));
    case 2: {
      const std::string& text = *std::get_if<std::string>(&value);
      return sqlite3_bind_text64(raw, place, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
    }
    case 3: {
      // A null pointer would bind null rather than an empty blob.
      const Bytes& blob = *std::get_if<Bytes>(&value);
      return sqlite3_bind_blob64(raw, place, blob.empty() ? &kNothing : blob.data(), blob.size(),
                                 SQLITE_STATIC);
    }
    case 4:
      ensure(receipt != nullptr, "a placeholder is bound outside a commit");
      return sqlite3_bind_int64(raw, place, receipt->of(*std::get_if<NextOf>(&value)));
    default:
      return sqlite3_bind_null(raw, place);
  }
}

Error Connection::error(int code, std::string_view doing) const {
  return sqlite_error(raw_.get(), code, doing);
}

Result<Connection> Connection::open(const Options& options) {
  sqlite3* raw = nullptr;
  const int mode = options.writable ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
  const int rc = sqlite3_open_v2(options.path.c_str(), &raw,
                                 mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, checked_vfs());
  Connection connection(raw);
  if (rc != SQLITE_OK) return connection.error(rc, "opening the database");
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, kBusyTimeoutMs);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  if (options.writable) KURAMORI_CHECK(connection.configure_writer());
  const std::string cache = "PRAGMA cache_size=-" + std::to_string(options.cache_bytes / 1024);
  KURAMORI_CHECK(connection.run(cache.c_str()));
  KURAMORI_CHECK(
      connection.run("PRAGMA temp_store=MEMORY; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0"));
  if (!options.writable) KURAMORI_CHECK(connection.run("PRAGMA query_only=ON"));
  return connection;
}

// The page size and the room for checksums can only be chosen before the first page is written.
Result<void> Connection::configure_writer() {
  const std::string page_size = "PRAGMA page_size=" + std::to_string(kPageBytes);
  KURAMORI_CHECK(run(page_size.c_str()));
  int reserved = static_cast<int>(kChecksumBytes);
  const int rc = sqlite3_file_control(raw_.get(), "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved);
  if (rc != SQLITE_OK) return error(rc, "reserving room for checksums");
  KURAMORI_CHECK(run("PRAGMA auto_vacuum=NONE; PRAGMA foreign_keys=OFF; PRAGMA secure_delete=ON"));
  return run("PRAGMA journal_mode=WAL");
}

Result<Statement> Connection::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int rc = sqlite3_prepare_v3(raw_.get(), sql.data(), static_cast<int>(sql.size()),
                                    SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (rc != SQLITE_OK) {
    const std::string message = sqlite3_errmsg(raw_.get());
    return error(rc, "preparing a statement (" + message + ")");
  }
  return Statement(statement);
}

Result<void> Connection::run(const char* sql) {
  const int rc = sqlite3_exec(raw_.get(), sql, nullptr, nullptr, nullptr);
  if (rc != SQLITE_OK) return error(rc, sql);
  return {};
}

Result<std::int64_t> Connection::integer(std::string_view sql) {
  KURAMORI_TRY(statement, prepare(sql));
  const int rc = statement.step();
  if (rc != SQLITE_ROW) return error(rc, sql);
  return static_cast<std::int64_t>(sqlite3_column_int64(statement.raw(), 0));
}

Result<Value> read_value(sqlite3_stmt* row, int place, const Column& column) {
  const int type = sqlite3_column_type(row, place);
  if (type == SQLITE_NULL && column.nullable == Nullable::Yes) return Value(Null{});
  if (type == SQLITE_INTEGER && column.type == ColumnType::Integer) {
    return Value(static_cast<std::int64_t>(sqlite3_column_int64(row, place)));
  }
  if (type == SQLITE_TEXT && column.type == ColumnType::Text) {
    const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(row, place));
    return Value(std::in_place_type<std::string>, data,
                 static_cast<std::size_t>(sqlite3_column_bytes(row, place)));
  }
  if (type == SQLITE_BLOB && column.type == ColumnType::Blob) {
    const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(row, place));
    return Value(std::in_place_type<Bytes>, data, data + sqlite3_column_bytes(row, place));
  }
  return corrupt("a value of another type than column " + column.name);
}

Result<Row> read_row(Statement& statement, const Table& table) {
  Row row;
  row.reserve(table.columns.size());
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    KURAMORI_TRY(value, read_value(statement.raw(), static_cast<int>(i), table.columns[i]));
    row.push_back(std::move(value));
  }
  return row;
}

std::int64_t integer_at(const Statement& statement, int place) {
  return sqlite3_column_int64(statement.raw(), place);
}

std::string_view text_at(const Statement& statement, int place) {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement.raw(), place));
  return data == nullptr
             ? std::string_view()
             : std::string_view(data, static_cast<std::size_t>(sqlite3_column_bytes(statement.raw(), place)));
}

}  // namespace kuramori::storage::sqlite
