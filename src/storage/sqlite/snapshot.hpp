#pragma once
#include "storage/sqlite/statements.hpp"

namespace kuramori::storage::sqlite {

// A connection that only reads, with what it keeps between snapshots.
class ReadConnection {
 public:
  static Result<std::unique_ptr<ReadConnection>> open(const Connection::Options& options);
  Connection& connection() { return connection_; }
  ReadStatements& statements() { return statements_; }
  Result<void> begin();
  void end();

 private:
  ReadConnection(Connection connection, Statement begin, Statement end);
  Connection connection_;
  Statement begin_;
  Statement end_;
  ReadStatements statements_;
};

// A read transaction.
class SqliteSnapshot final : public Snapshot {
 public:
  explicit SqliteSnapshot(ReadConnection& reader) : reader_(reader) {}
  Result<std::optional<Row>> get(const Table& table, const Key& key) override;
  Result<std::vector<Row>> scan(const Scan& scan) override;
  Result<void> for_each(const Scan& scan, const std::function<bool(Row&&)>& visit) override;
  Result<std::int64_t> count(const Scan& scan) override;
  Result<std::int64_t> last(Sequence sequence) override;

 private:
  Result<void> walk(const Scan& scan, std::int64_t limit, const std::function<bool(Row&&)>& visit);
  Result<void> bind_source(Statement& statement, const Scan& scan, int& place);
  ReadConnection& reader_;
};

}  // namespace kuramori::storage::sqlite
