#include <algorithm>
#include <limits>

#include "storage/sqlite/gathered_indexes.hpp"
#include "storage/sqlite/sql.hpp"

namespace kuramori::storage::sqlite {
namespace {

constexpr std::size_t kWrittenForEachNew = 2;

Result<void> write_cut(Connection& connection, Statement& statement, std::string_view index,
                       std::size_t number, std::int64_t through, std::size_t entries) {
  const Value name{std::string(index)};
  const Running running(statement);
  statement.bind(1, name, nullptr);
  statement.bind(2, static_cast<std::int64_t>(number));
  statement.bind(3, through);
  statement.bind(4, static_cast<std::int64_t>(entries));
  const int rc = statement.step();
  if (rc != SQLITE_DONE) return connection.error(rc, "ending a cut of a gathered index");
  return {};
}

Result<void> write_entry(Connection& connection, Statement& statement, std::size_t cut, const Entry& entry) {
  const Running running(statement);
  statement.bind(1, static_cast<std::int64_t>(cut));
  statement.bind(2, entry.fingerprint);
  statement.bind(3, entry.row);
  const int rc = statement.step();
  if (rc != SQLITE_DONE) return connection.error(rc, "writing a gathered index");
  return {};
}

}  // namespace

GatheredIndex::GatheredIndex(const Table& table, const Index& index, GatheredSizes sizes)
    : index_(index), sizes_(sizes), column_(table.column(index.columns[0])) {}

Result<void> GatheredIndex::open(Connection& connection) {
  KURAMORI_TRY(insert, connection.prepare(insert_entry_sql(index_)));
  KURAMORI_TRY(save, connection.prepare(kSaveCutSql));
  KURAMORI_TRY(read, connection.prepare(kReadCutsSql));
  insert_ = std::move(insert);
  save_ = std::move(save);
  const Value name = index_.name;
  read.bind(1, name, nullptr);
  int rc = read.step();
  for (; rc == SQLITE_ROW; rc = read.step()) {
    cuts_.push_back({.through = sqlite3_column_int64(read.raw(), 0),
                     .entries = static_cast<std::size_t>(sqlite3_column_int64(read.raw(), 1))});
  }
  if (rc != SQLITE_DONE) return connection.error(rc, "reading the cuts of a gathered index");
  return {};
}

std::int64_t GatheredIndex::through() const {
  return cuts_.empty() ? kNoRow : cuts_.back().through;
}

void GatheredIndex::add(Entry entry) {
  run_->add(entry);
  ++added_;
}

Result<void> GatheredIndex::write_some(Connection& connection) {
  if (!sealed_ || added_ == 0) return {};
  Sealed& sealed = *sealed_;
  const std::size_t cut = cuts_.size() - (sealed.opens_cut ? 0 : 1);
  for (std::size_t left = added_ * kWrittenForEachNew; left > 0 && !sealed.entries.at_end(); --left)
    KURAMORI_CHECK(write_entry(connection, insert_, cut, sealed.entries.next()));
  if (!sealed.entries.at_end()) return {};
  const std::size_t before = sealed.opens_cut ? 0 : cuts_.back().entries;
  const std::size_t written = sealed.entries.run()->size();
  return write_cut(connection, save_, index_.name, cut, sealed.through, before + written);
}

void GatheredIndex::rolled_back() {
  added_ = 0;
  if (sealed_) sealed_->entries.back();
}

bool GatheredIndex::committed(std::int64_t last_row) {
  bool changed = false;
  if (sealed_ && added_ > 0) {
    sealed_->entries.keep();
    if (sealed_->entries.at_end()) {
      if (sealed_->opens_cut) cuts_.push_back({.through = kNoRow, .entries = 0});
      cuts_.back().through = sealed_->through;
      cuts_.back().entries += sealed_->entries.run()->size();
      sealed_.reset();
      changed = true;
    }
  }
  added_ = 0;
  if (!sealed_ && run_->size() >= sizes_.run_entries) {
    seal(last_row);
    changed = true;
  }
  return changed;
}

void GatheredIndex::seal(std::int64_t through) {
  const bool opens_cut = cuts_.empty() || cuts_.back().entries + run_->size() > sizes_.cut_entries;
  sealed_ = Sealed{.entries = SortedEntries(std::exchange(run_, std::make_shared<GatheredRun>())),
                   .through = through,
                   .opens_cut = opens_cut};
}

GatheredParts GatheredIndex::parts() const {
  GatheredParts parts;
  std::int64_t before = kNoRow;
  const auto range_to = [&before](std::int64_t last) {
    return RowRange{.first = std::exchange(before, last) + 1, .last = last};
  };
  for (const Cut& cut : cuts_) parts.cuts.push_back(range_to(cut.through));
  if (sealed_) parts.runs.push_back({.run = sealed_->entries.run(), .range = range_to(sealed_->through)});
  parts.runs.push_back({.run = run_, .range = range_to(std::numeric_limits<std::int64_t>::max())});
  return parts;
}

Result<void> create_gathered(Connection& connection, const Index& index) {
  return connection.run(create_entries_sql(index).c_str());
}

Result<void> gather_existing(Connection& connection, std::string_view table, const Index& index,
                             GatheredSizes sizes) {
  KURAMORI_CHECK(connection.run(drop_index_sql(index).c_str()));
  KURAMORI_CHECK(create_gathered(connection, index));
  KURAMORI_TRY(read, connection.prepare(read_texts_sql(table, index)));
  KURAMORI_TRY(insert, connection.prepare(insert_entry_sql(index)));
  KURAMORI_TRY(save, connection.prepare(kSaveCutSql));
  read.bind(1, kNoRow);
  std::vector<Entry> entries;
  std::size_t cut = 0;
  const auto write = [&]() -> Result<void> {
    const std::int64_t through = entries.back().row;
    std::ranges::sort(entries);
    for (const Entry& entry : entries) KURAMORI_CHECK(write_entry(connection, insert, cut, entry));
    KURAMORI_CHECK(write_cut(connection, save, index.name, cut, through, entries.size()));
    ++cut;
    entries.clear();
    return {};
  };
  int rc = read.step();
  for (; rc == SQLITE_ROW; rc = read.step()) {
    entries.push_back({.fingerprint = fingerprint_of(text_at(read, 1)), .row = integer_at(read, 0)});
    if (entries.size() == sizes.cut_entries) KURAMORI_CHECK(write());
  }
  if (rc != SQLITE_DONE) return connection.error(rc, "gathering an index");
  return entries.empty() ? Result<void>() : write();
}

}  // namespace kuramori::storage::sqlite
