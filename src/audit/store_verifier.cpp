#include "audit/store_verifier.hpp"

#include <algorithm>
#include <unordered_map>

#include "audit/entry_format.hpp"
#include "audit/retention.hpp"

namespace kuramori::audit::detail {
namespace {

constexpr std::size_t kMismatchesMax = 10'000;
constexpr std::size_t kCheckpointsAhead = 256;

std::string entry_name(std::uint64_t index) {
  return "entry " + std::to_string(index);
}
std::string entries_name(std::uint64_t first, std::uint64_t last) {
  return first == last ? entry_name(first)
                       : "entries " + std::to_string(first) + " to " + std::to_string(last);
}

}  // namespace

void StoreVerifier::found(FindingKind kind, std::uint64_t first, std::uint64_t last, std::string text) {
  report_.findings.add({.kind = kind, .first = first, .last = last, .line = 0, .text = std::move(text)});
}

void StoreVerifier::take_outside_checkpoints() {
  for (const std::string& note : options_.checkpoints) {
    const Result<SignedCheckpoint> opened = open_checkpoint(note, options_.key);
    if (!opened) {
      found(FindingKind::BadSignature, 0, 0,
            "A checkpoint from outside the store: " + opened.error().message());
      continue;
    }
    ++report_.checkpoints;
    outside_.push_back(opened->checkpoint);
  }
  std::ranges::sort(outside_, {}, [](const Checkpoint& checkpoint) { return checkpoint.head.size; });
}

Result<void> StoreVerifier::begin(storage::Snapshot& snapshot) {
  if (options_.organisation) authenticator_.emplace(*options_.organisation);
  KURAMORI_TRY(entries, entry_count(snapshot));
  KURAMORI_TRY(last_given, snapshot.last(storage::Sequence::Audit));
  report_.entries = std::max(entries, static_cast<std::uint64_t>(last_given + 1));
  take_outside_checkpoints();
  if (!outside_.empty()) report_.newest = outside_.back();
  KURAMORI_TRY(row, newest_checkpoint(snapshot));
  if (row) {
    // Kept here as well: the log drops it from the store when it signs the next.
    const Result<SignedCheckpoint> opened = open_checkpoint(row->note, options_.key);
    if (opened) {
      outside_.push_back(opened->checkpoint);
      std::ranges::sort(outside_, {}, [](const Checkpoint& c) { return c.head.size; });
      if (!report_.newest || report_.newest->head.size < opened->checkpoint.head.size) {
        report_.newest = opened->checkpoint;
      }
    }
  }
  if (report_.newest) target_ = report_.newest->head.size;
  return {};
}

Result<void> StoreVerifier::load_checkpoints(storage::Snapshot& snapshot) {
  if (inside_ended_ || inside_next_ < inside_.size()) return {};
  KURAMORI_TRY(rows, checkpoints_from(snapshot, inside_from_, kCheckpointsAhead));
  inside_ = std::move(rows);
  inside_next_ = 0;
  inside_ended_ = inside_.size() < kCheckpointsAhead;
  if (!inside_.empty()) inside_from_ = inside_.back().size + 1;
  return {};
}

Result<bool> StoreVerifier::step(storage::Snapshot& snapshot) {
  tile_index_.reset();  // the edge may have grown since the last snapshot
  std::size_t taken = 0;
  Result<void> failed;
  const auto visit = [&](storage::Row&& row) {
    const EntryRow entry = to_entry(std::move(row));
    if (entry.index >= report_.entries) return false;  // written since we began
    while (next_ < entry.index) {
      Result<bool> filled = take_missing(snapshot);
      if (!filled) {
        failed = std::move(filled).error();
        return false;
      }
    }
    close_missing();
    failed = take_entry(snapshot, entry);
    return failed.has_value() && ++taken < options_.entries_per_snapshot;
  };
  KURAMORI_CHECK(snapshot.for_each(entries_from(next_, options_.entries_per_snapshot), visit));
  KURAMORI_CHECK(failed);
  if (options_.progress) options_.progress(std::min(next_, report_.entries), report_.entries);
  if (taken == options_.entries_per_snapshot) return true;

  while (next_ < std::max(report_.entries, target_)) {
    KURAMORI_CHECK(take_missing(snapshot));
  }
  close_missing();
  // What is left claims to cover more than there is.
  KURAMORI_CHECK(load_checkpoints(snapshot));
  while (inside_next_ < inside_.size()) {
    const CheckpointRow& row = inside_[inside_next_++];
    if (!open_checkpoint(row.note, options_.key)) {
      found(FindingKind::BadSignature, row.size, row.size,
            "The checkpoint of size " + std::to_string(row.size) + " is not signed by " + options_.key.name +
                ".");
    }
    KURAMORI_CHECK(load_checkpoints(snapshot));
  }
  return false;
}

// The leaf hash in the stored tile; nothing where there is none.
Result<std::optional<Hash>> StoreVerifier::tile_leaf(storage::Snapshot& snapshot, std::uint64_t index) {
  const std::uint64_t wanted = index / kTileWidth;
  if (tile_index_ != wanted) {
    tile_.clear();
    tile_index_ = wanted;
    Result<std::vector<Hash>> loaded = tiles_of(snapshot)(0, wanted);
    if (loaded) {
      tile_ = *std::move(loaded);
    } else if (loaded.error().code() != ErrorCode::NotFound && loaded.error().code() != ErrorCode::Corrupt) {
      return std::move(loaded).error();
    }
    const std::uint64_t begin = wanted * kTileWidth;
    const std::uint64_t covered = target_ <= begin ? 0 : std::min<std::uint64_t>(target_ - begin, kTileWidth);
    // Each snapshot reads the tile at its beginning again; it is reported once, at its first entry.
    if (tile_.size() < covered && index == begin) {
      found(FindingKind::Inconsistent, begin, begin + covered - 1,
            "The tile " + TileAddress{.index = wanted}.to_path() + " is missing or too short.");
    }
  }
  const auto position = static_cast<std::size_t>(index % kTileWidth);
  if (position >= tile_.size()) return std::optional<Hash>();
  return std::optional(tile_[position]);
}

Result<void> StoreVerifier::take_entry(storage::Snapshot& snapshot, const EntryRow& entry) {
  const Hash leaf = leaf_hash(entry.bytes);
  KURAMORI_TRY(tile, tile_leaf(snapshot, entry.index));
  if (tile && *tile != leaf) {
    if (!entries_tree_) entries_tree_ = tree_;
    if (mismatches_.size() < kMismatchesMax) mismatches_.push_back({entry.index, leaf, *tile});
  } else {
    check_content(entry, leaf);
  }
  return feed(snapshot, tile.value_or(leaf), leaf);
}

void StoreVerifier::check_content(const EntryRow& entry, const Hash& leaf) {
  if (authenticator_ && !authenticator_->verify(leaf, entry.mac)) {
    found(FindingKind::Forged, entry.index, entry.index,
          entry_name(entry.index) + " was not written by this server: its authentication code is wrong.");
    return;
  }
  const Result<StoredEntry> parsed = parse_entry(entry.bytes);
  if (!parsed) {
    found(FindingKind::Malformed, entry.index, entry.index,
          entry_name(entry.index) + " is not in canonical form.");
    return;
  }
  if (to_unix_ms(parsed->time) != entry.time_ms || static_cast<std::int64_t>(parsed->kind) != entry.kind) {
    found(FindingKind::Inconsistent, entry.index, entry.index,
          "The time or kind column of " + entry_name(entry.index) + " was changed.");
  }
  if (const auto expired = expired_by(*parsed)) expired_ = std::max(expired_, *expired);
}

// The entry expected next is not there: its hash is taken from the tile, so that what follows can still be
// verified.
Result<bool> StoreVerifier::take_missing(storage::Snapshot& snapshot) {
  missing_ = missing_ ? std::pair(missing_->first, next_) : std::pair(next_, next_);
  KURAMORI_TRY(tile, tile_leaf(snapshot, next_));
  if (!tile) {
    broken_ = true;
    ++next_;
    return false;
  }
  KURAMORI_CHECK(feed(snapshot, *tile, *tile));
  return true;
}

void StoreVerifier::close_missing() {
  if (!missing_) return;
  const auto [first, last] = *missing_;
  missing_.reset();
  if (last + 1 >= std::max(report_.entries, target_)) {
    found(FindingKind::Truncated, first, last,
          "The record was cut back: " + entries_name(first, last) +
              ", covered by a signed checkpoint, are gone.");
  } else if (first == 0) {
    missing_prefix_ = last + 1;
  } else {
    found(FindingKind::Missing, first, last, entries_name(first, last) + " of the record are gone.");
  }
}

Result<void> StoreVerifier::feed(storage::Snapshot& snapshot, const Hash& tile, const Hash& entry) {
  ++next_;
  if (broken_) return {};
  tree_.add(tile);
  if (entries_tree_) entries_tree_->add(entry);
  if (upper_comparable_) {
    std::vector<Tile> completed;
    upper_.add(tile, completed);
    for (const Tile& full : completed) KURAMORI_CHECK(compare_upper_tile(snapshot, full));
  }
  KURAMORI_CHECK(load_checkpoints(snapshot));
  compare_checkpoints(snapshot);
  return {};
}

Result<void> StoreVerifier::compare_upper_tile(storage::Snapshot& snapshot, const Tile& tile) {
  // Tiles of what no checkpoint covers yet may not be there.
  if (tile.level == 0 || next_ > target_) return {};
  const Result<std::vector<Hash>> stored = tiles_of(snapshot)(tile.level, tile.index);
  if (stored && stored->size() >= tile.hashes.size() &&
      std::ranges::equal(tile.hashes, std::span(*stored).first(tile.hashes.size()))) {
    return {};
  }
  const TileAddress address{.level = tile.level, .index = tile.index, .width = tile.hashes.size()};
  found(FindingKind::Inconsistent, 0, 0,
        "The tile " + address.to_path() + " contradicts the tiles below it.");
  return {};
}

void StoreVerifier::compare_checkpoints(storage::Snapshot& snapshot) {
  for (; inside_next_ < inside_.size() && inside_[inside_next_].size <= next_; ++inside_next_) {
    const CheckpointRow& row = inside_[inside_next_];
    const Result<SignedCheckpoint> opened = open_checkpoint(row.note, options_.key);
    if (!opened || opened->checkpoint.head.size != row.size) {
      found(FindingKind::BadSignature, row.size, row.size,
            "The checkpoint of size " + std::to_string(row.size) + " is not signed by " + options_.key.name +
                ".");
      continue;
    }
    ++report_.checkpoints;
    if (row.size == next_) compare_checkpoint(snapshot, opened->checkpoint.head, "in the store");
  }
  for (; outside_next_ < outside_.size() && outside_[outside_next_].head.size <= next_; ++outside_next_) {
    const TreeHead& head = outside_[outside_next_].head;
    if (head.size == next_) compare_checkpoint(snapshot, head, "kept outside the store");
  }
}

void StoreVerifier::compare_checkpoint(storage::Snapshot& snapshot, const TreeHead& head,
                                       std::string_view where) {
  if (diverged_) return;
  if (tree_.root() == head.root) {
    report_.verified = head.size;
    resolve_as_altered();
    drop_fork();
    if (head.size != target_ || !upper_comparable_ || std::exchange(edge_compared_, true)) return;
    for (unsigned level = 1; level < kTileLevels; ++level) {
      const Tile edge = upper_.partial(level);
      if (!edge.hashes.empty()) static_cast<void>(compare_upper_tile(snapshot, edge));
    }
  } else if (entries_tree_ && entries_tree_->root() == head.root) {
    report_.verified = head.size;
    tree_ = *entries_tree_;
    resolve_as_tiles();
    drop_fork();
    upper_comparable_ = false;
  } else {
    found(FindingKind::Altered, report_.verified, head.size - 1,
          "Among " + entries_name(report_.verified, head.size - 1) +
              " something was altered: they do not hash to the checkpoint of size " +
              std::to_string(head.size) + " " + std::string(where) + ".");
    resolve_as_altered();
    diverged_ = true;
  }
}

void StoreVerifier::resolve_as_altered() {
  std::unordered_map<std::string_view, std::uint64_t>
      recorded;  // the hash that a place should hold → the place
  for (const Mismatch& mismatch : mismatches_) recorded.emplace(as_text(mismatch.tile), mismatch.index);
  for (const Mismatch& mismatch : mismatches_) {
    const auto origin = recorded.find(as_text(mismatch.entry));
    if (origin != recorded.end()) {
      found(FindingKind::Reordered, mismatch.index, mismatch.index,
            entry_name(mismatch.index) + " holds what was recorded as " + entry_name(origin->second) + ".");
    } else {
      found(FindingKind::Altered, mismatch.index, mismatch.index,
            entry_name(mismatch.index) + " was altered: it is not what was recorded.");
    }
  }
  mismatches_.clear();
}

void StoreVerifier::resolve_as_tiles() {
  for (const Mismatch& mismatch : mismatches_) {
    const TileAddress address{.index = mismatch.index / kTileWidth};
    found(FindingKind::Inconsistent, mismatch.index, mismatch.index,
          "The tile " + address.to_path() + " was altered: its hash of " + entry_name(mismatch.index) +
              " is wrong.");
  }
  mismatches_.clear();
}

void StoreVerifier::drop_fork() {
  entries_tree_.reset();
}

StoreReport StoreVerifier::finish() {
  resolve_as_altered();
  if (missing_prefix_) {
    report_.expired = std::min(*missing_prefix_, expired_);
    if (*missing_prefix_ > expired_) {
      found(FindingKind::Missing, expired_, *missing_prefix_ - 1,
            entries_name(expired_, *missing_prefix_ - 1) +
                " of the record are gone, and no retention explains it.");
    }
  }
  if (broken_ && report_.verified < target_) {
    found(FindingKind::Inconsistent, report_.verified, target_ - 1,
          entries_name(report_.verified, target_ - 1) +
              " cannot be verified: hashes before or among them are gone.");
  }
  return std::move(report_);
}

}  // namespace kuramori::audit::detail
