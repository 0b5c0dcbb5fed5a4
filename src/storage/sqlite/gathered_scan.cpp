// Scans of gathered indexes: cuts of the table and runs in memory, one behind the other.
#include <algorithm>

#include "storage/sqlite/snapshot.hpp"

namespace kuramori::storage::sqlite {
namespace {

constexpr std::size_t kRowsAtATime = 64;

RowRange range_of(const Scan& scan) {
  RowRange range{.first = INT64_MIN, .last = INT64_MAX};
  if (scan.prefix.size() == 2) range.first = range.last = integer(scan.prefix[1]);
  if (scan.from) range.first = integer(*scan.from);
  if (scan.below) {
    const std::int64_t below = integer(*scan.below);
    range = below == INT64_MIN ? RowRange{.first = 0, .last = -1}
                               : RowRange{.first = range.first, .last = below - 1};
  }
  return range;
}

RowRange common(RowRange a, RowRange b) {
  return {.first = std::max(a.first, b.first), .last = std::min(a.last, b.last)};
}

}  // namespace

// One such scan under way.
class SqliteSnapshot::GatheredScan {
 public:
  GatheredScan(SqliteSnapshot& snapshot, const Scan& scan, const GatheredParts& parts, std::int64_t limit,
               const std::function<bool(Row&&)>& visit)
      : snapshot_(snapshot),
        scan_(scan),
        parts_(parts),
        text_(text(scan.prefix[0])),
        fingerprint_(fingerprint_of(text_)),
        column_(scan.table->column(scan.index->columns[0])),
        range_(range_of(scan)),
        left_(limit < 0 ? INT64_MAX : limit),
        visit_(visit) {}

  Result<void> run() {
    const std::size_t count = parts_.cuts.size() + parts_.runs.size();
    for (std::size_t i = 0; i < count && left_ > 0; ++i) {
      const std::size_t part = scan_.direction == Direction::Forward ? i : count - 1 - i;
      if (part < parts_.cuts.size()) {
        KURAMORI_CHECK(visit_cut(part));
      } else {
        KURAMORI_CHECK(visit_run(parts_.runs[part - parts_.cuts.size()]));
      }
    }
    return {};
  }

 private:
  void take(Row&& row) { left_ = visit_(std::move(row)) ? left_ - 1 : 0; }

  Result<void> visit_cut(std::size_t cut) {
    const RowRange range = common(range_, parts_.cuts[cut]);
    if (range.empty()) return {};
    Connection& connection = snapshot_.reader_.connection();
    return snapshot_.reader_.statements().with_entries(scan_, [&](Statement& statement) -> Result<void> {
      statement.bind(1, static_cast<std::int64_t>(cut));
      statement.bind(2, fingerprint_);
      statement.bind(3, range.first);
      statement.bind(4, range.last);
      statement.bind(5, scan_.prefix[0], nullptr);
      statement.bind(6, left_);
      while (left_ > 0) {
        const int rc = statement.step();
        if (rc == SQLITE_DONE) return {};
        if (rc != SQLITE_ROW) return connection.error(rc, "reading table " + scan_.table->name);
        KURAMORI_TRY(row, read_row(statement, *scan_.table));
        take(std::move(row));
      }
      return {};
    });
  }

  Result<void> visit_run(const GatheredParts::InMemory& run) {
    RowRange range = common(range_, run.range);
    while (!range.empty() && left_ > 0) {
      const std::size_t wanted = std::min(kRowsAtATime, static_cast<std::size_t>(left_));
      const auto numbers = run.run->rows(fingerprint_, range, scan_.direction, wanted);
      for (const std::int64_t number : numbers) {
        KURAMORI_TRY(row, snapshot_.get(*scan_.table, {number}));
        // It may be newer than this snapshot, or the number's of another row that was taken back.
        if (row && text((*row)[column_]) == text_) take(*std::move(row));
        if (left_ == 0) return {};
      }
      if (numbers.size() < wanted) return {};
      if (scan_.direction == Direction::Forward) {
        if (numbers.back() == INT64_MAX) return {};
        range.first = numbers.back() + 1;
      } else {
        if (numbers.back() == INT64_MIN) return {};
        range.last = numbers.back() - 1;
      }
    }
    return {};
  }

  SqliteSnapshot& snapshot_;
  const Scan& scan_;
  const GatheredParts& parts_;
  const std::string& text_;
  const std::int64_t fingerprint_;
  const std::size_t column_;
  const RowRange range_;
  std::int64_t left_;
  const std::function<bool(Row&&)>& visit_;
};

Result<void> SqliteSnapshot::walk_gathered(const Scan& scan, std::int64_t limit,
                                           const std::function<bool(Row&&)>& visit) {
  const auto parts = gathered_.find(scan.index);
  if (parts == gathered_.end())
    return internal_error("storage: index " + scan.index->name + " is read before the migrations ran");
  return GatheredScan(*this, scan, parts->second, limit, visit).run();
}

}  // namespace kuramori::storage::sqlite
