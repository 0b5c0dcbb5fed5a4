#include "search/merging.hpp"

#include <algorithm>

#include "search/tables.hpp"

namespace kuramori::search {
namespace {

// Always taken in. What is larger is rewritten when the new segment has a third of its size, so that an event
// that comes alone costs no rewriting of hundreds of others.
constexpr std::int64_t kSmall = 32;
constexpr std::int64_t kTakenInMax = 8'192;  // documents of a segment that is written in one go
constexpr std::int64_t kRatio = 3;           // segments of about one size
constexpr std::int64_t kRatioAtLeisure = 16;
constexpr std::int64_t kUnitOctets = 1'048'576;  // of one part of a merge

std::vector<std::int64_t> united(const std::vector<std::int64_t>& a, const std::vector<std::int64_t>& b) {
  std::vector<std::int64_t> all;
  std::ranges::set_union(a, b, std::back_inserter(all));
  return all;
}

void drop(std::vector<Posting>& postings, const std::vector<std::int64_t>& removed) {
  if (removed.empty()) return;
  std::erase_if(postings, [&](const Posting& p) { return std::ranges::binary_search(removed, p.position); });
}

}  // namespace

Result<std::vector<Segment>> write_batch(storage::Snapshot& snapshot, storage::UnitOfWork& work,
                                         const RoomBatch& batch, const std::vector<Segment>& segments,
                                         Random& random) {
  const RoomIndex& index = batch.index();
  std::vector<Posting> postings = batch.postings();
  Segment written{.generation = segments.empty() ? 1 : segments.back().generation + 1,
                  .documents = batch.documents(),
                  .removed = batch.removed()};
  std::size_t first = segments.size();
  for (; first > 0; --first) {
    const Segment& older = segments[first - 1];
    const bool is_small = older.documents < kSmall || older.documents < kRatio * written.documents;
    if (!is_small || older.documents + written.documents > kTakenInMax) break;
    KURAMORI_TRY(taken_in, index.all_postings(snapshot, older));
    drop(taken_in, written.removed);
    std::vector<Posting> both;  // as they are: in order
    both.reserve(postings.size() + taken_in.size());
    std::ranges::merge(postings, taken_in, std::back_inserter(both));
    postings = std::move(both);
    written.documents += older.documents;
    written.removed = united(written.removed, older.removed);
    index.erase(work, older.generation);
  }
  if (first == 0) written.removed.clear();
  index.write(work, written, postings, random);
  std::vector<Segment> now(segments.begin(), segments.begin() + static_cast<std::ptrdiff_t>(first));
  now.push_back(std::move(written));
  return now;
}

std::size_t first_to_merge(std::span<const Segment> segments, Merging when) {
  if (segments.empty()) return 0;
  const std::int64_t ratio = when == Merging::AtOnce ? kRatio : kRatioAtLeisure;
  std::size_t first = segments.size() - 1;
  std::int64_t documents = segments[first].documents;
  while (first > 0) {
    const std::int64_t older = segments[first - 1].documents;
    if (older > ratio * documents || older + documents > kDocumentsMax) break;
    documents += older;
    --first;
  }
  return first;
}

Merge::Merge(const RoomIndex& index, std::span<const Segment> merged, bool has_older)
    : index_(index), merged_(merged.begin(), merged.end()), removed_later_(merged.size()) {
  std::vector<std::int64_t> removed;
  for (std::size_t i = merged_.size(); i-- > 0;) {
    removed_later_[i] = removed;
    removed = united(removed, merged_[i].removed);
    result_.documents += merged_[i].documents;
    result_.octets += merged_[i].octets;
  }
  result_.generation = merged_.back().generation + 1;
  result_.bits = bits_for(result_.octets);
  result_.octets = 0;
  if (has_older) result_.removed = std::move(removed);
}

// Those of the segment that belong into the bucket under way.
Result<std::vector<Posting>> Merge::postings_of(storage::Snapshot& snapshot, std::size_t number) const {
  const Segment& segment = merged_[number];
  std::uint64_t first = bucket_;
  std::uint64_t count = 1;
  if (segment.bits <= result_.bits) {
    first >>= result_.bits - segment.bits;
  } else {
    first <<= segment.bits - result_.bits;
    count <<= segment.bits - result_.bits;
  }
  std::vector<Posting> postings;
  for (std::uint64_t bucket = first; bucket < first + count; ++bucket) {
    KURAMORI_TRY(plain, index_.chunk(snapshot, segment, bucket));
    KURAMORI_TRY(part, decode_chunk(plain));
    postings.insert(postings.end(), part.begin(), part.end());
  }
  std::erase_if(postings, [&](const Posting& p) { return bucket_of(p.token, result_.bits) != bucket_; });
  drop(postings, removed_later_[number]);
  return postings;
}

Result<bool> Merge::step(storage::Snapshot& snapshot, storage::UnitOfWork& work, Random& random) {
  constexpr std::size_t kSealed = 3;
  if (bucket_ == 0) work.erase(kChunks, {index_.room().str(), result_.generation});
  const std::uint64_t buckets = std::uint64_t{1} << result_.bits;
  std::int64_t octets = 0;
  for (; bucket_ < buckets && octets < kUnitOctets; ++bucket_) {
    std::vector<Posting> postings;
    for (std::size_t i = 0; i < merged_.size(); ++i) {
      KURAMORI_TRY(part, postings_of(snapshot, i));
      postings.insert(postings.end(), part.begin(), part.end());
    }
    if (postings.empty()) continue;
    std::ranges::sort(postings);
    storage::Row row = index_.chunk_row(result_.generation, bucket_, encode_chunk(postings), random);
    octets += static_cast<std::int64_t>(storage::blob(row[kSealed]).size());
    work.upsert(kChunks, std::move(row));
  }
  result_.octets += octets;
  if (bucket_ < buckets) return false;
  work.upsert(kSegments, index_.segment_row(result_, random));
  for (const Segment& segment : merged_) index_.erase(work, segment.generation);
  return true;
}

}  // namespace kuramori::search
