#include "storage/memory/snapshot.hpp"

namespace kuramori::storage::memory {
namespace {

Error no_table(const Table& table) {
  return internal_error("storage: there is no table " + table.name);
}

// The part of an ordered map that a scan covers. A bound leaves out null, which sorts before every value.
template <class Map>
auto range_of(const Map& map, const Scan& scan) {
  Edge low{.prefix = scan.prefix, .side = Edge::Side::Before};
  Edge high{.prefix = scan.prefix, .side = Edge::Side::After};
  if (scan.from) {
    low.prefix.push_back(*scan.from);
  } else if (scan.below) {
    low.prefix.emplace_back(Null{});
    low.side = Edge::Side::After;
  }
  if (scan.below) {
    high.prefix.push_back(*scan.below);
    high.side = Edge::Side::Before;
  }
  auto begin = map.lower_bound(low);
  auto end = map.lower_bound(high);
  const bool crossed = begin != map.end() && end != map.end() && map.key_comp()(end->first, begin->first);
  const bool past = begin == map.end();
  return crossed || past ? std::pair(end, end) : std::pair(begin, end);
}

template <class Map, class Visit>
void visit_range(const Map& map, const Scan& scan, Visit visit) {
  auto [begin, end] = range_of(map, scan);
  if (scan.direction == Direction::Forward) {
    while (begin != end && visit(*begin)) ++begin;
    return;
  }
  while (end != begin) {
    --end;
    if (!visit(*end)) return;
  }
}

}  // namespace

Result<void> MemorySnapshot::walk(const Scan& scan, const std::function<bool(const Row&)>& visit) const {
  KURAMORI_CHECK(check_scan(scan));
  const TableData* table = tables_.find(scan.table->name);
  if (table == nullptr) return no_table(*scan.table);
  if (scan.index == nullptr) {
    visit_range(table->rows, scan, [&](const auto& entry) { return visit(entry.second); });
    return {};
  }
  const TableData::IndexData* index = table->find_index(scan.index->name);
  if (index == nullptr) return internal_error("storage: there is no index " + scan.index->name);
  visit_range(index->entries, scan,
              [&](const auto& entry) { return visit(table->rows.find(entry.second)->second); });
  return {};
}

Result<std::optional<Row>> MemorySnapshot::get(const Table& table, const Key& key) {
  KURAMORI_CHECK(check_key(table, key));
  const TableData* data = tables_.find(table.name);
  if (data == nullptr) return no_table(table);
  const auto found = data->rows.find(key);
  return found == data->rows.end() ? std::optional<Row>() : std::optional<Row>(found->second);
}

Result<std::vector<Row>> MemorySnapshot::scan(const Scan& scan) {
  std::vector<Row> rows;
  KURAMORI_CHECK(walk(scan, [&](const Row& row) {
    if (rows.size() < scan.limit) rows.push_back(row);
    return rows.size() < scan.limit;
  }));
  return rows;
}

Result<void> MemorySnapshot::for_each(const Scan& scan, const std::function<bool(Row&&)>& visit) {
  return walk(scan, [&](const Row& row) { return visit(Row(row)); });
}

Result<std::int64_t> MemorySnapshot::count(const Scan& scan) {
  std::int64_t rows = 0;
  KURAMORI_CHECK(walk(scan, [&](const Row&) {
    ++rows;
    return true;
  }));
  return rows;
}

Result<std::int64_t> MemorySnapshot::last(Sequence sequence) {
  return tables_.last[static_cast<std::size_t>(sequence)];
}

}  // namespace kuramori::storage::memory
