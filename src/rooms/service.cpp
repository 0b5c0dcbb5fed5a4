#include "rooms/service.hpp"

#include "rooms/rendering.hpp"
#include "rooms/service_state.hpp"

namespace kuramori::rooms {

RoomService::State::State(Ports p, RoomOptions o)
    : ports(std::move(p)),
      options(std::move(o)),
      admission{.server = options.server,
                .signing_key = ports.signing_key,
                .policy_key = ports.policy_key,
                .keys = ports.keys,
                .transactions = transactions,
                .sticky = sticky,
                .clock = ports.clock,
                .random = ports.random},
      cache({.rooms_max = options.cached_rooms_max, .bytes_max = options.cached_bytes_max},
            [this](RoomId id) { return load(std::move(id)); }),
      rendered(options.rendered_events_max),
      transactions(ports.store, options.known_transactions_max),
      sticky(ports.store, ports.keys, ports.clock, ports.log),
      events_written(ports.metrics.counter("kuramori_rooms_events_total", "Events committed to rooms.")),
      writes_repeated(ports.metrics.counter("kuramori_rooms_writes_repeated_total",
                                            "Writes done again because one beneath them was lost.")),
      rooms_loaded(ports.metrics.counter("kuramori_rooms_loaded_total", "Rooms read from the store.")) {
  ports.metrics.observe("kuramori_rooms_cached_rooms", "Rooms in memory.",
                        [this] { return static_cast<double>(cache.size()); });
}

RoomService::RoomService(Ports ports, RoomOptions options)
    : state_(std::make_unique<State>(std::move(ports), std::move(options))) {}
RoomService::~RoomService() = default;

runtime::Task<Result<RoomPtr>> RoomService::State::load(RoomId id) {
  // Before the snapshot: a commit that fails in between then fails what is built on this load, too.
  const std::uint64_t epoch = ports.store.epoch();
  auto query = [this, id](storage::Snapshot& snapshot) { return load_room(snapshot, ports.keys, id); };
  auto read = ports.store.read(std::move(query));
  KURAMORI_CO_TRY(loaded, co_await std::move(read));
  loaded.epoch = epoch;
  rooms_loaded.add();
  co_return std::make_shared<Room>(std::move(loaded), options.recent_events_max);
}

runtime::Task<Result<RoomPtr>> RoomService::State::room_of_member(RoomId id) {
  auto found = co_await cache.get(std::move(id));
  if (!found && found.error().code() == ErrorCode::NotFound) co_return not_in_room();
  co_return found;
}

void RoomService::committed(std::span<const Change> changes) {
  for (const Change& change : changes) {
    const auto* committed = dynamic_cast<const EventCommitted*>(change.payload.get());
    if (committed == nullptr) continue;
    committed->event->position = change.position;
    state_->events_written.add();
    if (committed->transaction != 0) state_->transactions.committed(committed->transaction, change.position);
    state_->sticky.committed(*committed);
    if (const RoomPtr room = state_->cache.cached(committed->room)) room->advance(*committed);
  }
}

StreamPosition RoomService::last_position() const {
  return state_->ports.store.last_position();
}

std::vector<RoomEventPtr> RoomService::sticky(const RoomId& room, StreamPosition after,
                                              StreamPosition up_to) const {
  return state_->sticky.in_room(room, after, up_to);
}

bool RoomService::may_publish(const gate::Subject& subject) const {
  return state_->options.publishers == Publishers::Everybody || subject.role == gate::Role::Administrator;
}

RoomEventPtr RoomService::render(const matrix::EventPtr& event, StreamPosition position) const {
  if (position.value == 0) return state_->rendered.get(event);
  return render_event(position, event, {}, {});
}

json::Object passed_content(const gate::Permit& permit, json::Object content) {
  return permit.amended_content() ? *permit.amended_content() : std::move(content);
}

Result<EventId> made(Result<std::optional<EventId>> written) {
  if (!written) return std::move(written).error();
  ensure(written->has_value(), "a step that makes an event made none");
  return std::move(**written);
}

Error not_in_room() {
  return forbidden("You are not a member of this room.");
}

}  // namespace kuramori::rooms
