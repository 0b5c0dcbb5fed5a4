// Relations between events: what a new one may relate to, and what readers get of them.
#include <algorithm>

#include "rooms/aggregations.hpp"
#include "rooms/relation_rows.hpp"
#include "rooms/service.hpp"
#include "rooms/service_state.hpp"

namespace kuramori::rooms {
namespace {

constexpr std::size_t kAnnotationsOfOneMax = 1'000;  // of one person to one event

Error duplicate_annotation() {
  return {ErrorCode::InvalidArgument, "M_DUPLICATE_ANNOTATION", "You have annotated this event so already."};
}

// module event_annotations, "Avoiding duplicate annotations".
Result<void> refuse_duplicate(storage::Snapshot& snapshot, const RoomSecrets& secrets,
                              const RelationScan& scan, std::string_view type, std::string_view key) {
  std::vector<StreamPosition> same_type;
  KURAMORI_CHECK(for_each_relation(snapshot, scan, [&](const RelationRow& row) {
    if (row.event_type == type) same_type.push_back(row.position);
    return same_type.size() < kAnnotationsOfOneMax;
  }));
  for (const StreamPosition position : same_type) {
    KURAMORI_TRY(stored, event_at(snapshot, secrets, position));
    const auto relation = matrix::relation_in(stored.event->content());
    if (relation && relation->key == key) return duplicate_annotation();
  }
  return {};
}

// module threading, "Validation of m.thread relationships".
Result<void> refuse_nested_thread(storage::Snapshot& snapshot, const RoomSecrets& secrets, const RoomId& room,
                                  std::string_view root) {
  KURAMORI_TRY(row, find_event_row(snapshot, EventId(root)));
  if (!row || event_columns(*row).room != room.view()) return {};
  KURAMORI_TRY(stored, open_event(*row, secrets.key, *secrets.version));
  if (!matrix::relation_in(stored.event->content())) return {};
  return Error(ErrorCode::InvalidArgument, "M_UNKNOWN",
               "A thread cannot start at an event that is in a relation itself.");
}

}  // namespace

runtime::Task<Result<IgnoredUsers>> RoomService::State::ignored_by(UserId reader) {
  if (ports.choices == nullptr) co_return IgnoredUsers();
  auto asking = ports.choices->ignored_by(std::move(reader));
  auto ignored = co_await std::move(asking);
  co_return ignored;
}

runtime::Task<Result<ReaderView>> RoomService::State::view_of(RoomPtr room, const gate::Permit& permit) {
  ReaderView view;
  view.user = permit.subject().user;
  view.device = permit.subject().device;
  view.sight = permit.sight();
  if (view.sight != nullptr) {
    auto preparing = view.sight->prepare(room->id());
    co_await std::move(preparing);
  }
  auto looking = horizon(room, view.user);
  KURAMORI_CO_TRY(until, co_await std::move(looking));
  view.until = until;
  auto judging = judge(room, view.user);
  KURAMORI_CO_TRY(judge, co_await std::move(judging));
  view.judge = std::move(judge);
  auto asking = ignored_by(view.user);
  KURAMORI_CO_TRY(ignored, co_await std::move(asking));
  view.ignored = std::move(ignored);
  co_return view;
}

runtime::Task<Result<void>> RoomService::State::check_relation(RoomId room, std::string type, UserId sender,
                                                               json::Object content) {
  const auto relation = matrix::relation_in(content);
  KURAMORI_CO_TRY(found, co_await room_of_member(room));
  auto query = [&, secrets = secrets_of(*found)](storage::Snapshot& snapshot) -> Result<void> {
    if (relation->type == "m.thread") return refuse_nested_thread(snapshot, secrets, room, relation->parent);
    const RelationScan scan{.room = room,
                            .parent = std::string(relation->parent),
                            .rel_type = std::string(relation->type),
                            .sender = sender.str()};
    return refuse_duplicate(snapshot, secrets, scan, type, relation->key);
  };
  auto read = ports.store.read(std::move(query));
  auto outcome = co_await std::move(read);
  co_return outcome;
}

namespace {

Result<std::vector<PersonalEvent>> personal_events(const Aggregating& to, std::vector<RoomEventPtr> events) {
  KURAMORI_TRY(parts, personal_parts(to, events));
  std::vector<PersonalEvent> found;
  for (std::size_t i = 0; i < events.size(); ++i) {
    found.push_back({.event = std::move(events[i]), .personal = std::move(parts[i])});
  }
  return found;
}

}  // namespace

runtime::Task<Result<std::vector<std::string>>> RoomReader::personal_unsigned(
    const gate::Permit&, RoomId, std::vector<RoomEventPtr> events) {
  co_return std::vector<std::string>(events.size());
}

runtime::Task<Result<std::vector<std::string>>> RoomService::personal_unsigned(
    const gate::Permit& permit, RoomId room, std::vector<RoomEventPtr> events) {
  permit.require_any({gate::Operation::RoomRead, gate::Operation::Sync});
  if (events.empty()) co_return std::vector<std::string>();
  const gate::Subject reader = permit.subject();
  KURAMORI_CO_TRY(found, co_await state_->room_of_member(room));
  auto viewing = state_->view_of(found, permit);
  auto view = co_await std::move(viewing);
  if (!view && view.error().code() != ErrorCode::Forbidden) co_return std::move(view).error();
  // Who may not look into the room (an invitation that was refused) still has a membership.
  if (!view) view = ReaderView{.user = reader.user, .device = reader.device};
  auto query = [&, secrets = state_->secrets_of(*found)](storage::Snapshot& snapshot) {
    return personal_parts({.snapshot = snapshot, .secrets = secrets, .room = room, .view = *view}, events);
  };
  auto read = state_->ports.store.read(std::move(query));
  auto parts = co_await std::move(read);
  co_return parts;
}

namespace {

constexpr std::size_t kRecursiveMax = 5'000;

// Everything that relates to the parent within the depth, in the order of the stream.
Result<std::vector<StreamPosition>> related_recursively(const Aggregating& to, const RelationsQuery& query) {
  std::vector<StreamPosition> found;
  std::vector<std::string> parents{query.event.str()};
  std::unordered_set<std::string> seen{query.event.str()};
  for (int depth = 0; depth < kRelationDepth && !parents.empty(); ++depth) {
    std::vector<std::string> children;
    for (const std::string& parent : parents) {
      const RelationScan scan{.room = to.room, .parent = parent};
      KURAMORI_CHECK(for_each_relation(to.snapshot, scan, [&](const RelationRow& row) {
        if (!to.view.sees(row.position) || to.view.ignores(row.sender)) return true;
        if (!seen.insert(std::string(row.event)).second) return true;
        children.emplace_back(row.event);
        const bool is_wanted = (query.rel_type.empty() || row.rel_type == query.rel_type) &&
                               (query.event_type.empty() || row.event_type == query.event_type) &&
                               row.position > query.after && row.position <= query.up_to;
        if (is_wanted) found.push_back(row.position);
        return seen.size() < kRecursiveMax;
      }));
    }
    parents = std::move(children);
  }
  std::ranges::sort(found);
  if (query.direction == storage::Direction::Backward) std::ranges::reverse(found);
  if (found.size() > query.limit + 1) found.resize(query.limit + 1);
  return found;
}

Result<std::vector<StreamPosition>> related_directly(const Aggregating& to, const RelationsQuery& query) {
  std::vector<StreamPosition> found;
  const RelationScan scan{.room = to.room,
                          .parent = query.event.str(),
                          .rel_type = query.rel_type,
                          .after = query.after,
                          .up_to = query.up_to,
                          .direction = query.direction};
  KURAMORI_CHECK(for_each_relation(to.snapshot, scan, [&](const RelationRow& row) {
    const bool is_wanted = (query.event_type.empty() || row.event_type == query.event_type) &&
                           to.view.sees(row.position) && !to.view.ignores(row.sender);
    if (is_wanted) found.push_back(row.position);
    return found.size() <= query.limit;
  }));
  return found;
}

Result<Relations> related(const Aggregating& to, const RelationsQuery& query) {
  KURAMORI_TRY(parent, find_event_row(to.snapshot, query.event));
  const bool is_visible = parent && event_columns(*parent).room == to.room.view() &&
                          to.view.sees(event_columns(*parent).position);
  if (!is_visible) return not_found("Event not found.");
  KURAMORI_TRY(opened, rendered_event(to.snapshot, to.secrets, *parent));
  if (to.view.hides(*opened->event)) return not_found("Event not found.");
  KURAMORI_TRY(positions, query.recurse == RelationsQuery::Recurse::Yes ? related_recursively(to, query)
                                                                        : related_directly(to, query));
  Relations page;
  if (positions.size() > query.limit) {
    positions.resize(query.limit);
    const StreamPosition last = positions.empty() ? query.up_to : positions.back();
    const bool is_backward = query.direction == storage::Direction::Backward;
    page.next = StreamPosition{is_backward ? last.value - 1 : last.value};
  }
  std::vector<RoomEventPtr> events;
  for (const StreamPosition position : positions) {
    KURAMORI_TRY(row, event_row_at(to.snapshot, position));
    KURAMORI_TRY(event, rendered_event(to.snapshot, to.secrets, row));
    if (!to.view.hides(*event->event)) events.push_back(std::move(event));
  }
  KURAMORI_TRY(personal, personal_events(to, std::move(events)));
  page.events = std::move(personal);
  return page;
}

}  // namespace

runtime::Task<Result<Relations>> RoomService::relations(const gate::Permit& permit, RelationsQuery query) {
  permit.require(gate::Operation::RoomRead);
  KURAMORI_CO_TRY(found, co_await state_->room_of_member(query.room));
  auto viewing = state_->view_of(found, permit);
  KURAMORI_CO_TRY(view, co_await std::move(viewing));
  auto reading = [&, secrets = state_->secrets_of(*found)](storage::Snapshot& snapshot) {
    return related({.snapshot = snapshot, .secrets = secrets, .room = query.room, .view = view}, query);
  };
  auto read = state_->ports.store.read(std::move(reading));
  auto page = co_await std::move(read);
  co_return page;
}

}  // namespace kuramori::rooms
