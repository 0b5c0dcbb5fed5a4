// Stretches of history: /messages, /context, /timestamp_to_event and the windows of /sync.
#include <algorithm>
#include <limits>

#include "rooms/service.hpp"
#include "rooms/service_state.hpp"
#include "rooms/tables.hpp"
#include "rooms/time_index.hpp"

namespace kuramori::rooms {
namespace {

using storage::Direction;

// How many rows one call looks at when little of them passes: the caller goes on from `reached`.
constexpr std::size_t kExaminedMax = 5'000;
constexpr std::size_t kBatchMin = 32;
constexpr std::size_t kBatchMax = 512;

bool passes(const TimelineQuery& query, const EventColumns& columns) {
  return !query.filter || query.filter->matches(columns.type, columns.sender);
}

bool passes(const TimelineQuery& query, const matrix::Event& event) {
  return !query.filter || query.filter->matches_event(event);
}

// module ignore_users: state stays, whoever set it.
bool is_ignored(const IgnoredUsers& ignored, const EventColumns& columns) {
  return ignored != nullptr && !columns.state_key && ignored->contains(UserId(columns.sender));
}

// Walks rows of the timeline from one end of the query to the other.
class Walk {
 public:
  Walk(storage::Snapshot& snapshot, const RoomSecrets& secrets, const TimelineQuery& query,
       const TimelineLimits& limits)
      : snapshot_(snapshot), secrets_(secrets), query_(query), limits_(limits) {}

  Result<Timeline> run() {
    const bool backward = query_.direction == Direction::Backward;
    timeline_.reached = backward ? query_.up_to : query_.after;
    std::size_t examined = 0;
    // Each row lies on a page of its own: no more are read than will be wanted, as far as can be told, and
    // one that tells whether there is more.
    std::size_t batch = query_.filter ? kBatchMin : 0;
    std::optional<bool> has_more;
    while (timeline_.events.size() < query_.limit && examined < kExaminedMax) {
      batch = std::max(batch, query_.limit - timeline_.events.size() + 1);
      KURAMORI_TRY(rows, snapshot_.scan(next(batch)));
      std::size_t taken = 0;
      for (const storage::Row& row : rows) {
        KURAMORI_CHECK(examine(row));
        ++taken;
        if (timeline_.events.size() == query_.limit) break;
      }
      examined += rows.size();
      const bool is_end = rows.size() < batch;
      has_more = taken < rows.size() ? std::optional(true) : is_end ? std::optional(false) : std::nullopt;
      batch = std::min(2 * batch, kBatchMax);
      if (is_end && timeline_.events.size() < query_.limit) {
        timeline_.reached = backward ? query_.after : query_.up_to;
        break;
      }
    }
    if (!has_more) {
      KURAMORI_TRY(more, snapshot_.scan(next(1)));
      has_more = !more.empty();
    }
    timeline_.complete = !*has_more;
    return std::move(timeline_);
  }

 private:
  storage::Scan next(std::size_t limit) const {
    const bool backward = query_.direction == Direction::Backward;
    const StreamPosition after = backward ? query_.after : timeline_.reached;
    const StreamPosition up_to = backward ? timeline_.reached : query_.up_to;
    return {.table = &kEvents,
            .index = &kEvents.index("events_timeline"),
            .prefix = {query_.room.str()},
            .from = storage::Value(after.value + 1),
            .below = storage::Value(std::max(after.value, up_to.value) + 1),
            .direction = query_.direction,
            .limit = limit};
  }

  Result<void> examine(const storage::Row& row) {
    const EventColumns columns = event_columns(row);
    const bool backward = query_.direction == Direction::Backward;
    timeline_.reached = {backward ? columns.position.value - 1 : columns.position.value};
    if (!passes(query_, columns)) return {};
    if (limits_.judge && !limits_.judge->sees(columns.position)) return {};
    if (is_ignored(limits_.ignored, columns)) return {};
    KURAMORI_TRY(event, rendered_event(snapshot_, secrets_, row));
    if (is_hidden(limits_.sight.get(), *event->event)) return {};
    if (passes(query_, *event->event)) timeline_.events.push_back(std::move(event));
    return {};
  }

  storage::Snapshot& snapshot_;
  const RoomSecrets& secrets_;
  const TimelineQuery& query_;
  const TimelineLimits& limits_;
  Timeline timeline_;
};

bool is_plain(const TimelineQuery& query) {
  return !query.filter || (query.filter->matches_everything() && !query.filter->contains_url);
}

// From memory: the newest events, for readers who see everything.
std::optional<Timeline> from_memory(const Room& room, const TimelineQuery& query) {
  if (query.direction != Direction::Backward || !is_plain(query) || query.limit == 0) return std::nullopt;
  // One more says whether there is more.
  auto recent = room.recent(query.after, query.up_to, query.limit + 1);
  if (!recent) return std::nullopt;
  Timeline timeline;
  timeline.complete = recent->size() <= query.limit;
  if (!timeline.complete) recent->erase(recent->begin());
  timeline.reached = timeline.complete ? query.after : StreamPosition{recent->front()->position.value - 1};
  timeline.events.assign(recent->rbegin(), recent->rend());
  return timeline;
}

}  // namespace

runtime::Task<Result<Timeline>> RoomService::State::walk(RoomPtr room, TimelineQuery query,
                                                         TimelineLimits limits) {
  // Beyond what is committed there is nothing yet: a reader must not claim to have looked there.
  query.up_to = std::min(query.up_to, std::max(ports.store.last_position(), room->last_position()));
  if (query.up_to <= query.after) {
    co_return Timeline{.events = {}, .complete = true, .reached = query.after};
  }
  if (limits.sees_all()) {
    if (auto timeline = from_memory(*room, query)) co_return std::move(*timeline);
  }
  auto read_query = [query = std::move(query), limits = std::move(limits), secrets = secrets_of(*room)](
                        storage::Snapshot& snapshot) { return Walk(snapshot, secrets, query, limits).run(); };
  auto read = ports.store.read(std::move(read_query));
  auto timeline = co_await std::move(read);
  co_return timeline;
}

runtime::Task<Result<Timeline>> RoomService::timeline(const gate::Permit& permit, TimelineQuery query) {
  permit.require_any({gate::Operation::RoomRead, gate::Operation::Sync, gate::Operation::NotificationsRead});
  const UserId reader = permit.subject().user;
  KURAMORI_CO_TRY(room, co_await state_->room_of_member(query.room));
  if (permit.operation() == gate::Operation::RoomRead) {
    auto looking = state_->horizon(room, reader);
    KURAMORI_CO_TRY(until, co_await std::move(looking));
    query.up_to = std::min(query.up_to, until);
  }
  auto judging = state_->judge(room, reader);
  KURAMORI_CO_TRY(judge, co_await std::move(judging));
  auto asking = state_->ignored_by(reader);
  KURAMORI_CO_TRY(ignored, co_await std::move(asking));
  TimelineLimits limits{.judge = std::move(judge), .ignored = std::move(ignored), .sight = permit.sight()};
  if (limits.sight != nullptr) {
    auto preparing = limits.sight->prepare(query.room);
    co_await std::move(preparing);
  }
  auto walking = state_->walk(room, std::move(query), std::move(limits));
  auto timeline = co_await std::move(walking);
  co_return timeline;
}

runtime::Task<Result<Timeline>> RoomService::unchecked_timeline(TimelineQuery query) {
  KURAMORI_CO_TRY(room, co_await state_->room(query.room));
  auto walking = state_->walk(room, std::move(query), {});
  auto timeline = co_await std::move(walking);
  co_return timeline;
}

runtime::Task<Result<EventContext>> RoomService::context(const gate::Permit& permit, ContextQuery query) {
  permit.require(gate::Operation::RoomRead);
  auto finding = event(permit, query.room, query.event);
  KURAMORI_CO_TRY(centre, co_await std::move(finding));
  const StreamPosition at = centre->position;
  EventContext context;
  context.event = std::move(centre);

  TimelineQuery before{.room = query.room,
                       .after = {},
                       .up_to = {at.value - 1},
                       .direction = Direction::Backward,
                       .limit = query.limit / 2,
                       .filter = query.filter};
  auto earlier = timeline(permit, std::move(before));
  KURAMORI_CO_TRY(past, co_await std::move(earlier));
  context.start = past.reached;
  context.before = std::move(past.events);

  TimelineQuery after{.room = query.room,
                      .after = at,
                      .up_to = last_position(),
                      .direction = Direction::Forward,
                      .limit = query.limit - query.limit / 2,
                      .filter = std::move(query.filter)};
  auto later = timeline(permit, std::move(after));
  KURAMORI_CO_TRY(future, co_await std::move(later));
  context.end = future.events.empty() ? at : future.events.back()->position;
  context.after = std::move(future.events);

  auto reading = state_at(query.room, context.end);
  KURAMORI_CO_TRY(state, co_await std::move(reading));
  context.state = std::move(state);
  co_return context;
}

runtime::Task<Result<RoomEventPtr>> RoomService::event_near(const gate::Permit& permit, RoomId room,
                                                            Timestamp at, Direction direction) {
  permit.require(gate::Operation::RoomRead);
  KURAMORI_CO_TRY(found, co_await state_->room_of_member(room));
  auto looking = state_->horizon(found, permit.subject().user);
  KURAMORI_CO_TRY(until, co_await std::move(looking));
  auto judging = state_->judge(found, permit.subject().user);
  KURAMORI_CO_TRY(judge, co_await std::move(judging));
  const std::shared_ptr<const gate::Sight>& sight = permit.sight();
  if (sight != nullptr) {
    auto preparing = sight->prepare(room);
    co_await std::move(preparing);
  }
  auto query = [room, at, direction, until, judge = std::move(judge), sight,
                secrets = state_->secrets_of(*found)](storage::Snapshot& snapshot) -> Result<RoomEventPtr> {
    const bool forward = direction == Direction::Forward;
    RoomEventPtr nearest;
    const auto visit = [&](const TimedRow& found) -> Result<bool> {
      if (found.position > until || (judge && !judge->sees(found.position))) return true;
      KURAMORI_TRY(event, rendered_event(snapshot, secrets, found.row));
      if (is_hidden(sight.get(), *event->event)) return true;
      nearest = std::move(event);
      return false;
    };
    KURAMORI_CHECK(for_each_by_time(snapshot, room, to_unix_ms(at), direction, visit));
    if (nearest) return nearest;
    return not_found("Unable to find event from " + std::to_string(to_unix_ms(at)) + " in " +
                     (forward ? "forward" : "backward") + " direction");
  };
  auto read = state_->ports.store.read(std::move(query));
  auto event = co_await std::move(read);
  co_return event;
}

}  // namespace kuramori::rooms
