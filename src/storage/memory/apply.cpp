// What changes the tables: mutations of a unit and changes of the schema.
#include <algorithm>

#include "storage/memory/tables.hpp"

namespace kuramori::storage::memory {
namespace {

Error no_table(std::string_view name) {
  return internal_error("storage: there is no table " + std::string(name));
}

std::vector<Value> resolved(std::vector<Value> values, const CommitReceipt& receipt) {
  for (Value& value : values) {
    if (const auto* placeholder = std::get_if<NextOf>(&value)) value = receipt.of(*placeholder);
  }
  return values;
}

// Applies one mutation after the other and remembers how to take each back.
class Application {
 public:
  Application(Tables& tables, const CommitReceipt& receipt) : tables_(tables), receipt_(receipt) {}

  Result<void> operator()(const Insert& m) {
    return store(*m.table, resolved(m.row, receipt_), Existing::Refused);
  }
  Result<void> operator()(const Upsert& m) {
    return store(*m.table, resolved(m.row, receipt_), Existing::Replaced);
  }

  Result<void> operator()(const Erase& m) {
    TableData* table = tables_.writable(m.table->name);
    if (table == nullptr) return no_table(m.table->name);
    const Key prefix = resolved(m.key, receipt_);
    std::vector<Row> gone;
    const auto end = table->rows.upper_bound(Edge{.prefix = prefix, .side = Edge::Side::After});
    for (auto row = table->rows.lower_bound(Edge{.prefix = prefix}); row != end; ++row)
      gone.push_back(row->second);
    for (Row& row : gone) {
      table->remove(table->key_of(row));
      undo_.push_back({.table = m.table->name, .key = {}, .before = std::move(row)});
    }
    return {};
  }

  Result<void> operator()(const Expect& m) {
    const TableData* table = tables_.find(m.table->name);
    if (table == nullptr) return no_table(m.table->name);
    if (table->rows.contains(resolved(m.key, receipt_)) == m.exists) return {};
    return conflict(*m.table, m.exists ? "an expected row is missing" : "a row is there that should not be");
  }

  void take_back() {
    for (auto step = undo_.rbegin(); step != undo_.rend(); ++step) {
      TableData* table = tables_.writable(step->table);
      if (step->before) {
        table->put(std::move(*step->before));
      } else {
        table->remove(step->key);
      }
    }
  }

 private:
  enum class Existing : bool { Refused, Replaced };
  struct Undo {
    std::string table;
    Key key;
    std::optional<Row> before;
  };

  Result<void> store(const Table& description, Row row, Existing existing) {
    TableData* table = tables_.writable(description.name);
    if (table == nullptr) return no_table(description.name);
    if (row.size() != table->columns.size())
      return internal_error("storage: a row of another width than its table");
    Key key = table->key_of(row);
    const auto found = table->rows.find(key);
    if (found != table->rows.end() && existing == Existing::Refused)
      return conflict(description, "the key exists");
    if (const auto* index = table->violated(row))
      return conflict(description, "unique index " + index->index.name);
    std::optional<Row> before;
    if (found != table->rows.end()) before = found->second;
    undo_.push_back({.table = description.name, .key = std::move(key), .before = std::move(before)});
    table->put(std::move(row));
    return {};
  }

  Tables& tables_;
  const CommitReceipt& receipt_;
  std::vector<Undo> undo_;
};

struct Change {
  Tables& tables;

  Result<void> operator()(const CreateTable& change) const {
    const Table& table = *change.table;
    if (tables.find(table.name) != nullptr) return internal_error("storage: table " + table.name + " exists");
    auto data = std::make_shared<TableData>();
    data->columns = table.columns;
    data->key_columns = table.key_columns;
    for (const Index& index : table.indexes) data->add_index(index);
    tables.by_name.emplace(table.name, std::move(data));
    return {};
  }

  Result<void> operator()(const AddColumn& change) const {
    TableData* table = tables.writable(change.table);
    if (table == nullptr) return no_table(change.table);
    const auto same = std::ranges::find(table->columns, change.column.name, &Column::name);
    if (same != table->columns.end()) {
      if (same->type == change.column.type && same->nullable == change.column.nullable) return {};
      return internal_error("storage: column " + change.column.name + " exists with another type");
    }
    table->columns.push_back(change.column);
    for (auto& [key, row] : table->rows) row.emplace_back(Null{});
    return {};
  }

  Result<void> operator()(const CreateIndex& change) const {
    TableData* table = tables.writable(change.table);
    if (table == nullptr) return no_table(change.table);
    if (change.index.entries == Entries::Gathered)
      std::erase_if(table->indexes, [&](const auto& i) { return i.index.name == change.index.name; });
    if (const auto* same = table->find_index(change.index.name)) {
      if (same->index.columns == change.index.columns && same->index.unique == change.index.unique) return {};
      return internal_error("storage: index " + change.index.name + " exists with another definition");
    }
    for (const std::string& name : change.index.columns) {
      if (std::ranges::find(table->columns, name, &Column::name) == table->columns.end()) {
        return internal_error("storage: index " + change.index.name + " over a column that is not there");
      }
    }
    table->add_index(change.index);
    const bool doubled = std::ranges::any_of(
        table->rows, [&](const auto& entry) { return table->violated(entry.second) != nullptr; });
    if (doubled)
      return internal_error("storage: unique index " + change.index.name + " over rows that repeat");
    return {};
  }

  Result<void> operator()(const DropTable& change) const {
    if (tables.by_name.erase(change.table) == 0) return no_table(change.table);
    return {};
  }
};

}  // namespace

Result<void> apply_mutations(Tables& tables, const UnitOfWork& work, const CommitReceipt& receipt) {
  Application application(tables, receipt);
  for (const Mutation& mutation : work.mutations()) {
    if (auto done = std::visit(application, mutation); !done) {
      application.take_back();
      return done;
    }
  }
  return {};
}

Result<void> apply_change(Tables& tables, const SchemaChange& change) {
  return std::visit(Change{tables}, change);
}

}  // namespace kuramori::storage::memory
