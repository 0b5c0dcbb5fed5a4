// Which messages are due. Reads of one snapshot; changes nothing.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "governance/labels.hpp"
#include "provenance/marks.hpp"
#include "retention/progress.hpp"
#include "rooms/queries.hpp"
#include "storage/key_ring.hpp"

namespace kuramori::retention {

// How long messages of a label are kept.
struct Term {
  std::string label = {};
  std::uint32_t days = 0;
  bool is_for_unlabelled = false;
};
// Of every label that has one.
std::vector<Term> terms_of(const governance::LabelLattice& labels);

struct Due {
  RoomId room = {};
  EventId event = {};
  std::string label = {};
  std::uint32_t days = 0;
  std::vector<std::string> files = {};  // mxc://… that no other message needs
  std::vector<EventId> edits = {};
};

// What is sent from the future is looked at when its time has come.
struct Later {
  EventId event = {};
  RoomId room = {};
  std::int64_t due_ms = 0;
};

struct Piece {
  std::vector<Due> due = {};
  std::vector<Later> later = {};
  StreamPosition reached = {};
  bool is_last = true;
};

struct PieceBounds {
  std::size_t events = 500;
  std::size_t due = 50;
};

class Findings {
 public:
  Findings(storage::Snapshot& snapshot, storage::KeyRing& keys, const provenance::MarkKey& marks,
           const governance::LabelLattice& labels, Timestamp now)
      : snapshot_(snapshot), keys_(keys), marks_(marks), labels_(labels), now_(now) {}

  // The next events after the progress that are older than the term.
  Result<Piece> next(const Term& term, StreamPosition after, PieceBounds bounds);
  // One event again: nothing when it is gone, or not due by any of the terms. Messages that were labelled
  // anew, and those that were left.
  Result<std::optional<Due>> again(const EventId& event, std::span<const Term> terms);
  // Events that somebody labelled after they were sent.
  Result<std::vector<EventId>> labelled_anew(std::span<const Term> terms);

 private:
  Result<std::optional<Due>> due_of(const storage::Row& row, const Term& term);
  Result<std::string> label_of(const rooms::StoredEvent& stored) const;
  Result<const rooms::RoomSecrets*> secrets_of(std::string_view room);
  Result<std::vector<EventId>> edits_of(const rooms::EventColumns& columns);
  Result<bool> is_needed_elsewhere(std::string_view uri, const Due& due);

  storage::Snapshot& snapshot_;
  storage::KeyRing& keys_;
  const provenance::MarkKey& marks_;
  const governance::LabelLattice& labels_;
  const Timestamp now_;
  std::unordered_map<std::string, std::optional<rooms::RoomSecrets>> secrets_;
};

}  // namespace kuramori::retention
