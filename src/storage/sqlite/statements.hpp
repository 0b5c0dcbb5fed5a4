// Prepared statements, kept by what they do. Tables and indexes are told apart by address: they live as long
// as the process.
#pragma once
#include <functional>
#include <unordered_map>

#include "storage/sqlite/connection.hpp"

namespace kuramori::storage::sqlite {

class ReadStatements {
 public:
  explicit ReadStatements(Connection& connection) : connection_(connection) {}

  // Calls `use` with the statement; a nested scan of the same shape gets one of its own.
  using Use = std::function<Result<void>(Statement&)>;
  Result<void> with_get(const Table& table, const Use& use);
  Result<void> with_scan(const Scan& scan, const Use& use);
  Result<void> with_count(const Scan& scan, const Use& use);
  Result<void> with_entries(const Scan& scan, const Use& use);  // of a cut of its gathered index
  Result<void> with_last(const Use& use);

 private:
  enum class Kind : std::uint8_t { Get, Scan, Count, Last, Entries };
  struct Shape {
    Kind kind;
    bool from;
    bool below;
    Direction direction;
    std::uint32_t prefix;
    const void* table;
    const void* index;
    friend bool operator==(const Shape&, const Shape&) = default;
  };
  struct ShapeHash {
    std::size_t operator()(const Shape& shape) const;
  };
  static Shape shape_of(Kind kind, const Scan& scan);
  template <class MakeSql>
  Result<void> with(const Shape& shape, const Use& use, MakeSql make_sql);

  Connection& connection_;
  std::unordered_map<Shape, Statement, ShapeHash> statements_;
};

class WriteStatements {
 public:
  explicit WriteStatements(Connection& connection) : connection_(connection) {}
  // Null, with `error` set, when it cannot be prepared.
  Statement* insert(const Table& table);
  Statement* upsert(const Table& table);
  Statement* exists(const Table& table);
  Statement* erase(const Table& table, std::size_t key_columns);
  Error take_error() { return *std::exchange(error_, std::nullopt); }

 private:
  struct OfTable {
    Statement insert, upsert, exists;
    std::vector<Statement> erase;  // by the number of key columns given, from 1
  };
  OfTable& of(const Table& table);
  Statement* ready(Statement& statement, std::string (*make_sql)(const Table&), const Table& table);

  Connection& connection_;
  std::unordered_map<const Table*, OfTable> tables_;
  std::optional<Error> error_;
};

}  // namespace kuramori::storage::sqlite
