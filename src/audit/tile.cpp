#include "audit/tile.hpp"

#include <bit>

#include "base/assert.hpp"
#include "base/text.hpp"

namespace kuramori::audit {
namespace {

std::uint64_t tile_index_of(std::uint64_t size, unsigned level) {
  const unsigned shift = kTileHeight * (level + 1);
  return shift >= 64 ? 0 : size >> shift;
}
std::size_t width_of(std::uint64_t size, unsigned level) {
  return static_cast<std::size_t>(size >> (kTileHeight * level)) % kTileWidth;
}

// The root of a power of two of hashes.
Hash fold(std::span<const Hash> hashes) {
  std::vector<Hash> row(hashes.begin(), hashes.end());
  for (std::size_t width = row.size(); width > 1; width /= 2) {
    for (std::size_t i = 0; i < width / 2; ++i) row[i] = node_hash(row[2 * i], row[2 * i + 1]);
  }
  return row.front();
}

// "x001/x234/067"
std::string index_path(std::uint64_t index) {
  std::string digits = std::to_string(index);
  digits.insert(0, (3 - digits.size() % 3) % 3, '0');
  std::string path;
  for (std::size_t at = 0; at < digits.size(); at += 3) {
    const bool last = at + 3 == digits.size();
    if (!last) path += 'x';
    path += digits.substr(at, 3);
    if (!last) path += '/';
  }
  return path;
}

// A decimal number as it must be written: no sign, no leading zero.
std::optional<std::uint64_t> plain_number(std::string_view text, std::uint64_t max) {
  const auto value = text::to_integer(text);
  if (!value || *value < 0 || std::to_string(*value) != text) return std::nullopt;
  if (static_cast<std::uint64_t>(*value) > max) return std::nullopt;
  return static_cast<std::uint64_t>(*value);
}

}  // namespace

std::string TileAddress::to_path() const {
  std::string path = kind == Kind::Entries ? "tile/entries/" : "tile/" + std::to_string(level) + "/";
  path += index_path(index);
  if (width < kTileWidth) path += ".p/" + std::to_string(width);
  return path;
}

Result<TileAddress> parse_tile_path(std::string_view path) {
  const Error none = not_found("There is no such tile.");
  if (path.size() > 128) return none;
  std::vector<std::string_view> parts = text::split(path, '/');
  if (parts.size() < 3 || parts[0] != "tile") return none;
  TileAddress address;
  if (parts[1] == "entries") {
    address.kind = TileAddress::Kind::Entries;
  } else if (const auto level = plain_number(parts[1], 63)) {
    address.level = static_cast<unsigned>(*level);
  } else {
    return none;
  }
  parts.erase(parts.begin(), parts.begin() + 2);
  if (parts.size() >= 2 && parts[parts.size() - 2].ends_with(".p")) {
    const auto width = plain_number(parts.back(), kTileWidth - 1);
    if (!width || *width == 0) return none;
    address.width = static_cast<std::size_t>(*width);
    parts.pop_back();
    parts.back().remove_suffix(2);
  }
  if (parts.size() > 6) return none;
  std::string digits;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    std::string_view part = parts[i];
    if (i + 1 < parts.size()) {
      if (!part.starts_with('x')) return none;
      part.remove_prefix(1);
    }
    if (part.size() != 3 || part.find_first_not_of("0123456789") != std::string_view::npos) return none;
    digits += part;
  }
  const auto index = text::to_integer(digits);
  if (!index) return none;
  address.index = static_cast<std::uint64_t>(*index);
  if (address.to_path() != path) return none;  // leading zeroes, and whatever else is not how we write it
  return address;
}

Bytes tile_bytes(std::span<const Hash> hashes) {
  Bytes bytes;
  bytes.reserve(hashes.size() * sizeof(Hash));
  for (const Hash& hash : hashes) bytes.insert(bytes.end(), hash.begin(), hash.end());
  return bytes;
}

Result<std::vector<Hash>> parse_tile(ByteView bytes) {
  if (bytes.size() % sizeof(Hash) != 0 || bytes.empty() || bytes.size() > kTileWidth * sizeof(Hash)) {
    return corrupt("a tile of the record has an impossible length");
  }
  std::vector<Hash> hashes(bytes.size() / sizeof(Hash));
  for (std::size_t i = 0; i < hashes.size(); ++i)
    hashes[i] = *to_hash(bytes.subspan(i * sizeof(Hash), sizeof(Hash)));
  return hashes;
}

Result<TileBuilder> TileBuilder::resume(std::uint64_t size, const TileLoader& load) {
  TileBuilder builder;
  builder.size_ = size;
  for (unsigned level = 0; level < kTileLevels; ++level) {
    const std::size_t width = width_of(size, level);
    if (width == 0) continue;
    KURAMORI_TRY(hashes, load(level, tile_index_of(size, level)));
    if (hashes.size() < width) return corrupt("a tile at the edge of the record is too short");
    hashes.resize(width);
    builder.partial_[level] = std::move(hashes);
  }
  return builder;
}

void TileBuilder::add(const Hash& leaf, std::vector<Tile>& completed) {
  partial_[0].push_back(leaf);
  for (unsigned level = 0; partial_[level].size() == kTileWidth; ++level) {
    ensure(level + 1 < kTileLevels, "the record is full");
    partial_[level + 1].push_back(fold(partial_[level]));
    completed.push_back({level, tile_index_of(size_, level), std::move(partial_[level])});
    partial_[level].clear();
  }
  ++size_;
}

TreeHead TileBuilder::head() const {
  if (size_ == 0) return {0, empty_root()};
  std::optional<Hash> root;
  // From the rightmost, smallest subtree leftwards and upwards.
  for (const std::vector<Hash>& hashes : partial_) {
    std::size_t end = hashes.size();
    while (end > 0) {
      const std::size_t width = std::size_t{1} << std::countr_zero(end);
      const Hash subtree = fold(std::span(hashes).subspan(end - width, width));
      root = root ? node_hash(subtree, *root) : subtree;
      end -= width;
    }
  }
  return {size_, *root};
}

Tile TileBuilder::partial(unsigned level) const {
  return {level, tile_index_of(size_, level), partial_[level]};
}

Result<const TileReader::Slot*> TileReader::load(unsigned level, std::uint64_t index, std::size_t width_min) {
  Slot& slot = slots_[(index + level * 19) % kSlots];
  if (slot.level == level && slot.index == index && slot.rows[0].size() >= width_min) return &slot;
  KURAMORI_TRY(hashes, load_(level, index));
  if (hashes.size() < width_min) return corrupt("a tile of the record is too short");
  slot.level = level;
  slot.index = index;
  slot.rows[0] = std::move(hashes);
  for (unsigned height = 1; height < kTileHeight; ++height) {
    const std::vector<Hash>& below = slot.rows[height - 1];
    std::vector<Hash>& row = slot.rows[height];
    row.resize(below.size() / 2);
    for (std::size_t i = 0; i < row.size(); ++i) row[i] = node_hash(below[2 * i], below[2 * i + 1]);
  }
  return &slot;
}

Result<Hash> TileReader::node(unsigned height, std::uint64_t index) {
  const unsigned level = height / kTileHeight;
  const unsigned inner = height % kTileHeight;
  const unsigned row_bits = kTileHeight - inner;  // a full tile has 2^row_bits nodes at this height
  const auto position = static_cast<std::size_t>(index & ((std::uint64_t{1} << row_bits) - 1));
  KURAMORI_TRY(slot, load(level, index >> row_bits, (position + 1) << inner));
  return slot->rows[inner][position];
}

Result<std::span<const Hash>> TileReader::leaves(std::uint64_t tile_index) {
  KURAMORI_TRY(slot, load(0, tile_index, 1));
  return std::span<const Hash>(slot->rows[0]);
}

}  // namespace kuramori::audit
