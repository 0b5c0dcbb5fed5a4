// The passes of `verify_store`, as a state that goes from snapshot to snapshot.
//
// Two trees are compared with every checkpoint: one over the leaf hashes of the stored tiles, and, from the
// first entry that disagrees with its tile, one over the entries. The checkpoint decides which of the two was
// changed.
#pragma once
#include "audit/person_keys.hpp"
#include "audit/record_rows.hpp"
#include "audit/verify_store.hpp"

namespace kuramori::audit::detail {

class StoreVerifier {
 public:
  explicit StoreVerifier(StoreVerification options) : options_(std::move(options)) {}

  // In the first snapshot: what there should be.
  Result<void> begin(storage::Snapshot& snapshot);
  // True while there is more.
  Result<bool> step(storage::Snapshot& snapshot);
  StoreReport finish();

 private:
  struct Mismatch {
    std::uint64_t index;
    Hash entry;
    Hash tile;
  };

  void take_outside_checkpoints();
  Result<void> load_checkpoints(storage::Snapshot& snapshot);
  Result<std::optional<Hash>> tile_leaf(storage::Snapshot& snapshot, std::uint64_t index);
  Result<void> take_entry(storage::Snapshot& snapshot, const EntryRow& entry);
  void check_content(const EntryRow& entry, const Hash& leaf);
  Result<bool> take_missing(storage::Snapshot& snapshot);
  void close_missing();
  Result<void> feed(storage::Snapshot& snapshot, const Hash& tile, const Hash& entry);
  Result<void> compare_upper_tile(storage::Snapshot& snapshot, const Tile& tile);
  void compare_checkpoints(storage::Snapshot& snapshot);
  void compare_checkpoint(storage::Snapshot& snapshot, const TreeHead& head, std::string_view where);
  void resolve_as_altered();
  void resolve_as_tiles();
  void drop_fork();
  void found(FindingKind kind, std::uint64_t first, std::uint64_t last, std::string text);

  StoreVerification options_;
  StoreReport report_;
  std::uint64_t target_ = 0;         // entries that a valid checkpoint covers
  std::vector<Checkpoint> outside_;  // by size
  std::size_t outside_next_ = 0;
  std::vector<CheckpointRow> inside_;  // read ahead
  std::size_t inside_next_ = 0;
  std::uint64_t inside_from_ = 0;  // the size from which to read on
  bool inside_ended_ = false;

  std::optional<EntryAuthenticator> authenticator_;
  std::uint64_t next_ = 0;                   // the index expected next
  CompactTree tree_;                         // over the tiles
  std::optional<CompactTree> entries_tree_;  // over the entries, since they differ
  TileBuilder upper_;                        // for the tiles above level 0
  bool upper_comparable_ = true;
  bool edge_compared_ = false;
  bool broken_ = false;    // a leaf hash is unknown: no root can be computed any more
  bool diverged_ = false;  // a checkpoint did not match
  std::vector<Mismatch> mismatches_;
  std::optional<std::pair<std::uint64_t, std::uint64_t>> missing_;
  std::optional<std::uint64_t> missing_prefix_;  // entries gone from the beginning
  std::uint64_t expired_ = 0;                    // entries that the record says have expired
  std::optional<std::uint64_t> tile_index_;
  std::vector<Hash> tile_;
};

}  // namespace kuramori::audit::detail
