#include "storage/sqlite/batch.hpp"

#include "storage/checks.hpp"
#include "storage/sqlite/errors.hpp"

namespace kuramori::storage::sqlite {
namespace {

// Statements whose transaction is controlled by them, in the order of the members.
constexpr std::array<const char*, 7> kControl = {"BEGIN IMMEDIATE",
                                                 "COMMIT",
                                                 "ROLLBACK",
                                                 "SAVEPOINT unit",
                                                 "RELEASE unit",
                                                 "ROLLBACK TO unit",
                                                 "UPDATE sequences SET last=?2 WHERE number=?1"};

}  // namespace

BatchCommitter::BatchCommitter(Connection& connection, GatheredIndexes& gathered,
                               std::array<Statement, 7> statements, Counters counters)
    : connection_(connection),
      gathered_(gathered),
      statements_(connection),
      begin_(std::move(statements[0])),
      commit_(std::move(statements[1])),
      rollback_(std::move(statements[2])),
      savepoint_(std::move(statements[3])),
      release_(std::move(statements[4])),
      rollback_to_(std::move(statements[5])),
      save_counter_(std::move(statements[6])),
      durable_(counters) {}

Result<std::unique_ptr<BatchCommitter>> BatchCommitter::create(Connection& connection,
                                                               GatheredIndexes& gathered) {
  std::array<Statement, 7> statements;
  for (std::size_t i = 0; i < kControl.size(); ++i) {
    KURAMORI_TRY(statement, connection.prepare(kControl[i]));
    statements[i] = std::move(statement);
  }
  Counters counters{};
  for (std::size_t s = 0; s < kSequences; ++s) {
    KURAMORI_TRY(last, connection.integer("SELECT last FROM sequences WHERE number=" + std::to_string(s)));
    counters[s] = last;
  }
  return std::unique_ptr<BatchCommitter>(
      new BatchCommitter(connection, gathered, std::move(statements), counters));
}

Result<std::vector<Outcome>> BatchCommitter::commit(std::span<const UnitOfWork* const> units,
                                                    std::uint64_t& epoch) {
  auto pass = run(units, epoch, Guard::None);
  if (pass && pass->must_repeat) pass = run(units, epoch, Guard::Savepoints);
  if (!pass) return std::move(pass).error();
  durable_ = pass->counters;
  epoch = pass->epoch;
  return std::move(pass->outcomes);
}

Result<BatchCommitter::Pass> BatchCommitter::run(std::span<const UnitOfWork* const> units,
                                                 std::uint64_t epoch, Guard guard) {
  Pass pass{.outcomes = {}, .counters = durable_, .epoch = epoch};
  pass.outcomes.reserve(units.size());
  KURAMORI_CHECK(control(begin_, "beginning a transaction"));
  auto done = run_units(units, guard, pass);
  if (done && !pass.must_repeat) done = gathered_.write_some(connection_);
  if (done && !pass.must_repeat) done = save_counters(pass.counters);
  if (done && !pass.must_repeat) done = control(commit_, "committing");
  if (!done || pass.must_repeat) {
    roll_back();
    gathered_.rolled_back();
  } else {
    gathered_.committed();
  }
  if (!done) return std::move(done).error();
  return pass;
}

Result<void> BatchCommitter::run_units(std::span<const UnitOfWork* const> units, Guard guard, Pass& pass) {
  for (const UnitOfWork* work : units) {
    const std::uint64_t required = work->epoch();
    if (required != 0 && required != pass.epoch) {
      pass.outcomes.emplace_back(older_epoch());
      continue;
    }
    KURAMORI_CHECK(run_unit(*work, guard, pass));
    if (pass.must_repeat) return {};
    if (required != 0 && !pass.outcomes.back()) ++pass.epoch;
  }
  return {};
}

Result<void> BatchCommitter::run_unit(const UnitOfWork& work, Guard guard, Pass& pass) {
  CommitReceipt receipt;
  for (std::size_t s = 0; s < kSequences; ++s) receipt.first[s] = pass.counters[s] + 1;
  // A unit of one mutation has nothing to take back when it fails.
  const bool guarded = guard == Guard::Savepoints && work.mutations().size() > 1;
  if (guarded) KURAMORI_CHECK(control(savepoint_, "beginning a unit"));
  std::size_t applied = 0;
  gathered_.begin_unit();
  const Step step = apply(work, receipt, applied);
  if (step == Step::StoreFailed) return *std::exchange(failure_, std::nullopt);
  if (step == Step::UnitFailed && !guarded && applied > 0) {
    pass.must_repeat = true;
    return {};
  }
  if (step == Step::UnitFailed && guarded) KURAMORI_CHECK(control(rollback_to_, "taking a unit back"));
  if (guarded) KURAMORI_CHECK(control(release_, "ending a unit"));
  if (step == Step::UnitFailed) {
    gathered_.unit_failed();
    pass.outcomes.emplace_back(*std::exchange(failure_, std::nullopt));
    return {};
  }
  for (std::size_t s = 0; s < kSequences; ++s) pass.counters[s] += work.taken(static_cast<Sequence>(s));
  pass.outcomes.emplace_back(receipt);
  return {};
}

BatchCommitter::Step BatchCommitter::apply(const UnitOfWork& work, const CommitReceipt& receipt,
                                           std::size_t& applied) {
  for (const Mutation& mutation : work.mutations()) {
    if (const Step step = apply(mutation, receipt); step != Step::Done) return step;
    // What was only looked at needs no taking back.
    if (!std::holds_alternative<Expect>(mutation)) ++applied;
  }
  return Step::Done;
}

BatchCommitter::Step BatchCommitter::apply(const Mutation& mutation, const CommitReceipt& receipt) {
  switch (mutation.index()) {
    case 0:
      return apply_insert(*std::get_if<Insert>(&mutation), receipt);
    case 1:
      return apply_upsert(*std::get_if<Upsert>(&mutation), receipt);
    case 2:
      return apply_erase(*std::get_if<Erase>(&mutation), receipt);
    default:
      return apply_expect(*std::get_if<Expect>(&mutation), receipt);
  }
}

BatchCommitter::Step BatchCommitter::failed(const Table& table, int code, std::string_view doing) {
  if (is_conflict(code)) {
    failure_ = conflict(table, "the key or a unique index exists");
  } else {
    failure_ = connection_.error(code, std::string(doing) + " table " + table.name);
  }
  return blame_of(code) == Blame::Unit ? Step::UnitFailed : Step::StoreFailed;
}

BatchCommitter::Step BatchCommitter::apply_row(const Table& table, const Row& row, Statement* statement,
                                               const CommitReceipt& receipt) {
  if (statement == nullptr) {
    failure_ = statements_.take_error();
    return failure_->code() == ErrorCode::Internal ? Step::UnitFailed : Step::StoreFailed;
  }
  int place = 0;
  for (const Value& value : row) {
    const int rc = statement->bind(++place, value, &receipt);
    if (rc != SQLITE_OK) return failed(table, rc, "binding a row of");
  }
  const Running running(*statement);
  const int rc = statement->step();
  return rc == SQLITE_DONE ? Step::Done : failed(table, rc, "writing");
}

BatchCommitter::Step BatchCommitter::apply_insert(const Insert& insert, const CommitReceipt& receipt) {
  if (!gathered_.comes_in_order(*insert.table, insert.row, receipt)) {
    const Step is_free = apply_expect({insert.table, {insert.row[0]}, false}, receipt);
    if (is_free != Step::Done) return is_free;
    failure_ = internal_error("storage: a row of table " + insert.table->name + " comes after higher ones");
    return Step::UnitFailed;
  }
  const Step step = apply_row(*insert.table, insert.row, statements_.insert(*insert.table), receipt);
  if (step == Step::Done) gathered_.stored(*insert.table, insert.row, receipt);
  return step;
}

BatchCommitter::Step BatchCommitter::apply_upsert(const Upsert& upsert, const CommitReceipt& receipt) {
  const Step step = apply_row(*upsert.table, upsert.row, statements_.upsert(*upsert.table), receipt);
  if (step == Step::Done) gathered_.stored(*upsert.table, upsert.row, receipt);
  return step;
}

BatchCommitter::Step BatchCommitter::apply_erase(const Erase& erase, const CommitReceipt& receipt) {
  return apply_row(*erase.table, erase.key, statements_.erase(*erase.table, erase.key.size()), receipt);
}

BatchCommitter::Step BatchCommitter::apply_expect(const Expect& expect, const CommitReceipt& receipt) {
  Statement* statement = statements_.exists(*expect.table);
  if (statement == nullptr) {
    failure_ = statements_.take_error();
    return failure_->code() == ErrorCode::Internal ? Step::UnitFailed : Step::StoreFailed;
  }
  int place = 0;
  for (const Value& value : expect.key) {
    const int bound = statement->bind(++place, value, &receipt);
    if (bound != SQLITE_OK) return failed(*expect.table, bound, "binding a key of");
  }
  const Running running(*statement);
  const int rc = statement->step();
  if (rc != SQLITE_ROW && rc != SQLITE_DONE) return failed(*expect.table, rc, "reading");
  if ((rc == SQLITE_ROW) == expect.exists) return Step::Done;
  failure_ = conflict(*expect.table,
                      expect.exists ? "an expected row is missing" : "a row is there that should not be");
  return Step::UnitFailed;
}

Result<void> BatchCommitter::save_counters(const Counters& counters) {
  for (std::size_t s = 0; s < kSequences; ++s) {
    if (counters[s] == durable_[s]) continue;
    save_counter_.bind(1, static_cast<std::int64_t>(s));
    save_counter_.bind(2, counters[s]);
    KURAMORI_CHECK(control(save_counter_, "saving the sequences"));
  }
  return {};
}

Result<void> BatchCommitter::control(Statement& statement, std::string_view doing) {
  const Running running(statement);
  const int rc = statement.step();
  if (rc != SQLITE_DONE) return connection_.error(rc, doing);
  return {};
}

void BatchCommitter::roll_back() {
  // A failing disk has often ended the transaction already.
  if (!connection_.in_transaction()) return;
  const Running running(rollback_);
  rollback_.step();
}

}  // namespace kuramori::storage::sqlite
