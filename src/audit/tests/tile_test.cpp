#include "audit/tile.hpp"

#include <gtest/gtest.h>

#include <map>

namespace kuramori::audit {
namespace {

using Kind = TileAddress::Kind;

TEST(TilePath, IsThatOfTheSpecification) {
  EXPECT_EQ((TileAddress{.level = 0, .index = 1234067}.to_path()), "tile/0/x001/x234/067");
  EXPECT_EQ((TileAddress{.level = 1, .index = 0, .width = 17}.to_path()), "tile/1/000.p/17");
  EXPECT_EQ((TileAddress{.level = 0, .index = 273, .width = 112}.to_path()), "tile/0/273.p/112");
  EXPECT_EQ((TileAddress{.kind = Kind::Entries, .index = 1000}.to_path()), "tile/entries/x001/000");
}

TEST(TilePath, ParsesWhatItWrites) {
  for (const std::uint64_t index :
       {0ULL, 7ULL, 999ULL, 1000ULL, 1234067ULL, 999999999ULL, 36028797018963967ULL}) {
    for (const std::size_t width : {std::size_t{1}, std::size_t{255}, kTileWidth}) {
      for (const Kind kind : {Kind::Hashes, Kind::Entries}) {
        const TileAddress address{kind, kind == Kind::Hashes ? 3U : 0U, index, width};
        EXPECT_EQ(*parse_tile_path(address.to_path()), address) << address.to_path();
      }
    }
  }
}

TEST(TilePath, RefusesOtherSpellings) {
  for (const char* bad : {"",
                          "tile",
                          "tile/0",
                          "tile/0/",
                          "tile/0/0",
                          "tile/0/0000",
                          "tile/00/000",
                          "tile/64/000",
                          "tile/-1/000",
                          "tile/0/x000/000",
                          "tile/0/001/234",
                          "tile/0/x001/x234",
                          "tile/0/000.p/0",
                          "tile/0/000.p/256",
                          "tile/0/000.p/01",
                          "tile/0/000.p",
                          "tile/0/000.p/",
                          "tile/entries/000.q/1",
                          "tile/x/000",
                          "tile/0/000/..",
                          "tile/0/x999/x999/x999/x999/x999/x999/999",
                          "entries/000",
                          "tile/0/ab1"}) {
    EXPECT_FALSE(parse_tile_path(bad)) << bad;
  }
}

Hash leaf(std::uint64_t index) {
  return leaf_hash(as_bytes(std::to_string(index)));
}

struct StoredTiles {
  std::map<std::pair<unsigned, std::uint64_t>, std::vector<Hash>> tiles;
  void grow(TileBuilder& builder, std::uint64_t to) {
    std::vector<Tile> completed;
    while (builder.size() < to) builder.add(leaf(builder.size()), completed);
    for (Tile& tile : completed) tiles[{tile.level, tile.index}] = std::move(tile.hashes);
    for (unsigned level = 0; level < kTileLevels; ++level) {
      Tile edge = builder.partial(level);
      if (!edge.hashes.empty()) tiles[{level, edge.index}] = std::move(edge.hashes);
    }
  }
  TileLoader loader() {
    return [this](unsigned level, std::uint64_t index) -> Result<std::vector<Hash>> {
      const auto found = tiles.find({level, index});
      if (found == tiles.end()) return not_found("There is no such tile.");
      return found->second;
    };
  }
};

// The example of the specification: 70,000 entries.
TEST(TileBuilder, MakesTheTilesOfTheSpecification) {
  TileBuilder builder;
  StoredTiles stored;
  stored.grow(builder, 70'000);
  std::size_t full = 0;
  for (std::uint64_t index = 0; index < 273; ++index)
    full += stored.tiles.at({0, index}).size() == kTileWidth;
  EXPECT_EQ(full, 273U);
  EXPECT_EQ(stored.tiles.at({0, 273}).size(), 112U);
  EXPECT_EQ(stored.tiles.at({1, 0}).size(), kTileWidth);
  EXPECT_EQ(stored.tiles.at({1, 1}).size(), 17U);
  EXPECT_EQ(stored.tiles.at({2, 0}).size(), 1U);
  EXPECT_EQ(stored.tiles.size(), 273U + 1 + 2 + 1);
}

TEST(TileBuilder, HasTheRootOfTheTreeAtEverySize) {
  TileBuilder builder;
  CompactTree tree;
  std::vector<Tile> completed;
  EXPECT_EQ(builder.head(), (TreeHead{0, empty_root()}));
  for (std::uint64_t size = 1; size <= 1100; ++size) {
    builder.add(leaf(size - 1), completed);
    tree.add(leaf(size - 1));
    ASSERT_EQ(builder.head(), (TreeHead{size, tree.root()})) << size;
  }
}

TEST(TileBuilder, ResumesFromItsTiles) {
  for (const std::uint64_t size : {1ULL, 255ULL, 256ULL, 257ULL, 65'536ULL, 66'000ULL}) {
    TileBuilder builder;
    StoredTiles stored;
    stored.grow(builder, size);
    TileBuilder resumed = *TileBuilder::resume(size, stored.loader());
    EXPECT_EQ(resumed.head(), builder.head());
    std::vector<Tile> completed;
    resumed.add(leaf(size), completed);
    builder.add(leaf(size), completed);
    EXPECT_EQ(resumed.head(), builder.head());
  }
  StoredTiles none;
  EXPECT_FALSE(TileBuilder::resume(5, none.loader()));
}

TEST(TileReader, GivesProofsFromTiles) {
  TileBuilder builder;
  StoredTiles stored;
  stored.grow(builder, 66'077);
  TileReader reader(stored.loader());
  const TreeHead head = builder.head();
  EXPECT_EQ(*root_at(reader, head.size), head.root);
  for (const std::uint64_t index : {0ULL, 1ULL, 255ULL, 256ULL, 65'535ULL, 65'536ULL, 66'076ULL}) {
    EXPECT_TRUE(verify_inclusion(leaf(index), index, head, *inclusion_proof(reader, index, head.size)))
        << index;
  }
  for (const std::uint64_t older : {1ULL, 256ULL, 300ULL, 65'536ULL, 66'000ULL, 66'077ULL}) {
    const TreeHead old_head{older, *root_at(reader, older)};
    EXPECT_TRUE(verify_consistency(old_head, head, *consistency_proof(reader, older, head.size))) << older;
  }
  EXPECT_FALSE(root_at(reader, 66'078));
}

TEST(TileReader, ReportsATileThatIsTooShort) {
  EXPECT_FALSE(parse_tile(Bytes(31)));
  EXPECT_FALSE(parse_tile(Bytes()));
  EXPECT_FALSE(parse_tile(Bytes(257 * 32)));
  EXPECT_EQ(parse_tile(Bytes(256 * 32))->size(), kTileWidth);
}

}  // namespace
}  // namespace kuramori::audit
