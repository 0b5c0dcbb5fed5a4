// What the log answers: tiles, entry bundles and proofs.
#include "audit/log.hpp"
#include "audit/record_rows.hpp"

namespace kuramori::audit {
namespace {

Error no_tile() {
  return not_found("There is no such tile.");
}

Result<Bytes> hash_tile(storage::Snapshot& snapshot, const TileAddress& address) {
  KURAMORI_TRY(hashes, tiles_of(snapshot)(address.level, address.index));
  if (hashes.size() < address.width) return no_tile();
  return tile_bytes(std::span(hashes).first(address.width));
}

// Each entry with its length in two octets, big-endian.
Result<Bytes> entry_bundle(storage::Snapshot& snapshot, const TileAddress& address) {
  Bytes bundle;
  std::uint64_t next = address.index * kTileWidth;
  const std::uint64_t end = next + address.width;
  bool complete = true;
  const auto visit = [&](storage::Row&& row) {
    const EntryRow entry = to_entry(std::move(row));
    complete = entry.index == next;
    if (!complete) return false;
    bundle.push_back(static_cast<std::uint8_t>(entry.bytes.size() >> 8));
    bundle.push_back(static_cast<std::uint8_t>(entry.bytes.size() & 0xFF));
    bundle.insert(bundle.end(), entry.bytes.begin(), entry.bytes.end());
    return ++next < end;
  };
  KURAMORI_CHECK(snapshot.for_each(entries_from(next, address.width), visit));
  if (!complete || next != end) return no_tile();
  return bundle;
}

}  // namespace

runtime::Task<Result<Bytes>> Log::tile(TileAddress address) {
  const std::uint64_t size = checkpoint()->checkpoint.head.size;
  const bool entries = address.kind == TileAddress::Kind::Entries;
  const unsigned level = entries ? 0 : address.level;
  if (level >= kTileLevels) co_return no_tile();
  const std::uint64_t hashes = size >> (kTileHeight * level);
  if (address.index > hashes / kTileWidth || address.index * kTileWidth + address.width > hashes)
    co_return no_tile();
  auto query = [address, entries](storage::Snapshot& snapshot) {
    return entries ? entry_bundle(snapshot, address) : hash_tile(snapshot, address);
  };
  auto bytes = co_await ports_.store.read(std::move(query));
  co_return bytes;
}

runtime::Task<Result<Proof>> Log::inclusion_proof(std::uint64_t index, std::uint64_t size) {
  if (index >= size || size > checkpoint()->checkpoint.head.size)
    co_return not_found("The record has no such entry.");
  auto query = [index, size](storage::Snapshot& snapshot) {
    TileReader tiles(tiles_of(snapshot));
    return audit::inclusion_proof(tiles, index, size);
  };
  auto proof = co_await ports_.store.read(std::move(query));
  co_return proof;
}

runtime::Task<Result<Proof>> Log::consistency_proof(std::uint64_t old_size, std::uint64_t new_size) {
  if (old_size > new_size || new_size > checkpoint()->checkpoint.head.size) {
    co_return not_found("The record has no such sizes.");
  }
  auto query = [old_size, new_size](storage::Snapshot& snapshot) {
    TileReader tiles(tiles_of(snapshot));
    return audit::consistency_proof(tiles, old_size, new_size);
  };
  auto proof = co_await ports_.store.read(std::move(query));
  co_return proof;
}

}  // namespace kuramori::audit
