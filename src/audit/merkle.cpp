#include "audit/merkle.hpp"

#include <algorithm>
#include <bit>

#include "base/assert.hpp"

namespace kuramori::audit {
namespace {

// The largest power of two below `size`, as its exponent; size > 1.
unsigned split_height(std::uint64_t size) {
  return static_cast<unsigned>(std::bit_width(size - 1)) - 1;
}

struct Range {
  std::uint64_t begin;
  std::uint64_t end;
  std::uint64_t size() const { return end - begin; }
};

// MTH(D[begin:end]); every split of a tree begins at a multiple of the power of two that it is split into.
Result<Hash> range_hash(NodeSource& source, Range range) {
  if (std::has_single_bit(range.size())) {
    const auto height = static_cast<unsigned>(std::countr_zero(range.size()));
    return source.node(height, range.begin >> height);
  }
  const std::uint64_t middle = range.begin + (std::uint64_t{1} << split_height(range.size()));
  KURAMORI_TRY(left, range_hash(source, {range.begin, middle}));
  KURAMORI_TRY(right, range_hash(source, {middle, range.end}));
  return node_hash(left, right);
}

}  // namespace

Hash leaf_hash(ByteView entry) {
  static constexpr std::uint8_t kPrefix[] = {0x00};
  return crypto::sha256({ByteView(kPrefix), entry});
}

Hash node_hash(const Hash& left, const Hash& right) {
  std::array<std::uint8_t, 65> message;
  message[0] = 0x01;
  std::copy(left.begin(), left.end(), message.begin() + 1);
  std::copy(right.begin(), right.end(), message.begin() + 33);
  return crypto::sha256(ByteView(message));
}

Hash empty_root() {
  return crypto::sha256(ByteView());
}

void CompactTree::add_subtree(const Hash& root, unsigned height) {
  ensure((size_ & ((std::uint64_t{1} << height) - 1)) == 0, "a subtree is added inside another");
  Hash hash = root;
  unsigned at = height;
  for (; (size_ >> at) & 1; ++at) hash = node_hash(complete_[at], hash);
  complete_[at] = hash;
  size_ += std::uint64_t{1} << height;
}

Hash CompactTree::root() const {
  if (size_ == 0) return empty_root();
  auto height = static_cast<unsigned>(std::countr_zero(size_));
  Hash hash = complete_[height];
  while (size_ >> ++height != 0) {
    if ((size_ >> height) & 1) hash = node_hash(complete_[height], hash);
  }
  return hash;
}

Result<Hash> root_at(NodeSource& source, std::uint64_t size) {
  if (size == 0) return empty_root();
  return range_hash(source, {0, size});
}

// PATH(m, D_n) of section 2.1.3.1, from the root downwards.
Result<Proof> inclusion_proof(NodeSource& source, std::uint64_t index, std::uint64_t size) {
  ensure(index < size, "an inclusion proof is asked for a leaf outside the tree");
  Proof proof;
  Range range{0, size};
  while (range.size() > 1) {
    const std::uint64_t middle = range.begin + (std::uint64_t{1} << split_height(range.size()));
    const Range left{range.begin, middle};
    const Range right{middle, range.end};
    const bool goes_left = index < middle;
    KURAMORI_TRY(sibling, range_hash(source, goes_left ? right : left));
    proof.push_back(sibling);
    range = goes_left ? left : right;
  }
  std::ranges::reverse(proof);
  return proof;
}

// SUBPROOF(m, D_n, b) of section 2.1.4.1, from the root downwards.
Result<Proof> consistency_proof(NodeSource& source, std::uint64_t old_size, std::uint64_t new_size) {
  ensure(old_size <= new_size, "a consistency proof is asked from a newer tree to an older");
  Proof proof;
  if (old_size == 0 || old_size == new_size) return proof;
  Range range{0, new_size};
  while (range.end != old_size) {
    const std::uint64_t middle = range.begin + (std::uint64_t{1} << split_height(range.size()));
    const Range left{range.begin, middle};
    const Range right{middle, range.end};
    const bool goes_left = old_size <= middle;
    KURAMORI_TRY(sibling, range_hash(source, goes_left ? right : left));
    proof.push_back(sibling);
    range = goes_left ? left : right;
  }
  if (range.begin != 0) {
    KURAMORI_TRY(own, range_hash(source, range));
    proof.push_back(own);
  }
  std::ranges::reverse(proof);
  return proof;
}

bool verify_inclusion(const Hash& leaf, std::uint64_t index, const TreeHead& head,
                      std::span<const Hash> proof) {
  if (index >= head.size) return false;
  std::uint64_t first = index;
  std::uint64_t second = head.size - 1;
  Hash hash = leaf;
  for (const Hash& sibling : proof) {
    if (second == 0) return false;
    if ((first & 1) != 0 || first == second) {
      hash = node_hash(sibling, hash);
      while ((first & 1) == 0 && first != 0) {
        first >>= 1;
        second >>= 1;
      }
    } else {
      hash = node_hash(hash, sibling);
    }
    first >>= 1;
    second >>= 1;
  }
  return second == 0 && hash == head.root;
}

bool verify_consistency(const TreeHead& older, const TreeHead& newer, std::span<const Hash> proof) {
  if (older.size > newer.size) return false;
  if (older.size == newer.size) return proof.empty() && older.root == newer.root;
  if (older.size == 0) return proof.empty() && older.root == empty_root();
  // The older tree's own root is left out of the proof when it is a complete subtree.
  const bool implied = std::has_single_bit(older.size);
  if (!implied && proof.empty()) return false;
  std::uint64_t first = older.size - 1;
  std::uint64_t second = newer.size - 1;
  while ((first & 1) != 0) {
    first >>= 1;
    second >>= 1;
  }
  Hash old_hash = implied ? older.root : proof.front();
  Hash new_hash = old_hash;
  for (const Hash& sibling : implied ? proof : proof.subspan(1)) {
    if (second == 0) return false;
    if ((first & 1) != 0 || first == second) {
      old_hash = node_hash(sibling, old_hash);
      new_hash = node_hash(sibling, new_hash);
      while ((first & 1) == 0 && first != 0) {
        first >>= 1;
        second >>= 1;
      }
    } else {
      new_hash = node_hash(new_hash, sibling);
    }
    first >>= 1;
    second >>= 1;
  }
  return second == 0 && old_hash == older.root && new_hash == newer.root;
}

}  // namespace kuramori::audit
