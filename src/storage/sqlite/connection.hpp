// One SQLite connection and its prepared statements. Used by one thread at a time.
#pragma once
#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "storage/store.hpp"

namespace kuramori::storage::sqlite {

// A prepared statement. Between `step` and `reset` it holds a read lock: `Running` resets it in time.
class Statement {
 public:
  Statement() = default;
  explicit Statement(sqlite3_stmt* raw) : raw_(raw) {}
  sqlite3_stmt* raw() const { return raw_.get(); }
  explicit operator bool() const { return raw_ != nullptr; }

  // Places are numbered from 1. The value must live until the reset; `receipt` resolves placeholders.
  int bind(int place, const Value& value, const CommitReceipt* receipt);
  int bind(int place, std::int64_t value) { return sqlite3_bind_int64(raw_.get(), place, value); }
  int step() { return sqlite3_step(raw_.get()); }
  void reset() { sqlite3_reset(raw_.get()); }
  bool busy() const { return sqlite3_stmt_busy(raw_.get()) != 0; }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* raw) const { sqlite3_finalize(raw); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> raw_;
};

// Resets the statement when it goes.
class Running {
 public:
  explicit Running(Statement& statement) : statement_(statement) {}
  ~Running() { statement_.reset(); }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  Statement& statement_;
};

class Connection {
 public:
  struct Options {
    std::filesystem::path path;
    bool writable = false;
    std::size_t cache_bytes = 8U << 20U;
  };
  static Result<Connection> open(const Options& options);

  sqlite3* raw() const { return raw_.get(); }
  Result<Statement> prepare(std::string_view sql);
  // For statements of ours that answer nothing.
  Result<void> run(const char* sql);
  Result<std::int64_t> integer(std::string_view sql);
  // Inside a transaction that an error has not ended already.
  bool in_transaction() const { return sqlite3_get_autocommit(raw_.get()) == 0; }
  Error error(int code, std::string_view doing) const;

 private:
  struct Close {
    void operator()(sqlite3* raw) const { sqlite3_close_v2(raw); }
  };
  explicit Connection(sqlite3* raw) : raw_(raw) {}
  Result<void> configure_writer();
  std::unique_ptr<sqlite3, Close> raw_;
};

// The value of a column of the current row.
Result<Value> read_value(sqlite3_stmt* row, int place, const Column& column);
Result<Row> read_row(Statement& statement, const Table& table);
// Of columns that are known to hold such; a text lives until the next step.
std::int64_t integer_at(const Statement& statement, int place);
std::string_view text_at(const Statement& statement, int place);

}  // namespace kuramori::storage::sqlite
