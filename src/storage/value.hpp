// What a column holds.
#pragma once
#include <compare>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.hpp"

namespace kuramori::storage {

// The ordered counters of a store. A number is given out when a unit of work takes its place in the order of commits,
// without gaps that a reader could mistake for something still to come.
enum class Sequence : std::uint8_t {
  Stream,  // positions of the one stream
  Audit,   // leaf indexes of the record: from 0
};
constexpr std::size_t kSequences = 2;

// Stands for a number that the commit will give out: the `ordinal`-th (from 0) that this unit takes of the sequence.
struct NextOf {
  Sequence sequence;
  std::uint32_t ordinal;
  friend auto operator<=>(const NextOf&, const NextOf&) = default;
};

using Null = std::monostate;
using Value = std::variant<Null, std::int64_t, std::string, Bytes, NextOf>;
using Row = std::vector<Value>;  // one value per column of the table
using Key = std::vector<Value>;  // values of the leading columns of a primary key or index

inline std::int64_t integer(const Value& v) { return std::get<std::int64_t>(v); }
inline const std::string& text(const Value& v) { return std::get<std::string>(v); }
inline const Bytes& blob(const Value& v) { return std::get<Bytes>(v); }
inline bool is_null(const Value& v) { return std::holds_alternative<Null>(v); }

}  // namespace kuramori::storage
