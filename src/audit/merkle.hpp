// The Merkle tree of RFC 9162, section 2.1, over SHA-256: hashing, proofs, and their verification. Pure.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "crypto/hash.hpp"

namespace kuramori::audit {

using Hash = crypto::Sha256;
using Proof = std::vector<Hash>;

Hash leaf_hash(ByteView entry);                       // SHA-256(0x00 ‖ entry)
Hash node_hash(const Hash& left, const Hash& right);  // SHA-256(0x01 ‖ left ‖ right)
Hash empty_root();                                    // SHA-256()

inline std::optional<Hash> to_hash(ByteView bytes) {
  Hash hash;
  if (bytes.size() != hash.size()) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

// The tree as the roots of its complete subtrees: all that is needed to go on adding leaves, and to name the
// root.
class CompactTree {
 public:
  void add(const Hash& leaf) { add_subtree(leaf, 0); }
  // The root of a complete subtree of 2^height leaves; the size so far must be a multiple of that.
  void add_subtree(const Hash& root, unsigned height);
  std::uint64_t size() const { return size_; }
  Hash root() const;

 private:
  std::uint64_t size_ = 0;
  std::array<Hash, 64> complete_{};  // by height; there is one for each bit of size_
};

// Where proofs take hashes from: the root of the complete subtree over the leaves [index·2^height,
// (index+1)·2^height).
class NodeSource {
 public:
  virtual ~NodeSource() = default;
  virtual Result<Hash> node(unsigned height, std::uint64_t index) = 0;
};

Result<Hash> root_at(NodeSource& source, std::uint64_t size);
// Requires index < size.
Result<Proof> inclusion_proof(NodeSource& source, std::uint64_t index, std::uint64_t size);
// Requires old_size <= new_size.
Result<Proof> consistency_proof(NodeSource& source, std::uint64_t old_size, std::uint64_t new_size);

struct TreeHead {
  std::uint64_t size = 0;
  Hash root{};
  friend bool operator==(const TreeHead&, const TreeHead&) = default;
};

// Sections 2.1.3.2 and 2.1.4.2.
bool verify_inclusion(const Hash& leaf, std::uint64_t index, const TreeHead& head,
                      std::span<const Hash> proof);
bool verify_consistency(const TreeHead& older, const TreeHead& newer, std::span<const Hash> proof);

}  // namespace kuramori::audit
