// Tables as values: a module declares what it owns, every adapter (SQLite, memory, PostgreSQL later) creates and serves
// it. The first `key_columns` columns are the primary key. Names are lower-case identifiers.
//
//   inline const Table kPushers{.name = "pushers", .columns = {{"user_id", ColumnType::Text}, ...}, .key_columns = 2};
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace kuramori::storage {

enum class ColumnType : std::uint8_t { Integer, Text, Blob };
enum class Nullable : bool { No, Yes };

struct Column {
  std::string name;
  ColumnType type;
  Nullable nullable = Nullable::No;
};

// Gathered: entries wait in memory and are written many at a time, in their order, so that a new row does not dirty a
// page of its own for each such index. For values without order (hashes) or in many places at once (rooms) of a table
// whose key is a number that only grows. One text column, then at most the key; scans give the text. Not unique. What
// is indexed of a row never changes.
enum class Entries : std::uint8_t { AtOnce, Gathered };

// Columns in index order; a unique index refuses a second row with the same values (null is never equal).
struct Index {
  std::string name;
  std::vector<std::string> columns;
  bool unique = false;
  Entries entries = Entries::AtOnce;
};

// Large: rows of some kilobytes, which lie apart from their keys, so that few pages are read to find one. Such
// a table has no other indexes.
enum class Rows : std::uint8_t { Small, Large };

struct Table {
  std::string name;
  std::vector<Column> columns;
  std::size_t key_columns = 1;
  std::vector<Index> indexes = {};
  Rows rows = Rows::Small;

  std::size_t column(std::string_view column_name) const;  // its ordinal; asserts that it exists
  const Index& index(std::string_view index_name) const;   // asserts that it exists
};

// A numbered migration is a list of these; forward only, run in one transaction.
struct CreateTable { const Table* table; };
struct AddColumn { std::string table; Column column; };   // must be nullable
struct CreateIndex { std::string table; Index index; };     // a gathered one replaces one of that name
struct DropTable { std::string table; };
using SchemaChange = std::variant<CreateTable, AddColumn, CreateIndex, DropTable>;

struct Migration {
  std::int64_t number;  // 1, 2, 3, … without gaps
  std::string name;
  std::vector<SchemaChange> changes;
};

}  // namespace kuramori::storage
