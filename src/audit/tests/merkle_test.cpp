#include "audit/merkle.hpp"

#include <gtest/gtest.h>

#include <bit>

#include "base/random.hpp"
#include "base/text.hpp"

namespace kuramori::audit {
namespace {

class Leaves final : public NodeSource {
 public:
  void add(const Hash& leaf) { leaves_.push_back(leaf); }
  // By the definition of section 2.1.1, independent of the code under test.
  Hash definition(std::size_t begin, std::size_t end) const {
    if (begin == end) return empty_root();
    if (end - begin == 1) return leaves_[begin];
    const std::size_t split = std::bit_ceil(end - begin) / 2;
    return node_hash(definition(begin, begin + split), definition(begin + split, end));
  }
  Result<Hash> node(unsigned height, std::uint64_t index) override {
    const std::uint64_t begin = index << height;
    EXPECT_LE(begin + (std::uint64_t{1} << height), leaves_.size())
        << "a subtree that is not complete is asked for";
    return definition(begin, begin + (std::uint64_t{1} << height));
  }
  const Hash& leaf(std::size_t index) const { return leaves_[index]; }
  TreeHead head(std::size_t size) const { return {size, definition(0, size)}; }

 private:
  std::vector<Hash> leaves_;
};

Leaves numbered(std::size_t count) {
  Leaves leaves;
  for (std::size_t i = 0; i < count; ++i) leaves.add(leaf_hash(as_bytes(std::to_string(i))));
  return leaves;
}

std::string hex(const Hash& hash) {
  return text::to_hex(hash);
}

// The vectors of the reference implementation of RFC 6962, whose hashing RFC 9162 keeps.
TEST(Merkle, KnownRoots) {
  const std::vector<std::string> inputs = {
      "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
  const std::vector<std::string> roots = {"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                                          "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                                          "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                                          "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                                          "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                                          "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                                          "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                                          "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                                          "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  CompactTree tree;
  Leaves leaves;
  EXPECT_EQ(hex(tree.root()), roots[0]);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Hash leaf = leaf_hash(*text::from_hex(inputs[i]));
    tree.add(leaf);
    leaves.add(leaf);
    EXPECT_EQ(tree.size(), i + 1);
    EXPECT_EQ(hex(tree.root()), roots[i + 1]);
    EXPECT_EQ(hex(*root_at(leaves, i + 1)), roots[i + 1]);
  }
}

TEST(Merkle, KnownInclusionProof) {
  Leaves leaves;
  for (const char* input :
       {"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"}) {
    leaves.add(leaf_hash(*text::from_hex(input)));
  }
  const Proof proof = *inclusion_proof(leaves, 0, 8);
  ASSERT_EQ(proof.size(), 3U);
  EXPECT_EQ(hex(proof[0]), "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7");
  EXPECT_EQ(hex(proof[1]), "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e");
  EXPECT_EQ(hex(proof[2]), "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4");
}

TEST(Merkle, EveryInclusionProofOfSmallTreesHoldsAndNoOther) {
  constexpr std::size_t kMax = 70;
  Leaves leaves = numbered(kMax);
  for (std::size_t size = 1; size <= kMax; ++size) {
    const TreeHead head = leaves.head(size);
    for (std::size_t index = 0; index < size; ++index) {
      Proof proof = *inclusion_proof(leaves, index, size);
      ASSERT_TRUE(verify_inclusion(leaves.leaf(index), index, head, proof)) << index << " of " << size;
      EXPECT_FALSE(verify_inclusion(leaves.leaf((index + 1) % kMax), index, head, proof));
      if (size > 1) EXPECT_FALSE(verify_inclusion(leaves.leaf(index), (index + 1) % size, head, proof));
      EXPECT_FALSE(verify_inclusion(leaves.leaf(index), index, {size, leaf_hash({})}, proof));
      EXPECT_FALSE(verify_inclusion(leaves.leaf(index), size, head, proof));
      proof.push_back(leaves.leaf(0));
      EXPECT_FALSE(verify_inclusion(leaves.leaf(index), index, head, proof));
      proof.pop_back();
      if (!proof.empty()) {
        proof.front()[5] ^= 1;
        EXPECT_FALSE(verify_inclusion(leaves.leaf(index), index, head, proof));
        proof.erase(proof.begin());
        EXPECT_FALSE(verify_inclusion(leaves.leaf(index), index, head, proof));
      }
    }
  }
}

TEST(Merkle, EveryConsistencyProofOfSmallTreesHoldsAndNoOther) {
  constexpr std::size_t kMax = 70;
  Leaves leaves = numbered(kMax);
  Leaves other = numbered(3);
  for (std::size_t i = 3; i < kMax; ++i) other.add(leaf_hash(as_bytes("other " + std::to_string(i))));
  for (std::size_t newer = 0; newer <= kMax; ++newer) {
    for (std::size_t older = 0; older <= newer; ++older) {
      Proof proof = *consistency_proof(leaves, older, newer);
      ASSERT_TRUE(verify_consistency(leaves.head(older), leaves.head(newer), proof))
          << older << " to " << newer;
      if (older > 3) EXPECT_FALSE(verify_consistency(other.head(older), leaves.head(newer), proof));
      if (newer > 3 && older > 0)
        EXPECT_FALSE(verify_consistency(leaves.head(older), other.head(newer), proof));
      if (older != newer) EXPECT_FALSE(verify_consistency(leaves.head(newer), leaves.head(older), proof));
      if (!proof.empty()) {
        proof.back()[31] ^= 0x80;
        EXPECT_FALSE(verify_consistency(leaves.head(older), leaves.head(newer), proof));
        proof.pop_back();
        EXPECT_FALSE(verify_consistency(leaves.head(older), leaves.head(newer), proof));
      }
    }
  }
}

TEST(Merkle, ProofsOfRandomBiggerTrees) {
  SeededRandom random(7);
  Leaves leaves = numbered(3000);
  for (int round = 0; round < 60; ++round) {
    const std::size_t size = 1 + random.below(3000);
    const std::size_t index = random.below(size);
    const std::size_t older = random.below(size + 1);
    const TreeHead head = leaves.head(size);
    EXPECT_TRUE(verify_inclusion(leaves.leaf(index), index, head, *inclusion_proof(leaves, index, size)));
    EXPECT_TRUE(verify_consistency(leaves.head(older), head, *consistency_proof(leaves, older, size)));
  }
}

TEST(Merkle, SubtreesAddLikeTheirLeaves) {
  Leaves leaves = numbered(300);
  CompactTree tree;
  tree.add_subtree(leaves.definition(0, 256), 8);
  for (std::size_t i = 256; i < 300; ++i) tree.add(leaves.leaf(i));
  EXPECT_EQ(tree.root(), leaves.definition(0, 300));
}

}  // namespace
}  // namespace kuramori::audit
