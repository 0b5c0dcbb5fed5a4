// SQL text, made from table descriptions alone. Values are always bound, never part of the text.
#pragma once
#include <string>
#include <vector>

#include "storage/store.hpp"

namespace kuramori::storage::sqlite {

std::string create_table_sql(const Table& table);
std::string create_index_sql(std::string_view table, const Index& index);
std::string add_column_sql(std::string_view table, const Column& column);

std::string insert_sql(const Table& table);
std::string upsert_sql(const Table& table);
std::string erase_sql(const Table& table, std::size_t key_columns);
std::string exists_sql(const Table& table);
std::string get_sql(const Table& table);
// Parameters: the prefix, then `from`, then `below`, then the limit (a negative one means all).
std::string scan_sql(const Scan& scan);
std::string count_sql(const Scan& scan);

// Of gathered indexes, whose tables have their names.
std::string create_entries_sql(const Index& index);
std::string drop_index_sql(const Index& index);    // of SQLite's own, if there
std::string insert_entry_sql(const Index& index);  // cut, fingerprint, row
std::string has_entry_sql(const Index& index);     // the same
std::string entries_sql(const Scan& scan);         // cut, fingerprint, first and last row, text, limit
std::string read_texts_sql(std::string_view table,
                           const Index& index);  // of rows behind one: number and text
inline constexpr const char* kCutsTableSql =
    "CREATE TABLE IF NOT EXISTS gathered_indexes (name TEXT NOT NULL, cut INTEGER NOT NULL, through INTEGER "
    "NOT NULL, "
    "entries INTEGER NOT NULL, PRIMARY KEY (name, cut)) STRICT, WITHOUT ROWID";
inline constexpr std::string_view kSaveCutSql = "INSERT OR REPLACE INTO gathered_indexes VALUES (?,?,?,?)";
inline constexpr std::string_view kReadCutsSql =
    "SELECT through, entries FROM gathered_indexes WHERE name=? ORDER BY cut";

}  // namespace kuramori::storage::sqlite
