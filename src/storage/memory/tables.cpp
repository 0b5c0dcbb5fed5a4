#include "storage/memory/tables.hpp"

#include <algorithm>

namespace kuramori::storage::memory {
namespace {

std::weak_ordering compare_to_prefix(const Key& key, const Key& prefix) {
  const std::size_t n = std::min(key.size(), prefix.size());
  for (std::size_t i = 0; i < n; ++i) {
    if (key[i] < prefix[i]) return std::weak_ordering::less;
    if (prefix[i] < key[i]) return std::weak_ordering::greater;
  }
  return std::weak_ordering::equivalent;
}

Key index_key(const TableData& table, const TableData::IndexData& index, const Row& row) {
  Key key;
  for (const std::size_t column : index.columns) key.push_back(row[column]);
  for (std::size_t i = 0; i < table.key_columns; ++i) key.push_back(row[i]);
  return key;
}

}  // namespace

bool KeyLess::operator()(const Key& a, const Edge& b) const {
  const auto order = compare_to_prefix(a, b.prefix);
  return order < 0 || (order == 0 && b.side == Edge::Side::After);
}

bool KeyLess::operator()(const Edge& a, const Key& b) const {
  const auto order = compare_to_prefix(b, a.prefix);
  return order > 0 || (order == 0 && a.side == Edge::Side::Before);
}

Key TableData::key_of(const Row& row) const {
  return {row.begin(), row.begin() + static_cast<std::ptrdiff_t>(key_columns)};
}

const TableData::IndexData* TableData::find_index(std::string_view name) const {
  const auto found = std::ranges::find_if(indexes, [&](const IndexData& i) { return i.index.name == name; });
  return found == indexes.end() ? nullptr : &*found;
}

const TableData::IndexData* TableData::violated(const Row& row) const {
  const Key own = key_of(row);
  for (const IndexData& index : indexes) {
    if (!index.index.unique) continue;
    Key values;
    for (const std::size_t column : index.columns) values.push_back(row[column]);
    if (std::ranges::any_of(values, is_null)) continue;
    const auto found = index.entries.lower_bound(Edge{.prefix = values});
    if (found != index.entries.end() && compare_to_prefix(found->first, values) == 0 &&
        found->second != own) {
      return &index;
    }
  }
  return nullptr;
}

void TableData::put(Row row) {
  Key key = key_of(row);
  remove(key);
  for (IndexData& index : indexes) index.entries.emplace(index_key(*this, index, row), key);
  rows.emplace(std::move(key), std::move(row));
}

void TableData::remove(const Key& key) {
  const auto found = rows.find(key);
  if (found == rows.end()) return;
  for (IndexData& index : indexes) index.entries.erase(index_key(*this, index, found->second));
  rows.erase(found);
}

void TableData::add_index(const Index& index) {
  IndexData data{.index = index, .columns = {}, .entries = {}};
  for (const std::string& name : index.columns) {
    const auto found = std::ranges::find(columns, name, &Column::name);
    data.columns.push_back(static_cast<std::size_t>(found - columns.begin()));
  }
  for (const auto& [key, row] : rows) data.entries.emplace(index_key(*this, data, row), key);
  indexes.push_back(std::move(data));
}

const TableData* Tables::find(std::string_view name) const {
  const auto found = by_name.find(name);
  return found == by_name.end() ? nullptr : found->second.get();
}

TableData* Tables::writable(std::string_view name) {
  const auto found = by_name.find(name);
  if (found == by_name.end()) return nullptr;
  if (found->second.use_count() > 1) found->second = std::make_shared<TableData>(*found->second);
  return found->second.get();
}

std::vector<std::string> find_damage(const Tables& tables) {
  std::vector<std::string> findings;
  for (const auto& [name, table] : tables.by_name) {
    for (const TableData::IndexData& index : table->indexes) {
      const bool sound = index.entries.size() == table->rows.size() &&
                         std::ranges::all_of(table->rows, [&](const auto& entry) {
                           return index.entries.contains(index_key(*table, index, entry.second));
                         });
      if (!sound) findings.push_back("index " + index.index.name + " disagrees with table " + name);
    }
  }
  return findings;
}

}  // namespace kuramori::storage::memory
