// Commits many units of work in one transaction. First optimistically; when a unit fails after it has changed
// something, the batch is rolled back and repeated with a savepoint around each unit that can fail, so that
// the others lose nothing.
#pragma once
#include <array>
#include <span>

#include "storage/sqlite/gathered_indexes.hpp"
#include "storage/sqlite/statements.hpp"

namespace kuramori::storage::sqlite {

using Outcome = Result<CommitReceipt>;

class BatchCommitter {
 public:
  // `connection` and `gathered` outlive this. Reads the counters that the store has reached.
  static Result<std::unique_ptr<BatchCommitter>> create(Connection& connection, GatheredIndexes& gathered);

  // One outcome per unit, all durable; or the error that failed the whole batch. A unit of another epoch than
  // `epoch` is refused, and `epoch` moves when a unit that requires one fails.
  Result<std::vector<Outcome>> commit(std::span<const UnitOfWork* const> units, std::uint64_t& epoch);

  std::int64_t last(Sequence sequence) const { return durable_[static_cast<std::size_t>(sequence)]; }

 private:
  using Counters = std::array<std::int64_t, kSequences>;
  enum class Guard : bool { None, Savepoints };
  // What a mutation or a unit did.
  enum class Step : std::uint8_t { Done, UnitFailed, StoreFailed };
  struct Pass {
    std::vector<Outcome> outcomes;
    Counters counters;
    std::uint64_t epoch;
    bool must_repeat = false;
  };

  BatchCommitter(Connection& connection, GatheredIndexes& gathered, std::array<Statement, 7> statements,
                 Counters counters);
  Result<Pass> run(std::span<const UnitOfWork* const> units, std::uint64_t epoch, Guard guard);
  Result<void> run_units(std::span<const UnitOfWork* const> units, Guard guard, Pass& pass);
  Result<void> run_unit(const UnitOfWork& work, Guard guard, Pass& pass);
  Step apply(const UnitOfWork& work, const CommitReceipt& receipt, std::size_t& applied);
  Step apply(const Mutation& mutation, const CommitReceipt& receipt);
  Step apply_row(const Table& table, const Row& row, Statement* statement, const CommitReceipt& receipt);
  Step apply_insert(const Insert& insert, const CommitReceipt& receipt);
  Step apply_upsert(const Upsert& upsert, const CommitReceipt& receipt);
  Step apply_erase(const Erase& erase, const CommitReceipt& receipt);
  Step apply_expect(const Expect& expect, const CommitReceipt& receipt);
  Step failed(const Table& table, int code, std::string_view doing);
  Result<void> save_counters(const Counters& counters);
  Result<void> control(Statement& statement, std::string_view doing);
  void roll_back();

  Connection& connection_;
  GatheredIndexes& gathered_;
  WriteStatements statements_;
  Statement begin_, commit_, rollback_, savepoint_, release_, rollback_to_, save_counter_;
  Counters durable_;
  std::optional<Error> failure_;  // of the last step that was not Done
};

}  // namespace kuramori::storage::sqlite
