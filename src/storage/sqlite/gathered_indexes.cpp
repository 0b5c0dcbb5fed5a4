#include "storage/sqlite/gathered_indexes.hpp"

#include <algorithm>

#include "storage/sqlite/sql.hpp"

namespace kuramori::storage::sqlite {
namespace {

constexpr std::size_t kRowsBetweenReports = 4096;

std::int64_t number_of(const Row& row, const CommitReceipt& receipt) {
  const auto* placeholder = std::get_if<NextOf>(row.data());
  return placeholder != nullptr ? receipt.of(*placeholder) : integer(row[0]);
}

bool has_gathered(const Table& table) {
  return std::ranges::any_of(table.indexes, [](const Index& i) { return i.entries == Entries::Gathered; });
}

// Rows that the cuts of the table should know of.
Result<std::vector<std::int64_t>> missing_rows(Connection& connection, const Table& table, const Index& index,
                                               std::span<const RowRange> cuts, std::size_t limit,
                                               const std::function<void(double)>& progress) {
  std::vector<std::int64_t> missing;
  KURAMORI_TRY(rows, connection.prepare(read_texts_sql(table.name, index)));
  KURAMORI_TRY(entry, connection.prepare(has_entry_sql(index)));
  rows.bind(1, kNoRow);
  std::size_t looked_at = 0;
  int rc = rows.step();
  for (std::size_t cut = 0; rc == SQLITE_ROW && missing.size() < limit; rc = rows.step()) {
    const std::int64_t number = integer_at(rows, 0);
    while (cut < cuts.size() && number > cuts[cut].last) ++cut;
    if (cut == cuts.size()) return missing;
    if (++looked_at % kRowsBetweenReports == 0)
      progress(static_cast<double>(number) / static_cast<double>(cuts.back().last));
    const Running running(entry);
    entry.bind(1, static_cast<std::int64_t>(cut));
    entry.bind(2, fingerprint_of(text_at(rows, 1)));
    entry.bind(3, number);
    if (entry.step() != SQLITE_ROW) missing.push_back(number);
  }
  if (rc != SQLITE_ROW && rc != SQLITE_DONE) return connection.error(rc, "checking a gathered index");
  return missing;
}

}  // namespace

Result<void> GatheredIndexes::load(Connection& connection, std::span<const Migration> migrations) {
  for (const Migration& migration : migrations) {
    for (const SchemaChange& change : migration.changes) {
      const auto* created = std::get_if<CreateTable>(&change);
      if (created == nullptr || !has_gathered(*created->table) || find(*created->table) != nullptr) continue;
      KURAMORI_CHECK(load_table(connection, *created->table));
    }
  }
  publish();
  return {};
}

Result<void> GatheredIndexes::load_table(Connection& connection, const Table& table) {
  OfTable of_table{
      .table = &table, .indexes = {}, .last_row = 0, .unit_last_row = 0, .committed_last_row = 0};
  for (const Index& index : table.indexes) {
    if (index.entries != Entries::Gathered) continue;
    // Of other lengths, so that they are not sealed in the same commit.
    GatheredSizes sizes = sizes_;
    sizes.run_entries += of_table.indexes.size() * sizes_.run_entries / 8;
    auto gathered = std::make_unique<GatheredIndex>(table, index, sizes);
    KURAMORI_CHECK(gathered->open(connection));
    of_table.indexes.push_back(std::move(gathered));
  }
  KURAMORI_CHECK(read_rows(connection, of_table));
  tables_.push_back(std::move(of_table));
  return {};
}

// What no table of an index knows of yet.
Result<void> GatheredIndexes::read_rows(Connection& connection, OfTable& of_table) {
  std::int64_t last = kNoRow;
  for (const auto& index : of_table.indexes) {
    KURAMORI_TRY(read, connection.prepare(read_texts_sql(of_table.table->name, index->index())));
    read.bind(1, index->through());
    int rc = read.step();
    for (; rc == SQLITE_ROW; rc = read.step()) {
      const Entry entry{.fingerprint = fingerprint_of(text_at(read, 1)), .row = integer_at(read, 0)};
      index->add(entry);
      last = std::max(last, entry.row);
    }
    if (rc != SQLITE_DONE) return connection.error(rc, "reading the rows of a gathered index");
    last = std::max(last, index->through());
    index->rolled_back();  // nothing that a transaction has to write more for
  }
  of_table.last_row = of_table.unit_last_row = of_table.committed_last_row = last;
  return {};
}

GatheredIndexes::OfTable* GatheredIndexes::find(const Table& table) {
  const auto found = std::ranges::find(tables_, &table, &OfTable::table);
  return found == tables_.end() ? nullptr : &*found;
}

void GatheredIndexes::begin_unit() {
  for (OfTable& of_table : tables_) of_table.unit_last_row = of_table.last_row;
}

void GatheredIndexes::unit_failed() {
  for (OfTable& of_table : tables_) of_table.last_row = of_table.unit_last_row;
}

bool GatheredIndexes::comes_in_order(const Table& table, const Row& row, const CommitReceipt& receipt) {
  const OfTable* of_table = find(table);
  return of_table == nullptr || number_of(row, receipt) > of_table->last_row;
}

void GatheredIndexes::stored(const Table& table, const Row& row, const CommitReceipt& receipt) {
  OfTable* of_table = find(table);
  if (of_table == nullptr) return;
  // A row that is there keeps its entries: what is indexed of it does not change.
  const std::int64_t number = number_of(row, receipt);
  if (number > of_table->last_row) add(*of_table, row, number);
}

void GatheredIndexes::add(OfTable& of_table, const Row& row, std::int64_t number) {
  of_table.last_row = number;
  for (const auto& index : of_table.indexes)
    index->add({.fingerprint = fingerprint_of(text(row[index->column()])), .row = number});
}

Result<void> GatheredIndexes::write_some(Connection& connection) {
  for (const OfTable& of_table : tables_) {
    for (const auto& index : of_table.indexes) KURAMORI_CHECK(index->write_some(connection));
  }
  return {};
}

void GatheredIndexes::committed() {
  bool changed = false;
  for (OfTable& of_table : tables_) {
    of_table.committed_last_row = of_table.last_row;
    for (const auto& index : of_table.indexes) changed |= index->committed(of_table.last_row);
  }
  if (changed) publish();
}

void GatheredIndexes::rolled_back() {
  for (OfTable& of_table : tables_) {
    of_table.last_row = of_table.committed_last_row;
    for (const auto& index : of_table.indexes) index->rolled_back();
  }
}

void GatheredIndexes::publish() {
  auto view = std::make_shared<GatheredView>();
  for (const OfTable& of_table : tables_) {
    for (const auto& index : of_table.indexes) view->emplace(&index->index(), index->parts());
  }
  const std::lock_guard lock(mutex_);
  view_ = std::move(view);
}

std::shared_ptr<const GatheredView> GatheredIndexes::view() const {
  const std::lock_guard lock(mutex_);
  return view_;
}

Result<std::vector<std::string>> GatheredIndexes::find_missing(
    Connection& connection, std::size_t limit, const std::function<void(double)>& progress) const {
  std::vector<std::string> findings;
  const auto now = view();
  std::size_t done = 0;
  for (const OfTable& of_table : tables_) {
    for (const auto& index : of_table.indexes) {
      const auto part = [&](double fraction) {
        progress((static_cast<double>(done) + fraction) / static_cast<double>(now->size()));
      };
      const std::vector<RowRange>& cuts = now->at(&index->index()).cuts;
      KURAMORI_TRY(missing, missing_rows(connection, *of_table.table, index->index(), cuts, limit, part));
      for (const std::int64_t row : missing) {
        findings.push_back("index " + index->index().name + " misses row " + std::to_string(row) +
                           " of table " + of_table.table->name);
      }
      ++done;
    }
  }
  return findings;
}

}  // namespace kuramori::storage::sqlite
