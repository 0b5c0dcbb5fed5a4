// Entries of a gathered index that are not in its table yet, in memory. One thread adds, others look.
#pragma once
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <limits>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "storage/store.hpp"

namespace kuramori::storage::sqlite {

// Of an indexed text. Texts that share one are told apart by their rows.
std::int64_t fingerprint_of(std::string_view text);

// `row`: the number that is the row's key.
struct Entry {
  std::int64_t fingerprint;
  std::int64_t row;
  friend auto operator<=>(const Entry&, const Entry&) = default;
};

inline constexpr std::int64_t kNoRow = std::numeric_limits<std::int64_t>::min();  // before every other

// Rows from `first` to `last`, both included.
struct RowRange {
  std::int64_t first;
  std::int64_t last;
  bool empty() const { return last < first; }
};

class GatheredRun {
 public:
  void add(Entry entry);
  // Numbers of rows in the order of `direction`, at most `limit`.
  std::vector<std::int64_t> rows(std::int64_t fingerprint, RowRange range, Direction direction,
                                 std::size_t limit) const;
  std::size_t size() const;
  std::vector<Entry> sorted() const;

 private:
  // Most texts of an index by id have one row alone.
  struct Rows {
    std::int64_t first;
    std::vector<std::int64_t> more;
  };
  mutable std::mutex mutex_;
  boost::unordered_flat_map<std::int64_t, Rows> rows_;
  std::size_t size_ = 0;
};

}  // namespace kuramori::storage::sqlite
