#include "storage/checks.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace kuramori::storage {
namespace {

Error misuse(const Table& table, std::string_view what) {
  return internal_error("storage, table " + table.name + ": " + std::string(what));
}

bool fits(const Column& column, const Value& value) {
  switch (value.index()) {
    case 0:
      return column.nullable == Nullable::Yes;
    case 1:
    case 4:
      return column.type == ColumnType::Integer;
    case 2:
      return column.type == ColumnType::Text;
    case 3:
      return column.type == ColumnType::Blob;
    default:
      return false;
  }
}

// Every value fits its column, and a placeholder stands for a number that the unit has taken.
Result<void> check_values(const Table& table, const std::vector<Value>& values, const UnitOfWork& work) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!fits(table.columns[i], values[i])) return misuse(table, "wrong type for " + table.columns[i].name);
    if (const auto* placeholder = std::get_if<NextOf>(&values[i])) {
      if (placeholder->ordinal >= work.taken(placeholder->sequence)) {
        return misuse(table, "a placeholder that the unit did not take");
      }
    }
  }
  return {};
}

Result<void> check_row(const Table& table, const Row& row, const UnitOfWork& work) {
  if (row.size() != table.columns.size()) return misuse(table, "a row of another width");
  return check_values(table, row, work);
}

struct MutationCheck {
  const UnitOfWork& work;
  Result<void> operator()(const Insert& m) const { return check_row(*m.table, m.row, work); }
  Result<void> operator()(const Upsert& m) const { return check_row(*m.table, m.row, work); }
  Result<void> operator()(const Erase& m) const {
    if (m.key.empty() || m.key.size() > m.table->key_columns)
      return misuse(*m.table, "not a leading part of the key");
    return check_values(*m.table, m.key, work);
  }
  Result<void> operator()(const Expect& m) const {
    if (m.key.size() != m.table->key_columns) return misuse(*m.table, "expect needs the whole key");
    return check_values(*m.table, m.key, work);
  }
};

bool is_plain(const Column& column, const Value& value) {
  return !std::holds_alternative<NextOf>(value) && fits(column, value);
}

bool is_identifier(std::string_view name) {
  if (name.empty() || name.size() > 63 || name[0] < 'a' || name[0] > 'z') return false;
  return std::ranges::all_of(
      name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

// Tables of the adapters themselves.
bool is_reserved(std::string_view name) {
  return name == "schema_migrations" || name == "sequences" || name == "gathered_indexes" ||
         name.starts_with("sqlite_");
}

bool has_column(const Table& table, std::string_view name) {
  return std::ranges::find(table.columns, name, &Column::name) != table.columns.end();
}

// What `Entries::Gathered` asks for.
bool can_be_gathered(const Table& table, const Index& index) {
  const Column& key = table.columns[0];
  const bool of_rows = table.key_columns == 1 && key.type == ColumnType::Integer && table.rows == Rows::Small;
  const bool of_text = table.columns[table.column(index.columns[0])].type == ColumnType::Text &&
                       table.columns[table.column(index.columns[0])].nullable == Nullable::No;
  const bool then_key =
      index.columns.size() == 1 || (index.columns.size() == 2 && index.columns[1] == key.name);
  return of_rows && of_text && then_key && !index.unique;
}

struct ChangeCheck {
  std::string at;
  Result<void> bad(std::string_view what) const { return internal_error(at + std::string(what)); }

  Result<void> operator()(const CreateTable& change) const { return check_table(*change.table); }
  Result<void> operator()(const AddColumn& change) const {
    if (!is_identifier(change.table) || !is_identifier(change.column.name))
      return bad("bad name of a column");
    if (change.column.nullable == Nullable::No) return bad("an added column must be nullable");
    return {};
  }
  Result<void> operator()(const CreateIndex& change) const {
    const bool named = is_identifier(change.table) && is_identifier(change.index.name) &&
                       !change.index.columns.empty() &&
                       std::ranges::all_of(change.index.columns, is_identifier);
    return named ? Result<void>() : bad("bad name of an index or its columns");
  }
  Result<void> operator()(const DropTable& change) const {
    return is_identifier(change.table) && !is_reserved(change.table) ? Result<void>()
                                                                     : bad("bad name of a table");
  }
};

}  // namespace

Result<void> check_unit(const UnitOfWork& work) {
  for (const Mutation& mutation : work.mutations()) KURAMORI_CHECK(std::visit(MutationCheck{work}, mutation));
  for (const Publication& publication : work.publications()) {
    const NextOf position = publication.position;
    if (position.sequence != Sequence::Stream || position.ordinal >= work.taken(Sequence::Stream)) {
      return internal_error("storage: a publication at a position that the unit did not take");
    }
  }
  return {};
}

Result<void> check_key(const Table& table, const Key& key) {
  if (key.size() != table.key_columns) return misuse(table, "get needs the whole key");
  for (std::size_t i = 0; i < key.size(); ++i) {
    if (!is_plain(table.columns[i], key[i])) return misuse(table, "wrong type for " + table.columns[i].name);
  }
  return {};
}

std::vector<std::size_t> scan_order(const Scan& scan) {
  std::vector<std::size_t> order;
  if (scan.index != nullptr) {
    for (const std::string& name : scan.index->columns) order.push_back(scan.table->column(name));
  }
  for (std::size_t i = 0; i < scan.table->key_columns; ++i) {
    if (std::ranges::find(order, i) == order.end()) order.push_back(i);
  }
  return order;
}

Result<void> check_scan(const Scan& scan) {
  ensure(scan.table != nullptr, "a scan names its table");
  const Table& table = *scan.table;
  const std::vector<std::size_t> order = scan_order(scan);
  if (scan.prefix.size() > order.size()) return misuse(table, "a prefix longer than the index");
  if (scan.index != nullptr && scan.index->entries == Entries::Gathered && scan.prefix.empty())
    return misuse(table, "a scan of a gathered index without its text");
  for (std::size_t i = 0; i < scan.prefix.size(); ++i) {
    if (!is_plain(table.columns[order[i]], scan.prefix[i]))
      return misuse(table, "wrong type in the prefix of a scan");
  }
  for (const std::optional<Value>* bound : {&scan.from, &scan.below}) {
    if (!*bound) continue;
    if (scan.prefix.size() == order.size()) return misuse(table, "a bound without a column");
    const Column& column = table.columns[order[scan.prefix.size()]];
    if (is_null(**bound) || !is_plain(column, **bound))
      return misuse(table, "wrong type in the bound of a scan");
  }
  return {};
}

Result<void> check_table(const Table& table) {
  if (!is_identifier(table.name) || is_reserved(table.name)) return misuse(table, "bad or reserved name");
  if (table.key_columns == 0 || table.key_columns > table.columns.size())
    return misuse(table, "bad number of key columns");
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const Column& column = table.columns[i];
    if (!is_identifier(column.name)) return misuse(table, "bad name of a column");
    if (i < table.key_columns && column.nullable == Nullable::Yes)
      return misuse(table, "a key column may not be null");
    if (std::ranges::count(table.columns, column.name, &Column::name) != 1)
      return misuse(table, "a column twice");
  }
  for (const Index& index : table.indexes) {
    if (!is_identifier(index.name) || index.columns.empty()) return misuse(table, "bad index");
    for (const std::string& name : index.columns) {
      if (!has_column(table, name)) return misuse(table, "an index over a column that is not there");
    }
    if (index.entries == Entries::Gathered && !can_be_gathered(table, index))
      return misuse(table, "an index that cannot be gathered");
  }
  return {};
}

Result<void> check_migrations(std::span<const Migration> migrations) {
  for (std::size_t i = 0; i < migrations.size(); ++i) {
    const std::string at = "storage, migration " + std::to_string(i + 1) + ": ";
    if (migrations[i].number != static_cast<std::int64_t>(i) + 1)
      return internal_error(at + "numbers have a gap");
    for (const SchemaChange& change : migrations[i].changes) {
      KURAMORI_CHECK(std::visit(ChangeCheck{.at = at}, change));
    }
  }
  return {};
}

Result<std::size_t> applied_prefix(std::span<const Migration> migrations,
                                   std::span<const AppliedMigration> applied) {
  if (applied.size() > migrations.size()) {
    return Error(ErrorCode::Unsupported, "KURAMORI_STORE_NEWER",
                 "The store was written by a newer version of the server. Install that version again, or "
                 "restore a "
                 "backup that was made before the upgrade.")
        .with_detail("store has migration " + std::to_string(applied.back().number) +
                     ", this version knows " + std::to_string(migrations.size()));
  }
  for (std::size_t i = 0; i < applied.size(); ++i) {
    if (applied[i].number == migrations[i].number && applied[i].name == migrations[i].name) continue;
    return Error(ErrorCode::Unsupported, "KURAMORI_STORE_FOREIGN",
                 "The store was not written by a released version of this server, and is left alone.")
        .with_detail("migration " + std::to_string(applied[i].number) + " is " + applied[i].name +
                     ", expected " + migrations[i].name);
  }
  return applied.size();
}

Error conflict(const Table& table, std::string_view what) {
  return Error(ErrorCode::Conflict, "KURAMORI_CONFLICT",
               "This was changed by somebody else meanwhile; try again.")
      .with_detail("table " + table.name + ": " + std::string(what));
}

Error older_epoch() {
  return Error(ErrorCode::Conflict, "KURAMORI_CONFLICT", "An earlier change could not be stored; try again.")
      .with_detail("the unit was built on what an older epoch lost");
}

Error full_queue() {
  return Error(ErrorCode::Exhausted, "M_LIMIT_EXCEEDED", "The server is busy; try again shortly.")
      .with_detail("the queue of the store is full")
      .with_retry_after_ms(1000);
}

}  // namespace kuramori::storage
