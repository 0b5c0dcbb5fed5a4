// The newest committed events, for followers of the stream that come a little later: what was just written
// need not be read back, opened and parsed. Bounded; who is further behind reads the store.
//
//   RecentEvents recent;
//   store.add_listener(rooms);
//   store.add_listener(recent);      // after `rooms`, which numbers the events
#pragma once
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "rooms/room_event.hpp"
#include "rooms/stored_event.hpp"
#include "storage/store.hpp"

namespace kuramori::rooms {

class RecentEvents final : public storage::StreamListener {
 public:
  using EventPointer = std::shared_ptr<const EventCommitted>;
  // `events_max`: room for two steps of a follower that gathers for a second.
  explicit RecentEvents(std::size_t events_max = 8'192) : events_max_(events_max) {}

  void committed(std::span<const Change> changes) override;

  // Of the stream, whether an event is there or not.
  StreamPosition newest() const;
  // The events at positions in (after, until], in their order, as they were committed: a redaction is an
  // event of its own, and what it redacted is here as it was. At most `limit` of them. Nothing when some of
  // them are not held, or not any more.
  std::optional<std::vector<EventPointer>> between(StreamPosition after, StreamPosition until,
                                                   std::size_t limit) const;

 private:
  struct Held {
    std::int64_t position;
    EventPointer event;
  };
  // Adds the next few after `after` to `found`; how many.
  std::size_t take_some(StreamPosition after, StreamPosition until, std::size_t limit,
                        std::vector<EventPointer>& found) const;

  const std::size_t events_max_;
  mutable std::mutex mutex_;  // the store's writer waits for it: held for moments only
  std::deque<Held> events_;
  std::optional<StreamPosition> complete_after_;  // every event after it is held; nothing: none was told yet
  StreamPosition newest_{};
};

// As the store would give it; without what is stored for its sender alone.
StoredEvent stored_form(const EventCommitted& committed);

}  // namespace kuramori::rooms
