// Remembers which messages hold which links, as keyed hashes: so that a link that becomes bad later is found
// in all of them, without a time limit. Follows the stream by position, so that it misses nothing after a
// restart.
#pragma once
#include "links/click_through.hpp"
#include "rooms/queries.hpp"
#include "rooms/recent_events.hpp"

namespace kuramori::links {

// The version and key of a room; NotFound when it is unknown or its key was destroyed.
Result<rooms::RoomSecrets> secrets_of(storage::Snapshot& snapshot, storage::KeyRing& keys,
                                      const RoomId& room);

class Sightings {
 public:
  static constexpr std::size_t kBatchEvents = 1'000;

  struct Ports {
    storage::Store& store;
    storage::KeyRing& keys;
    const ClickThrough& clicks;
    const Clock& clock;
    Logger log;
    const rooms::RecentEvents* recent = nullptr;  // null: everything is read from the store
  };
  explicit Sightings(Ports ports) : ports_(std::move(ports)) {}

  // Takes the next events of the stream; blocking. False when nothing was left.
  Result<bool> step();
  Result<StreamPosition> position();

 private:
  struct Batch {
    std::int64_t reached = 0;
    bool has_more = false;
    std::vector<std::pair<std::int64_t, std::int64_t>> seen = {};  // hash, position
  };
  Result<Batch> next_batch();
  std::optional<Batch> recent_batch() const;
  Result<Batch> read_batch(storage::Snapshot& snapshot);
  void look_at(const json::Object& content, StreamPosition position, Batch& batch) const;

  const Ports ports_;
  std::int64_t looked_up_to_ = 0;  // one thread at a time steps
  std::int64_t noted_ = 0;
};

}  // namespace kuramori::links
