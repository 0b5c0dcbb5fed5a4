// Recomputes the whole record of a store and compares it with what was signed. Constant memory; reads in many
// short snapshots, so a server may go on writing meanwhile. Blocks: for a worker thread or the command line.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "audit/checkpoint.hpp"
#include "audit/finding.hpp"
#include "crypto/aead.hpp"
#include "storage/store.hpp"

namespace kuramori::audit {

struct StoreVerification {
  NoteKey key;
  // Checkpoints from outside the store: the checkpoint file, those that auditors kept.
  std::vector<std::string> checkpoints;
  // The organisation key, when at hand: entries that no checkpoint covers yet are authenticated with it.
  std::optional<crypto::SecretKey> organisation;
  std::function<void(std::uint64_t done, std::uint64_t total)> progress;
  std::size_t entries_per_snapshot = 4096;
};

struct StoreReport {
  bool intact() const { return findings.empty(); }

  std::uint64_t entries = 0;      // that the store gave numbers to
  std::uint64_t verified = 0;     // covered by a checkpoint that verified
  std::uint64_t expired = 0;      // removed by retention, which the record says; their proofs stay valid
  std::uint64_t checkpoints = 0;  // that verified, in the store and from outside
  std::optional<Checkpoint> newest;
  Findings findings{kFindingsMax};
};

// An error only when the store cannot be read.
Result<StoreReport> verify_store(storage::Reader& reader, StoreVerification options);

}  // namespace kuramori::audit
