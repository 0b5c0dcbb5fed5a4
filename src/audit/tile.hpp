// Tiles (C2SP tlog-tiles): runs of up to 256 hashes of one level of the tree, eight levels of nodes apart.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "audit/merkle.hpp"

namespace kuramori::audit {

constexpr unsigned kTileHeight = 8;
constexpr std::size_t kTileWidth = 256;
constexpr unsigned kTileLevels = 8;  // 2^64 leaves

struct TileAddress {
  enum class Kind : std::uint8_t { Hashes, Entries };
  Kind kind = Kind::Hashes;
  unsigned level = 0;  // of hashes
  std::uint64_t index = 0;
  std::size_t width = kTileWidth;
  friend bool operator==(const TileAddress&, const TileAddress&) = default;

  // "tile/0/x001/x234/067.p/8", "tile/entries/000": below the log's prefix.
  std::string to_path() const;
};
// NotFound for anything that is not exactly the path of a tile.
Result<TileAddress> parse_tile_path(std::string_view path);

struct Tile {
  unsigned level = 0;
  std::uint64_t index = 0;
  std::vector<Hash> hashes;
};
Bytes tile_bytes(std::span<const Hash> hashes);
// Corrupt when it is no whole number of hashes, or more than a tile's.
Result<std::vector<Hash>> parse_tile(ByteView bytes);

// Reads the hashes of a tile, as many as there are; NotFound when there are none.
using TileLoader = std::function<Result<std::vector<Hash>>(unsigned level, std::uint64_t index)>;

// Grows a tree leaf by leaf and hands out each tile when it is full; one hash a leaf. A value: a copy can be
// tried and thrown away.
class TileBuilder {
 public:
  // The tree of `size` leaves from its tiles.
  static Result<TileBuilder> resume(std::uint64_t size, const TileLoader& load);

  void add(const Hash& leaf, std::vector<Tile>& completed);
  std::uint64_t size() const { return size_; }
  TreeHead head() const;
  // The partial tile at the right edge of a level; no hashes when there is none.
  Tile partial(unsigned level) const;

 private:
  std::uint64_t size_ = 0;
  std::array<std::vector<Hash>, kTileLevels> partial_;
};

// Hashes of complete subtrees from tiles, of which a few are kept with their inner nodes.
class TileReader final : public NodeSource {
 public:
  explicit TileReader(TileLoader load) : load_(std::move(load)) {}
  Result<Hash> node(unsigned height, std::uint64_t index) override;
  // The leaf hashes of a tile of level 0, as many as there are.
  Result<std::span<const Hash>> leaves(std::uint64_t tile_index);

 private:
  static constexpr std::size_t kSlots = 64;
  struct Slot {
    unsigned level = 0;
    std::uint64_t index = 0;
    std::array<std::vector<Hash>, kTileHeight> rows;  // [0]: the tile; [k]: the nodes k levels above
  };
  Result<const Slot*> load(unsigned level, std::uint64_t index, std::size_t width_min);

  TileLoader load_;
  std::vector<Slot> slots_ = std::vector<Slot>(kSlots);
};

}  // namespace kuramori::audit
