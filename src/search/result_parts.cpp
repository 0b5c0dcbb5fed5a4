// What goes with the results: their context, the state of their rooms, their groups.
#include <algorithm>
#include <set>

#include "search/search_state.hpp"

namespace kuramori::search {
namespace {

using storage::Direction;

void add_to(FoundGroup& group, const SearchQuery& query, const FoundEvent& result, std::uint8_t score,
            std::int64_t number) {
  if (group.results.empty()) group.order = number;
  group.results.push_back(result.event->event->id());
  group.next = Cursor{.order = query.order, .score = score, .position = result.event->position.value};
}

rooms::MemberProfile profile_in(const json::Object& content) {
  rooms::MemberProfile profile;
  if (const auto name = json::string_or(content, "displayname", ""); !name.empty())
    profile.display_name = name;
  if (const auto url = json::string_or(content, "avatar_url", ""); !url.empty()) profile.avatar_url = url;
  return profile;
}

}  // namespace

// A group goes on where its last result on this page is.
void Searcher::group(Search& search) {
  SearchResults& results = search.results;
  const std::optional<Cursor>& from = search.query.from;
  for (std::size_t i = 0; i < results.results.size(); ++i) {
    const FoundEvent& result = results.results[i];
    const auto number = static_cast<std::int64_t>(i) + 1;
    const std::string& room = search.rooms[search.room_of[i]].id.str();
    const std::string& sender = result.event->sender.str();
    if (search.query.by_room) {
      FoundGroup& group = results.rooms[room];
      add_to(group, search.query, result, search.scores[i], number);
      group.next->room = room;
      if (from) group.next->sender = from->sender;
    }
    if (search.query.by_sender) {
      FoundGroup& group = results.senders[sender];
      add_to(group, search.query, result, search.scores[i], number);
      group.next->sender = sender;
      if (from) group.next->room = from->room;
    }
  }
  for (std::uint32_t number = 0; number < search.rooms.size(); ++number) {
    const auto group = results.rooms.find(search.rooms[number].id.str());
    if (group != results.rooms.end() && !search.rooms_going_on.contains(number)) group->second.next.reset();
  }
  for (auto& [sender, group] : results.senders) {
    if (!search.senders_going_on.contains(sender)) group.next.reset();
  }
}

runtime::Task<Result<FoundContext>> Searcher::context_of(const OpenRoom& room, rooms::RoomEventPtr event,
                                                         ContextWanted wanted) {
  const StreamPosition at = event->position;
  FoundContext context{.start = {at.value - 1}, .end = at};
  rooms::Timeline past;
  if (wanted.before > 0) {
    rooms::TimelineQuery query{.room = room.id,
                               .after = {},
                               .up_to = {at.value - 1},
                               .direction = Direction::Backward,
                               .limit = wanted.before};
    auto reading = ports_.rooms.timeline(room.permit, std::move(query));
    KURAMORI_CO_TRY(read, co_await std::move(reading));
    past = std::move(read);
    context.start = past.reached;
  }
  rooms::Timeline future;
  if (wanted.after > 0) {
    rooms::TimelineQuery query{.room = room.id,
                               .after = at,
                               .up_to = ports_.rooms.last_position(),
                               .direction = Direction::Forward,
                               .limit = wanted.after};
    auto reading = ports_.rooms.timeline(room.permit, std::move(query));
    KURAMORI_CO_TRY(read, co_await std::move(reading));
    future = std::move(read);
    if (!future.events.empty()) context.end = future.events.back()->position;
  }
  std::vector<rooms::RoomEventPtr> all = past.events;
  all.insert(all.end(), future.events.begin(), future.events.end());
  auto asking = ports_.rooms.personal_unsigned(room.permit, room.id, all);
  KURAMORI_CO_TRY(personal, co_await std::move(asking));
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto& list = i < past.events.size() ? context.before : context.after;
    list.push_back({.event = all[i], .personal = std::move(personal[i])});
  }
  if (!wanted.include_profile) co_return context;
  all.push_back(event);
  std::set<UserId> senders;
  for (const rooms::RoomEventPtr& one : all) senders.insert(one->sender);
  const rooms::RoomStatePtr now = ports_.rooms.cached_state(room.id);
  for (const UserId& sender : senders) {
    // Mostly the membership of today was there already: nothing has to be read.
    const auto member_now = now == nullptr ? nullptr : now->find("m.room.member", sender.view());
    if (member_now != nullptr && member_now->depth() < event->event->depth()) {
      context.profiles.emplace(sender, profile_in(member_now->content()));
      continue;
    }
    auto finding = ports_.rooms.member_at(room.id, sender, at);
    KURAMORI_CO_TRY(member, co_await std::move(finding));
    if (member != nullptr) context.profiles.emplace(sender, profile_in(member->event->content()));
  }
  co_return context;
}

runtime::Task<Result<void>> Searcher::personalise(Search& search) {
  std::vector<FoundEvent>& results = search.results.results;
  for (std::uint32_t number = 0; number < search.rooms.size(); ++number) {
    std::vector<rooms::RoomEventPtr> events;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (search.room_of[i] != number) continue;
      events.push_back(results[i].event);
      places.push_back(i);
    }
    if (events.empty()) continue;
    const OpenRoom& room = search.rooms[number];
    auto asking = ports_.rooms.personal_unsigned(room.permit, room.id, std::move(events));
    KURAMORI_CO_TRY(personal, co_await std::move(asking));
    for (std::size_t i = 0; i < places.size(); ++i) results[places[i]].personal = std::move(personal[i]);
  }
  if (!search.query.context) co_return Result<void>();
  for (std::size_t i = 0; i < results.size(); ++i) {
    auto reading = context_of(search.rooms[search.room_of[i]], results[i].event, *search.query.context);
    KURAMORI_CO_TRY(context, co_await std::move(reading));
    results[i].context = std::move(context);
  }
  co_return Result<void>();
}

// "The current state for every room in the results": as far as the searcher may see it.
runtime::Task<Result<void>> Searcher::add_state(Search& search) {
  std::set<std::string_view> senders;
  for (const FoundEvent& result : search.results.results) senders.insert(result.event->sender.view());
  const std::set<std::uint32_t> numbers(search.room_of.begin(), search.room_of.end());
  for (const std::uint32_t number : numbers) {
    const OpenRoom& room = search.rooms[number];
    auto reading = ports_.rooms.visible_state(room.permit, room.id);
    KURAMORI_CO_TRY(seen, co_await std::move(reading));
    std::vector<rooms::RoomEventPtr>& events = search.results.state[room.id];
    seen.state->for_each([&](const matrix::EventPtr& event) {
      const bool is_left_out = search.query.filter.lazy_load_members && event->type() == "m.room.member" &&
                               !senders.contains(*event->state_key());
      if (!is_left_out) events.push_back(ports_.rooms.render(event, seen.position));
    });
  }
  co_return Result<void>();
}

}  // namespace kuramori::search
