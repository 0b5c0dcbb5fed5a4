#include "rooms/published_rooms.hpp"

#include <algorithm>
#include <limits>

#include "rooms/public_room.hpp"
#include "rooms/room_event.hpp"
#include "rooms/tables.hpp"

namespace kuramori::rooms {
namespace {

constexpr std::size_t kPageMax = 500;

}  // namespace

void PublishedRooms::listing_changed() {
  const std::scoped_lock lock(mutex_);
  may_have_others_ = true;
}

void PublishedRooms::committed(std::span<const Change> changes) {
  const std::scoped_lock lock(mutex_);
  for (const Change& change : changes) {
    const auto* committed = dynamic_cast<const EventCommitted*>(change.payload.get());
    if (committed == nullptr || committed->state_after == committed->state_before) continue;
    if (published_.contains(committed->room)) changed_.insert(committed->room);
    // A room is published, or takes the place of one that is, in the unit that creates or ends it.
    const std::string_view type = committed->event->event->type();
    may_have_others_ = may_have_others_ || type == "m.room.create" || type == "m.room.tombstone";
  }
}

runtime::Task<Result<void>> PublishedRooms::read_rooms() {
  {
    const std::scoped_lock lock(mutex_);
    if (!may_have_others_) co_return Result<void>();
    may_have_others_ = false;  // whatever comes from here on is seen or read again
  }
  auto query = [](storage::Snapshot& snapshot) {
    return snapshot.scan({.table = &kPublishedRooms,
                          .index = nullptr,
                          .prefix = {},
                          .from = std::nullopt,
                          .below = std::nullopt,
                          .limit = std::numeric_limits<std::size_t>::max()});
  };
  auto reading = reader_.read(std::move(query));
  const auto rows = co_await std::move(reading);
  const std::scoped_lock lock(mutex_);
  if (!rows) {
    may_have_others_ = true;
    co_return rows.error();
  }
  std::unordered_set<RoomId> now;
  for (const storage::Row& row : *rows) {
    RoomId room(storage::text(row[0]));
    if (!published_.contains(room)) changed_.insert(room);
    now.insert(std::move(room));
  }
  List kept;
  std::ranges::copy_if(*list_, std::back_inserter(kept),
                       [&](const RoomPtr& room) { return now.contains(room->id); });
  list_ = std::make_shared<const List>(std::move(kept));
  published_ = std::move(now);
  co_return Result<void>();
}

bool PublishedRooms::is_current() {
  const std::scoped_lock lock(mutex_);
  return !is_updating_ && !may_have_others_ && changed_.empty();
}

// One after the other: whoever comes while the list is being brought up to date waits for it.
runtime::Task<Result<void>> PublishedRooms::bring_up_to_date() {
  if (is_current()) co_return Result<void>();
  KURAMORI_CO_TRY(lane, co_await updating_.enter());
  {
    const std::scoped_lock lock(mutex_);
    is_updating_ = true;
  }
  auto reading = read_rooms();
  auto done = co_await std::move(reading);
  if (done) {
    auto describing = describe_changed();
    done = co_await std::move(describing);
  }
  const std::scoped_lock lock(mutex_);
  is_updating_ = false;
  co_return done;
}

runtime::Task<Result<void>> PublishedRooms::describe_changed() {
  std::unordered_set<RoomId> changed;
  {
    const std::scoped_lock lock(mutex_);
    changed.swap(changed_);
  }
  if (changed.empty()) co_return Result<void>();
  List described;
  std::optional<Error> failure;
  for (const RoomId& room : changed) {
    auto looking = rooms_.current_state(room);
    const auto state = co_await std::move(looking);
    if (!state) {
      failure = state.error();
      break;
    }
    described.push_back(
        std::make_shared<const Room>(Room{.id = room,
                                          .members = static_cast<std::int64_t>((*state)->joined_count()),
                                          .described = describe_public_room(room, **state)}));
  }
  const std::scoped_lock lock(mutex_);
  if (failure) {
    changed_.merge(changed);
    co_return *std::move(failure);
  }
  List list;
  for (const RoomPtr& room : *list_) {
    if (!changed.contains(room->id)) list.push_back(room);
  }
  for (RoomPtr& room : described) {
    if (published_.contains(room->id)) list.push_back(std::move(room));
  }
  std::ranges::sort(list, [](const RoomPtr& a, const RoomPtr& b) {
    return a->members != b->members ? a->members > b->members : a->id < b->id;
  });
  list_ = std::make_shared<const List>(std::move(list));
  co_return Result<void>();
}

runtime::Task<Result<PublicRoomsPage>> PublishedRooms::page(PublicRoomsQuery query) {
  auto catching_up = bring_up_to_date();
  KURAMORI_CO_CHECK(co_await std::move(catching_up));
  std::shared_ptr<const List> found;
  {
    const std::scoped_lock lock(mutex_);
    found = list_;
  }
  if (!query.search.empty() || query.room_types) {
    List matching;
    std::ranges::copy_if(*found, std::back_inserter(matching),
                         [&](const RoomPtr& room) { return matches_search(room->described, query); });
    found = std::make_shared<const List>(std::move(matching));
  }
  PublicRoomsPage page;
  page.total = found->size();
  const std::size_t limit = std::clamp<std::size_t>(query.limit, 1, kPageMax);
  const std::size_t begin = std::min(query.offset, found->size());
  const std::size_t end = begin + std::min(limit, found->size() - begin);
  for (std::size_t i = begin; i < end; ++i) page.chunk.emplace_back((*found)[i]->described);
  if (end < found->size()) page.next = end;
  if (begin > 0) page.previous = begin - std::min(begin, limit);
  co_return page;
}

}  // namespace kuramori::rooms
