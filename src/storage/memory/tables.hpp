// Rows in ordered maps. A snapshot shares them; a commit copies a table only when a snapshot still holds it.
#pragma once
#include <map>
#include <memory>
#include <set>
#include <string>

#include "storage/checks.hpp"

namespace kuramori::storage::memory {

// A key, or the place just before or after everything that begins with it.
struct Edge {
  Key prefix;
  enum class Side : bool { Before, After } side = Side::Before;
};

struct KeyLess {
  using is_transparent = void;
  bool operator()(const Key& a, const Key& b) const { return a < b; }
  bool operator()(const Key& a, const Edge& b) const;
  bool operator()(const Edge& a, const Key& b) const;
};

struct TableData {
  struct IndexData {
    Index index;
    std::vector<std::size_t> columns;     // of the index
    std::map<Key, Key, KeyLess> entries;  // index values and primary key → primary key
  };
  std::vector<Column> columns;
  std::size_t key_columns = 0;
  std::map<Key, Row, KeyLess> rows;
  std::vector<IndexData> indexes;

  Key key_of(const Row& row) const;
  const IndexData* find_index(std::string_view name) const;
  // The index that already holds the values of `row` for another key.
  const IndexData* violated(const Row& row) const;
  void put(Row row);
  void remove(const Key& key);
  void add_index(const Index& index);
};

struct Tables {
  std::map<std::string, std::shared_ptr<TableData>, std::less<>> by_name;
  std::int64_t last[kSequences] = {0, -1};

  // For reading; null when there is none.
  const TableData* find(std::string_view name) const;
  // For writing: a copy of its own when a snapshot holds the table too.
  TableData* writable(std::string_view name);
};

// Applies a unit's mutations, or none of them.
Result<void> apply_mutations(Tables& tables, const UnitOfWork& work, const CommitReceipt& receipt);
Result<void> apply_change(Tables& tables, const SchemaChange& change);
// Human-readable findings of indexes that disagree with their rows.
std::vector<std::string> find_damage(const Tables& tables);

}  // namespace kuramori::storage::memory
