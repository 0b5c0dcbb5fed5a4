// A room's index: a few segments that never change, newer ones replacing what they remove of older ones.
// Chunks are sealed under a key of the room and bound to their place.
#pragma once
#include <map>
#include <vector>

#include "crypto/aead.hpp"
#include "search/postings.hpp"
#include "storage/store.hpp"

namespace kuramori::search {

struct Segment {
  std::int64_t generation = 0;  // the higher the newer
  std::int64_t documents = 0;
  unsigned bits = 0;
  std::int64_t octets = 0;
  std::vector<std::int64_t> removed = {};  // sorted
};

class RoomIndex {
 public:
  RoomIndex(RoomId room, const crypto::SecretKey& room_key);

  const RoomId& room() const { return room_; }
  const Tokens& tokens() const { return tokens_; }

  // Oldest first.
  Result<std::vector<Segment>> segments(storage::Snapshot& snapshot) const;
  // Messages that hold something of every range and, when there are senders, are by one of them.
  Result<std::vector<Hit>> find(storage::Snapshot& snapshot, std::span<const TokenRange> wanted,
                                std::span<const Token> senders) const;
  // Plain; empty when there is none.
  Result<Bytes> chunk(storage::Snapshot& snapshot, const Segment& segment, std::uint64_t bucket) const;
  Result<std::vector<Posting>> all_postings(storage::Snapshot& snapshot, const Segment& segment) const;

  storage::Row chunk_row(std::int64_t generation, std::uint64_t bucket, ByteView plain, Random& random) const;
  storage::Row segment_row(const Segment& segment, Random& random) const;
  // A whole segment in `work`: sorted postings, each (token, position) once. Sets its bits and octets.
  void write(storage::UnitOfWork& work, Segment& segment, std::span<const Posting> postings,
             Random& random) const;
  void erase(storage::UnitOfWork& work, std::int64_t generation) const;

 private:
  std::string place(std::string_view what, std::int64_t generation, std::uint64_t bucket) const;
  Result<std::vector<Hit>> find_in(storage::Snapshot& snapshot, const Segment& segment,
                                   std::span<const TokenRange> wanted, std::span<const Token> senders) const;

  const RoomId room_;
  const Tokens tokens_;
  const crypto::SecretKey seal_key_;
};

// So many leading bits that a chunk has a few kilobytes.
unsigned bits_for(std::int64_t octets);
inline std::uint64_t bucket_of(Token token, unsigned bits) {
  return bits == 0 ? 0 : token >> (64U - bits);
}

}  // namespace kuramori::search
