// Gathered indexes (schema.hpp, Entries::Gathered) on SQLite. An index is a table of its own: entries of
// fingerprint and row, in cuts that follow each other in the order of rows. New entries stay in memory, in a
// run; a full run is sealed and goes into the table in the order of fingerprints, some entries with each
// transaction that brings new ones. Until its last entry is there, the table says nothing of the run, so a
// crash costs reading its rows again.
//
// Entries say where to look, never what is there: rows are compared with the text that was asked for. Some
// stand for rows that were taken back or are gone.
#pragma once
#include <functional>
#include <memory>
#include <unordered_map>

#include "storage/sqlite/connection.hpp"
#include "storage/sqlite/gathered_run.hpp"
#include "storage/sqlite/gathered_sizes.hpp"

namespace kuramori::storage::sqlite {

// Where the rows of an index are found at one moment; parts follow each other in the order of rows.
struct GatheredParts {
  struct InMemory {
    std::shared_ptr<const GatheredRun> run;
    RowRange range;
  };
  std::vector<RowRange> cuts;  // of the table
  std::vector<InMemory> runs;  // behind the cuts
};
using GatheredView = std::unordered_map<const Index*, GatheredParts>;

// One index, as the writer sees it. Not for several threads.
class GatheredIndex {
 public:
  GatheredIndex(const Table& table, const Index& index, GatheredSizes sizes);

  Result<void> open(Connection& connection);  // its cuts, and what writes them
  std::int64_t through() const;               // the last row that the table knows of
  std::size_t column() const { return column_; }
  const Index& index() const { return index_; }

  void add(Entry entry);
  // Some entries of the sealed run, in the transaction that brings new ones.
  Result<void> write_some(Connection& connection);
  void rolled_back();
  // True when a run was sealed or is in the table.
  bool committed(std::int64_t last_row);
  GatheredParts parts() const;

 private:
  struct Cut {
    std::int64_t through;
    std::size_t entries;
  };
  struct Sealed {
    SortedEntries entries;  // kept: what is written and committed
    std::int64_t through;
    bool opens_cut;
  };
  void seal(std::int64_t through);

  const Index& index_;
  const GatheredSizes sizes_;
  std::size_t column_;
  std::vector<Cut> cuts_;
  std::shared_ptr<GatheredRun> run_ = std::make_shared<GatheredRun>();
  std::optional<Sealed> sealed_;
  std::size_t added_ = 0;  // in this transaction
  Statement insert_, save_;
};

class GatheredIndexes {
 public:
  explicit GatheredIndexes(GatheredSizes sizes) : sizes_(sizes) {}
  // Those of the tables that `migrations` create, which have run.
  Result<void> load(Connection& connection, std::span<const Migration> migrations);

  // On the writer's thread. Only a row that comes in the order of the keys is inserted.
  void begin_unit();
  void unit_failed();
  bool comes_in_order(const Table& table, const Row& row, const CommitReceipt& receipt);
  void stored(const Table& table, const Row& row, const CommitReceipt& receipt);
  Result<void> write_some(Connection& connection);
  void committed();
  void rolled_back();

  // For any thread. A snapshot may use it that began while it did not change.
  std::shared_ptr<const GatheredView> view() const;
  // One line for each row that an index misses, at most `limit`. `progress` hears fractions up to 1.
  Result<std::vector<std::string>> find_missing(Connection& connection, std::size_t limit,
                                                const std::function<void(double)>& progress) const;

 private:
  struct OfTable {
    const Table* table;
    std::vector<std::unique_ptr<GatheredIndex>> indexes;
    std::int64_t last_row;  // of this transaction
    std::int64_t unit_last_row;
    std::int64_t committed_last_row;
  };
  OfTable* find(const Table& table);
  static void add(OfTable& of_table, const Row& row, std::int64_t number);
  static Result<void> read_rows(Connection& connection, OfTable& of_table);
  Result<void> load_table(Connection& connection, const Table& table);
  void publish();

  const GatheredSizes sizes_;
  std::vector<OfTable> tables_;  // few
  mutable std::mutex mutex_;
  std::shared_ptr<const GatheredView> view_ = std::make_shared<const GatheredView>();
};

// Makes the empty table of an index; in the transaction of a migration.
Result<void> create_gathered(Connection& connection, const Index& index);
// The same for rows that are there already, in the place of an index of SQLite's own.
Result<void> gather_existing(Connection& connection, std::string_view table, const Index& index,
                             GatheredSizes sizes = {});

}  // namespace kuramori::storage::sqlite
