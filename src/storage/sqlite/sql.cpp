#include "storage/sqlite/sql.hpp"

#include "base/assert.hpp"
#include "storage/checks.hpp"

namespace kuramori::storage::sqlite {
namespace {

std::string identifier(std::string_view name) {
  return "\"" + std::string(name) + "\"";
}

std::string_view type_name(ColumnType type) {
  switch (type) {
    case ColumnType::Integer:
      return "INTEGER";
    case ColumnType::Text:
      return "TEXT";
    case ColumnType::Blob:
      return "BLOB";
  }
  return "BLOB";
}

std::string definition(const Column& column) {
  std::string text = identifier(column.name) + " " + std::string(type_name(column.type));
  if (column.nullable == Nullable::No) text += " NOT NULL";
  return text;
}

// A lone integer key is SQLite's row number: the cheapest table there is, and new rows append.
bool has_row_number(const Table& table) {
  return table.key_columns == 1 && table.columns[0].type == ColumnType::Integer;
}

std::string column_list(const Table& table, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += (i == 0 ? "" : ",") + identifier(table.columns[i].name);
  return text;
}

std::string key_condition(const Table& table, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i)
    text += (i == 0 ? "" : " AND ") + identifier(table.columns[i].name) + "=?";
  return text;
}

// ` FROM table INDEXED BY … WHERE …`. The index is named so that the planner's guess never decides about
// cost.
std::string source(const Scan& scan, const std::vector<std::size_t>& order) {
  const Table& table = *scan.table;
  std::string text = " FROM " + identifier(table.name);
  if (scan.index != nullptr) {
    text += " INDEXED BY " + identifier(scan.index->name);
  } else if (has_row_number(table)) {
    text += " NOT INDEXED";
  } else {
    text += " INDEXED BY " + identifier("sqlite_autoindex_" + table.name + "_1");
  }
  std::string condition;
  const auto require = [&](std::size_t column, std::string_view comparison) {
    condition += condition.empty() ? " WHERE " : " AND ";
    condition += identifier(table.columns[column].name);
    condition += comparison;
  };
  const std::size_t prefix = scan.prefix.size();
  for (std::size_t i = 0; i < prefix; ++i) {
    require(order[i], table.columns[order[i]].nullable == Nullable::Yes ? " IS ?" : "=?");
  }
  if (scan.from) require(order[prefix], ">=?");
  if (scan.below) require(order[prefix], "<?");
  return text + condition;
}

}  // namespace

std::string create_table_sql(const Table& table) {
  std::string text = "CREATE TABLE " + identifier(table.name) + " (";
  for (const Column& column : table.columns) text += definition(column) + ", ";
  text += "PRIMARY KEY (" + column_list(table, table.key_columns) + ")) STRICT";
  if (table.rows == Rows::Large) {
    // An index of keys beside the rows. Other indexes would no longer be in the order of the key.
    ensure(table.indexes.empty(), "a table of large rows has no other indexes");
  } else if (!has_row_number(table)) {
    text += ", WITHOUT ROWID";
  }
  return text;
}

std::string create_index_sql(std::string_view table, const Index& index) {
  std::string text = std::string("CREATE ") + (index.unique ? "UNIQUE " : "") + "INDEX " +
                     identifier(index.name) + " ON " + identifier(table) + " (";
  for (std::size_t i = 0; i < index.columns.size(); ++i)
    text += (i == 0 ? "" : ",") + identifier(index.columns[i]);
  return text + ")";
}

std::string add_column_sql(std::string_view table, const Column& column) {
  return "ALTER TABLE " + identifier(table) + " ADD COLUMN " + definition(column);
}

std::string insert_sql(const Table& table) {
  std::string places = "?";
  for (std::size_t i = 1; i < table.columns.size(); ++i) places += ",?";
  return "INSERT INTO " + identifier(table.name) + " (" + column_list(table, table.columns.size()) +
         ") VALUES (" + places + ")";
}

std::string upsert_sql(const Table& table) {
  std::string text = insert_sql(table) + " ON CONFLICT (" + column_list(table, table.key_columns) + ") DO ";
  if (table.columns.size() == table.key_columns) return text + "NOTHING";
  text += "UPDATE SET ";
  for (std::size_t i = table.key_columns; i < table.columns.size(); ++i) {
    const std::string name = identifier(table.columns[i].name);
    text += (i == table.key_columns ? "" : ",") + name + "=excluded." + name;
  }
  return text;
}

std::string erase_sql(const Table& table, std::size_t key_columns) {
  return "DELETE FROM " + identifier(table.name) + " WHERE " + key_condition(table, key_columns);
}

std::string exists_sql(const Table& table) {
  return "SELECT 1 FROM " + identifier(table.name) + " WHERE " + key_condition(table, table.key_columns);
}

std::string get_sql(const Table& table) {
  return "SELECT " + column_list(table, table.columns.size()) + " FROM " + identifier(table.name) +
         " WHERE " + key_condition(table, table.key_columns);
}

std::string scan_sql(const Scan& scan) {
  const std::vector<std::size_t> order = scan_order(scan);
  std::string text = "SELECT " + column_list(*scan.table, scan.table->columns.size()) + source(scan, order);
  std::string by;
  for (std::size_t i = scan.prefix.size(); i < order.size(); ++i) {
    by += (by.empty() ? " ORDER BY " : ",") + identifier(scan.table->columns[order[i]].name);
    if (scan.direction == Direction::Backward) by += " DESC";
  }
  return text + by + " LIMIT ?";
}

std::string count_sql(const Scan& scan) {
  return "SELECT count(*)" + source(scan, scan_order(scan));
}

std::string create_entries_sql(const Index& index) {
  return "CREATE TABLE " + identifier(index.name) +
         " (cut INTEGER NOT NULL, fingerprint INTEGER NOT NULL, number INTEGER NOT NULL, "
         "PRIMARY KEY (cut, fingerprint, number)) STRICT, WITHOUT ROWID";
}

std::string drop_index_sql(const Index& index) {
  return "DROP INDEX IF EXISTS " + identifier(index.name);
}

std::string insert_entry_sql(const Index& index) {
  return "INSERT OR IGNORE INTO " + identifier(index.name) + " VALUES (?,?,?)";
}

std::string has_entry_sql(const Index& index) {
  return "SELECT 1 FROM " + identifier(index.name) + " WHERE cut=? AND fingerprint=? AND number=?";
}

// The join is written in its order: the planner's guess never decides about cost.
std::string entries_sql(const Scan& scan) {
  const Table& table = *scan.table;
  std::string columns;
  for (const Column& column : table.columns)
    columns += (columns.empty() ? "" : ",") + std::string("r.") + identifier(column.name);
  return "SELECT " + columns + " FROM " + identifier(scan.index->name) + " AS e CROSS JOIN " +
         identifier(table.name) +
         " AS r ON r.rowid=e.number WHERE e.cut=? AND e.fingerprint=? AND e.number>=? AND e.number<=? AND "
         "r." +
         identifier(scan.index->columns[0]) + "=? ORDER BY e.number" +
         (scan.direction == Direction::Backward ? " DESC" : "") + " LIMIT ?";
}

std::string read_texts_sql(std::string_view table, const Index& index) {
  return "SELECT rowid, " + identifier(index.columns[0]) + " FROM " + identifier(table) +
         " NOT INDEXED WHERE rowid>? ORDER BY rowid";
}

}  // namespace kuramori::storage::sqlite
