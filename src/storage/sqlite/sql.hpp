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

}  // namespace kuramori::storage::sqlite
