#include "search/segment.hpp"

#include <algorithm>
#include <limits>

#include "crypto/key_tree.hpp"
#include "search/tables.hpp"

namespace kuramori::search {
namespace {

enum SegmentColumn : std::uint8_t { kRoom, kGeneration, kDocuments, kBits, kOctets, kRemoved };
constexpr std::size_t kSealedColumn = 3;

constexpr std::int64_t kChunkOctets = 8'192;
constexpr unsigned kBitsMax = 16;
static_assert(kBitsMax <= kSharedBitsMin, "a range lies in one chunk");

void drop_removed(std::vector<Hit>& hits, const std::vector<std::int64_t>& removed) {
  if (removed.empty()) return;
  std::erase_if(hits, [&](const Hit& hit) { return std::ranges::binary_search(removed, hit.position); });
}

void add_removed(std::vector<std::int64_t>& to, const std::vector<std::int64_t>& more) {
  if (more.empty()) return;
  to.insert(to.end(), more.begin(), more.end());
  std::ranges::sort(to);
}

}  // namespace

unsigned bits_for(std::int64_t octets) {
  unsigned bits = 0;
  while (bits < kBitsMax && (octets >> bits) > kChunkOctets) ++bits;
  return bits;
}

RoomIndex::RoomIndex(RoomId room, const crypto::SecretKey& room_key)
    : room_(std::move(room)),
      tokens_(room_key),
      seal_key_(crypto::derive_key(room_key, "kuramori search chunks")) {}

std::string RoomIndex::place(std::string_view what, std::int64_t generation, std::uint64_t bucket) const {
  return std::string(what) + "|" + room_.str() + "|" + std::to_string(generation) + "|" +
         std::to_string(bucket);
}

Result<std::vector<Segment>> RoomIndex::segments(storage::Snapshot& snapshot) const {
  KURAMORI_TRY(rows, snapshot.scan({.table = &kSegments, .prefix = {room_.str()}}));
  std::vector<Segment> found;
  for (const storage::Row& row : rows) {
    Segment segment{.generation = storage::integer(row[kGeneration]),
                    .documents = storage::integer(row[kDocuments]),
                    .bits = static_cast<unsigned>(storage::integer(row[kBits])),
                    .octets = storage::integer(row[kOctets])};
    if (segment.bits > kBitsMax) return corrupt("a segment of the search index has too many chunks");
    if (!storage::is_null(row[kRemoved])) {
      KURAMORI_TRY(plain, crypto::open(seal_key_, storage::blob(row[kRemoved]),
                                       as_bytes(place("search_segments", segment.generation, 0))));
      KURAMORI_TRY(removed, decode_positions(plain));
      segment.removed = std::move(removed);
    }
    found.push_back(std::move(segment));
  }
  return found;
}

Result<Bytes> RoomIndex::chunk(storage::Snapshot& snapshot, const Segment& segment,
                               std::uint64_t bucket) const {
  KURAMORI_TRY(row,
               snapshot.get(kChunks, {room_.str(), segment.generation, static_cast<std::int64_t>(bucket)}));
  if (!row) return Bytes();
  return crypto::open(seal_key_, storage::blob((*row)[kSealedColumn]),
                      as_bytes(place("search_chunks", segment.generation, bucket)));
}

Result<std::vector<Posting>> RoomIndex::all_postings(storage::Snapshot& snapshot,
                                                     const Segment& segment) const {
  std::vector<Posting> all;
  for (std::uint64_t bucket = 0; bucket < (std::uint64_t{1} << segment.bits); ++bucket) {
    KURAMORI_TRY(plain, chunk(snapshot, segment, bucket));
    KURAMORI_TRY(postings, decode_chunk(plain));
    all.insert(all.end(), postings.begin(), postings.end());
  }
  return all;
}

Result<std::vector<Hit>> RoomIndex::find_in(storage::Snapshot& snapshot, const Segment& segment,
                                            std::span<const TokenRange> wanted,
                                            std::span<const Token> senders) const {
  std::optional<std::vector<Hit>> found;
  Bytes plain;
  std::optional<std::uint64_t> opened;
  const auto look_up = [&](const TokenRange& range) -> Result<std::vector<Hit>> {
    const std::uint64_t bucket = bucket_of(range.first, segment.bits);
    if (opened != bucket) {
      KURAMORI_TRY(read, chunk(snapshot, segment, bucket));
      plain = std::move(read);
      opened = bucket;
    }
    return find_in_chunk(plain, range);
  };
  for (const TokenRange& range : wanted) {
    KURAMORI_TRY(hits, look_up(range));
    found = found ? intersect(*found, hits) : std::move(hits);
    if (found->empty()) return *std::move(found);
  }
  if (!senders.empty()) {
    std::vector<Hit> by_senders;
    for (const Token sender : senders) {
      KURAMORI_TRY(hits, look_up({.first = sender, .last = sender, .exact = 0}));
      for (Hit& hit : hits) hit.score = 0;
      by_senders = unite(std::move(hits), by_senders);
    }
    found = found ? intersect(*found, by_senders) : std::move(by_senders);
  }
  return found ? *std::move(found) : std::vector<Hit>();
}

Result<std::vector<Hit>> RoomIndex::find(storage::Snapshot& snapshot, std::span<const TokenRange> wanted,
                                         std::span<const Token> senders) const {
  KURAMORI_TRY(parts, segments(snapshot));
  std::vector<Hit> all;
  std::vector<std::int64_t> removed;
  for (auto segment = parts.rbegin(); segment != parts.rend(); ++segment) {
    KURAMORI_TRY(hits, find_in(snapshot, *segment, wanted, senders));
    drop_removed(hits, removed);
    all = unite(std::move(hits), all);
    add_removed(removed, segment->removed);
  }
  return all;
}

storage::Row RoomIndex::chunk_row(std::int64_t generation, std::uint64_t bucket, ByteView plain,
                                  Random& random) const {
  return {room_.str(), generation, static_cast<std::int64_t>(bucket),
          crypto::seal(seal_key_, plain, as_bytes(place("search_chunks", generation, bucket)), random)};
}

storage::Row RoomIndex::segment_row(const Segment& segment, Random& random) const {
  storage::Value removed;
  if (!segment.removed.empty()) {
    removed = crypto::seal(seal_key_, encode_positions(segment.removed),
                           as_bytes(place("search_segments", segment.generation, 0)), random);
  }
  return {room_.str(),    segment.generation, segment.documents, static_cast<std::int64_t>(segment.bits),
          segment.octets, std::move(removed)};
}

void RoomIndex::write(storage::UnitOfWork& work, Segment& segment, std::span<const Posting> postings,
                      Random& random) const {
  // Two octets a posting and eight a token, about.
  segment.bits = bits_for(static_cast<std::int64_t>(postings.size()) * 6);
  segment.octets = 0;
  // What a merge that was broken off may have left under this number.
  work.erase(kChunks, {room_.str(), segment.generation});
  for (auto from = postings.begin(); from != postings.end();) {
    const std::uint64_t bucket = bucket_of(from->token, segment.bits);
    const auto to = std::find_if(from, postings.end(), [&](const Posting& posting) {
      return bucket_of(posting.token, segment.bits) != bucket;
    });
    storage::Row row = chunk_row(segment.generation, bucket, encode_chunk({from, to}), random);
    segment.octets += static_cast<std::int64_t>(storage::blob(row[kSealedColumn]).size());
    work.upsert(kChunks, std::move(row));
    from = to;
  }
  work.upsert(kSegments, segment_row(segment, random));
}

void RoomIndex::erase(storage::UnitOfWork& work, std::int64_t generation) const {
  work.erase(kSegments, {room_.str(), generation});
  work.erase(kChunks, {room_.str(), generation});
}

}  // namespace kuramori::search
