// The way of an event of ours, under the room's head lock, in this order:
//
// - known: a transaction id that was used before answers at once (known_transactions.hpp, before the lock)
// - draft: prev_events, depth and auth_events from the head (EventBatch::draft)
// - limits: shape, sizes, canonical JSON; hashes and signature (matrix::build)
// - state: the room's rules against the current state (matrix::authorise)
// - commit: rows, sealed under the room's key, and what readers hear (EventBatch::store)
// - publish: gate.submit takes the place in commit order; the stream tells (RoomWriter)
//
// Server ACLs, missing events and the state before other prev_events belong to events of other servers, which
// enter above this one. Policy has spoken before: the caller holds a permission.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "crypto/signing.hpp"
#include "rooms/known_transactions.hpp"
#include "rooms/room.hpp"
#include "rooms/sticky_events.hpp"
#include "rooms/stored_event.hpp"
#include "storage/key_ring.hpp"
#include "storage/unit_of_work.hpp"

namespace kuramori::rooms {

// What the caller wants of an event; the rest follows from the room.
struct Proposal {
  UserId sender = {};
  std::string type = {};
  std::optional<std::string> state_key = {};
  json::Object content = {};
  EventId redacts = {};
  DeviceId device = {};
  TransactionId transaction = {};
  KnownTransactions::Fingerprint fingerprint = 0;  // of the transaction; 0: none
  std::optional<Milliseconds> sticky = {};
  std::string delay_id = {};
  std::optional<Timestamp> timestamp = {};  // nothing: now
};

// A redaction's effect on an event that is stored: found before the lock, applied in the same unit.
struct RedactionTarget {
  StoredEvent stored = {};
};

// What every batch needs.
struct AdmissionContext {
  const ServerName& server;
  const crypto::SigningKey& signing_key;
  const crypto::SigningKey* policy_key;  // null: this is no policy server
  storage::KeyRing& keys;
  KnownTransactions& transactions;
  StickyEvents& sticky;
  const Clock& clock;
  Random& random;
};

// Events of one room in one unit of work, each judged against the state that the ones before it made.
class EventBatch {
 public:
  // On top of a loaded room; the caller holds its head lock.
  EventBatch(const AdmissionContext& context, const Room& room);
  // A new room: its first event must be m.room.create, which names it from version 12 on.
  EventBatch(const AdmissionContext& context, const matrix::RoomVersion& version, RoomId id,
             Timestamp created);

  // Forbidden with the rule that refused it; M_TOO_LARGE, M_BAD_JSON. `target` for a redaction that takes
  // effect.
  Result<matrix::EventPtr> add(Proposal proposal, const RedactionTarget* target = nullptr);

  const Head& head() const { return head_; }
  const RoomState& state() const { return *head_.state; }
  const RoomId& room() const { return room_; }
  const matrix::RoomVersion& version() const { return version_; }
  storage::UnitOfWork& work() { return work_; }

 private:
  matrix::Draft draft(Proposal& proposal) const;  // takes the content
  const crypto::SigningKey* policy_key_for(const Proposal& proposal) const;
  void store(const matrix::EventPtr& event, const Proposal& proposal, const RedactionTarget* target);
  void store_state_change(const matrix::Event& event, storage::NextOf position);
  RoomEventPtr store_redacted(const RedactionTarget& target, const matrix::EventPtr& redaction);

  const AdmissionContext& context_;
  const matrix::RoomVersion& version_;
  RoomId room_;
  std::optional<crypto::SecretKey> key_;  // none before the first event of a new room
  Head head_;
  Timestamp created_;
  storage::UnitOfWork work_;
};

}  // namespace kuramori::rooms
