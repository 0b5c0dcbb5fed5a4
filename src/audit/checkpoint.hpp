// Checkpoints (C2SP tlog-checkpoint): the signed size and root of the tree.
#pragma once
#include "audit/merkle.hpp"
#include "audit/note.hpp"
#include "base/identifiers.hpp"

namespace kuramori::audit {

// The identity of a server's record, in checkpoints and in the name of the key that signs them.
std::string origin_of(const ServerName& server);

struct Checkpoint {
  std::string origin;
  TreeHead head;
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;

  std::string to_text() const;
};

struct SignedCheckpoint {
  Checkpoint checkpoint;
  std::string note;
};

SignedCheckpoint sign_checkpoint(const TreeHead& head, const NoteSigner& signer);
// The text of a note as a checkpoint; extension lines are accepted and ignored.
Result<Checkpoint> parse_checkpoint_text(std::string_view text);
// Parses and verifies; the origin must be the key's name.
Result<SignedCheckpoint> open_checkpoint(std::string_view note, const NoteKey& key);

}  // namespace kuramori::audit
