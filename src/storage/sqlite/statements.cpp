#include "storage/sqlite/statements.hpp"

#include "storage/sqlite/sql.hpp"

namespace kuramori::storage::sqlite {

std::size_t ReadStatements::ShapeHash::operator()(const Shape& shape) const {
  const auto small = static_cast<std::size_t>(shape.kind) | (shape.from ? 8U : 0U) |
                     (shape.below ? 16U : 0U) | (shape.direction == Direction::Backward ? 32U : 0U) |
                     (static_cast<std::size_t>(shape.prefix) << 6U);
  return (std::hash<const void*>{}(shape.table) * 31 + std::hash<const void*>{}(shape.index)) * 31 + small;
}

ReadStatements::Shape ReadStatements::shape_of(Kind kind, const Scan& scan) {
  return {.kind = kind,
          .from = scan.from.has_value(),
          .below = scan.below.has_value(),
          .direction = scan.direction,
          .prefix = static_cast<std::uint32_t>(scan.prefix.size()),
          .table = scan.table,
          .index = scan.index};
}

template <class MakeSql>
Result<void> ReadStatements::with(const Shape& shape, const Use& use, MakeSql make_sql) {
  // Nodes of the map stay where they are while others are added.
  Statement& kept = statements_[shape];
  if (!kept) {
    KURAMORI_TRY(prepared, connection_.prepare(make_sql()));
    kept = std::move(prepared);
  }
  if (!kept.busy()) {
    const Running running(kept);
    return use(kept);
  }
  KURAMORI_TRY(own, connection_.prepare(make_sql()));
  return use(own);
}

Result<void> ReadStatements::with_get(const Table& table, const Use& use) {
  return with(shape_of(Kind::Get, {.table = &table}), use, [&] { return get_sql(table); });
}

Result<void> ReadStatements::with_scan(const Scan& scan, const Use& use) {
  return with(shape_of(Kind::Scan, scan), use, [&] { return scan_sql(scan); });
}

Result<void> ReadStatements::with_count(const Scan& scan, const Use& use) {
  return with(shape_of(Kind::Count, scan), use, [&] { return count_sql(scan); });
}

Result<void> ReadStatements::with_entries(const Scan& scan, const Use& use) {
  const Scan shape{.table = scan.table, .index = scan.index, .direction = scan.direction};
  return with(shape_of(Kind::Entries, shape), use, [&] { return entries_sql(scan); });
}

Result<void> ReadStatements::with_last(const Use& use) {
  return with(shape_of(Kind::Last, {}), use, [] { return "SELECT last FROM sequences WHERE number=?"; });
}

WriteStatements::OfTable& WriteStatements::of(const Table& table) {
  return tables_[&table];
}

Statement* WriteStatements::ready(Statement& statement, std::string (*make_sql)(const Table&),
                                  const Table& table) {
  if (statement) return &statement;
  auto prepared = connection_.prepare(make_sql(table));
  if (!prepared) {
    error_ = std::move(prepared).error();
    return nullptr;
  }
  statement = *std::move(prepared);
  return &statement;
}

Statement* WriteStatements::insert(const Table& table) {
  return ready(of(table).insert, insert_sql, table);
}
Statement* WriteStatements::upsert(const Table& table) {
  return ready(of(table).upsert, upsert_sql, table);
}
Statement* WriteStatements::exists(const Table& table) {
  return ready(of(table).exists, exists_sql, table);
}

Statement* WriteStatements::erase(const Table& table, std::size_t key_columns) {
  std::vector<Statement>& statements = of(table).erase;
  if (statements.size() < key_columns) statements.resize(key_columns);
  Statement& statement = statements[key_columns - 1];
  if (statement) return &statement;
  auto prepared = connection_.prepare(erase_sql(table, key_columns));
  if (!prepared) {
    error_ = std::move(prepared).error();
    return nullptr;
  }
  statement = *std::move(prepared);
  return &statement;
}

}  // namespace kuramori::storage::sqlite
