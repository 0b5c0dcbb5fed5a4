// Entries of a gathered index that are not in its table yet, in memory. One thread adds, others look.
#pragma once
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "base/split_map.hpp"
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

  // All entries in their order are those of one part after the other.
  static constexpr std::size_t kParts = 64;
  std::vector<Entry> sorted_part(std::size_t part) const;

 private:
  // Most texts of an index by id have one row alone.
  struct Rows {
    std::int64_t first;
    std::vector<std::int64_t> more;
  };
  mutable std::mutex mutex_;
  SplitMap<Rows, kParts> rows_;
  std::size_t size_ = 0;
};

// Gives out the entries of a run that gets no more of them, in their order; sorts a part when it comes to it.
class SortedEntries {
 public:
  explicit SortedEntries(std::shared_ptr<const GatheredRun> run) : run_(std::move(run)) {}
  const std::shared_ptr<const GatheredRun>& run() const { return run_; }

  bool at_end() const { return place_.given == run_->size(); }
  const Entry& next();  // requires that it is not at the end
  void keep() { kept_ = place_; }
  void back() { place_ = kept_; }  // to where it was kept

 private:
  struct Place {
    std::size_t part = 0;
    std::size_t entry = 0;  // of the part
    std::size_t given = 0;
  };
  std::shared_ptr<const GatheredRun> run_;
  std::vector<Entry> entries_;
  std::size_t sorted_ = GatheredRun::kParts;  // whose they are; none at first
  Place place_, kept_;
};

}  // namespace kuramori::storage::sqlite
