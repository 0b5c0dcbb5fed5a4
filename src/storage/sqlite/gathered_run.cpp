#include "storage/sqlite/gathered_run.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "crypto/short_hash.hpp"

namespace kuramori::storage::sqlite {

std::int64_t fingerprint_of(std::string_view text) {
  // The key is no secret: what is kept under a fingerprint is compared in full before it is given out.
  static const crypto::ShortHash hash{crypto::SecretKey(std::array<std::uint8_t, 32>{})};
  return static_cast<std::int64_t>(hash(text));
}

void GatheredRun::add(Entry entry) {
  const std::lock_guard lock(mutex_);
  const auto [place, is_new] =
      rows_.part_of(entry.fingerprint).try_emplace(entry.fingerprint, Rows{.first = entry.row, .more = {}});
  if (!is_new) {
    Rows& rows = place->second;
    const std::int64_t newest = rows.more.empty() ? rows.first : rows.more.back();
    if (entry.row > newest) {
      rows.more.push_back(entry.row);
    } else if (entry.row == rows.first || std::ranges::binary_search(rows.more, entry.row)) {
      return;  // a transaction that is repeated
    } else {
      rows.more.insert(std::ranges::lower_bound(rows.more, entry.row), entry.row);
      if (rows.more.front() < rows.first) std::swap(rows.more.front(), rows.first);
    }
  }
  ++size_;
}

std::vector<std::int64_t> GatheredRun::rows(std::int64_t fingerprint, RowRange range, Direction direction,
                                            std::size_t limit) const {
  std::vector<std::int64_t> found;
  const std::lock_guard lock(mutex_);
  const auto& part = rows_.part_of(fingerprint);
  const auto place = part.find(fingerprint);
  if (place == part.end()) return found;
  const Rows& rows = place->second;
  const bool has_first = range.first <= rows.first && rows.first <= range.last;
  const auto begin = std::ranges::lower_bound(rows.more, range.first);
  const auto end = std::upper_bound(begin, rows.more.end(), range.last);
  const auto there = static_cast<std::size_t>(end - begin);
  found.reserve(std::min(limit, there + 1));
  if (direction == Direction::Forward) {
    if (has_first && limit > 0) found.push_back(rows.first);
    const std::size_t count = std::min(there, limit - found.size());
    found.insert(found.end(), begin, begin + static_cast<std::ptrdiff_t>(count));
  } else {
    const std::size_t count = std::min(there, limit);
    found.insert(found.end(), std::reverse_iterator(end),
                 std::reverse_iterator(end) + static_cast<std::ptrdiff_t>(count));
    if (has_first && found.size() < limit) found.push_back(rows.first);
  }
  return found;
}

std::size_t GatheredRun::size() const {
  const std::lock_guard lock(mutex_);
  return size_;
}

std::vector<Entry> GatheredRun::sorted_part(std::size_t part) const {
  std::vector<Entry> entries;
  const std::lock_guard lock(mutex_);
  for (const auto& [fingerprint, rows] : rows_.part(part)) {
    entries.push_back({.fingerprint = fingerprint, .row = rows.first});
    for (const std::int64_t row : rows.more) entries.push_back({.fingerprint = fingerprint, .row = row});
  }
  std::ranges::sort(entries);
  return entries;
}

const Entry& SortedEntries::next() {
  for (;; ++place_.part, place_.entry = 0) {
    ensure(place_.part < GatheredRun::kParts, "asked for an entry behind the last");
    if (sorted_ != place_.part) {
      entries_ = run_->sorted_part(place_.part);
      sorted_ = place_.part;
    }
    if (place_.entry < entries_.size()) break;
  }
  ++place_.given;
  return entries_[place_.entry++];
}

}  // namespace kuramori::storage::sqlite
