// How segments become fewer. New events are joined with the newest small segments at once; larger segments
// are merged when they are of about one size, chunk by chunk, so that neither memory nor a transaction grows
// with them.
#pragma once
#include "search/batch.hpp"

namespace kuramori::search {

constexpr std::int64_t kDocumentsMax = 400'000;  // of one segment

// A new segment of the batch, and of the small segments that it takes in; the segments that there are then.
Result<std::vector<Segment>> write_batch(storage::Snapshot& snapshot, storage::UnitOfWork& work,
                                         const RoomBatch& batch, const std::vector<Segment>& segments,
                                         Random& random);

// The oldest of the newest segments that should be one; the last of all when nothing is to be merged. At
// once: those of about one size. At leisure: as few as possible without rewriting much for little.
enum class Merging : std::uint8_t { AtOnce, AtLeisure };
std::size_t first_to_merge(std::span<const Segment> segments, Merging when = Merging::AtOnce);

class Merge {
 public:
  // `merged`: the newest segments of the room, oldest first.
  Merge(const RoomIndex& index, std::span<const Segment> merged, bool has_older);
  // Adds the next part to `work`, to be committed before the next step; true when that was the last.
  Result<bool> step(storage::Snapshot& snapshot, storage::UnitOfWork& work, Random& random);

 private:
  Result<std::vector<Posting>> postings_of(storage::Snapshot& snapshot, std::size_t segment) const;

  const RoomIndex& index_;
  const std::vector<Segment> merged_;
  std::vector<std::vector<std::int64_t>> removed_later_;  // for each of them, by newer ones
  Segment result_;
  std::uint64_t bucket_ = 0;
};

}  // namespace kuramori::search
