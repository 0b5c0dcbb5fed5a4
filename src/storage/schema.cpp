#include "storage/schema.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace kuramori::storage {

std::size_t Table::column(std::string_view column_name) const {
  const auto found = std::ranges::find(columns, column_name, &Column::name);
  ensure(found != columns.end(), "a table has no column of this name");
  return static_cast<std::size_t>(found - columns.begin());
}

const Index& Table::index(std::string_view index_name) const {
  const auto found = std::ranges::find(indexes, index_name, &Index::name);
  ensure(found != indexes.end(), "a table has no index of this name");
  return *found;
}

}  // namespace kuramori::storage
