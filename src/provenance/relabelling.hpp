// Another label for a message that was sent already. What was sent stays as it is, since it is signed: what
// it is known again by gets the label, so that answers, forwards and downloads of its files count as that,
// and so does what is asked about the message.
//
//   auto message = co_await relabelling.find(room, event);
//   auto done = co_await relabelling.set(std::move(permit), *message, {.label = "internal", .reason =
//   "published"});
#pragma once
#include "gate/gate.hpp"
#include "provenance/content_book.hpp"
#include "storage/key_ring.hpp"

namespace kuramori::provenance {

struct LabelledMessage {
  RoomId room = {};
  EventId event = {};
  UserId sender = {};
  std::string label = {};  // that it has now; empty: none
  std::vector<Mark> marks = {};
  StreamPosition position = {};
};

struct LabelWish {
  std::string label = {};  // empty: it is taken off
  std::string reason = {};
};

class Relabelling {
 public:
  struct Ports {
    storage::Store& store;
    storage::KeyRing& keys;
    gate::Gate& gate;
    ContentBook& book;
  };
  explicit Relabelling(Ports ports) : ports_(ports) {}

  // NotFound when there is no such message, or it was redacted. Who asks must be allowed to know.
  runtime::Task<Result<LabelledMessage>> find(RoomId room, EventId event) const;
  // LabelSet. The reason goes into the record, sealed with the person's key.
  runtime::Task<Result<void>> set(gate::Permit permit, LabelledMessage message, LabelWish wish);

 private:
  const Ports ports_;
};

// What somebody labelled the message after it was sent; the empty label where it was taken off. Nothing: it
// is as it was sent.
Result<std::optional<std::string>> label_decided_of(storage::Snapshot& snapshot, const EventId& event);

}  // namespace kuramori::provenance
