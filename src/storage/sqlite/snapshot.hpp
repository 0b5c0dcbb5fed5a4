#pragma once
#include "storage/sqlite/gathered_indexes.hpp"
#include "storage/sqlite/statements.hpp"

namespace kuramori::storage::sqlite {

// A connection that only reads, with what it keeps between snapshots.
class ReadConnection {
 public:
  static Result<std::unique_ptr<ReadConnection>> open(const Connection::Options& options);
  Connection& connection() { return connection_; }
  ReadStatements& statements() { return statements_; }
  // Everything committed up to now; what gathered indexes say fits it.
  Result<std::shared_ptr<const GatheredView>> begin(const GatheredIndexes& gathered);
  void end();

 private:
  ReadConnection(Connection connection, Statement begin, Statement look, Statement end);
  Result<void> begin_reading();
  Connection connection_;
  Statement begin_;
  Statement look_;
  Statement end_;
  ReadStatements statements_;
};

// A read transaction.
class SqliteSnapshot final : public Snapshot {
 public:
  SqliteSnapshot(ReadConnection& reader, const GatheredView& gathered)
      : reader_(reader), gathered_(gathered) {}
  Result<std::optional<Row>> get(const Table& table, const Key& key) override;
  Result<std::vector<Row>> scan(const Scan& scan) override;
  Result<void> for_each(const Scan& scan, const std::function<bool(Row&&)>& visit) override;
  Result<std::int64_t> count(const Scan& scan) override;
  Result<std::int64_t> last(Sequence sequence) override;

 private:
  class GatheredScan;
  Result<void> walk(const Scan& scan, std::int64_t limit, const std::function<bool(Row&&)>& visit);
  Result<void> walk_gathered(const Scan& scan, std::int64_t limit, const std::function<bool(Row&&)>& visit);
  Result<void> bind_source(Statement& statement, const Scan& scan, int& place);
  ReadConnection& reader_;
  const GatheredView& gathered_;
};

}  // namespace kuramori::storage::sqlite
