// Which rooms a sliding sync shows: the user's rooms in order, passed through the filters of each list, and
// those that its windows cover; the subscriptions beside them.
#include <algorithm>
#include <limits>

#include "sync/sliding_look.hpp"

namespace kuramori::sync::detail {
namespace {

using runtime::Task;

// So many at a time, so that no reader thread is held for long.
constexpr std::size_t kFactsBatch = 256;

bool is_listed(const UserRoomEntry& entry) {
  return !entry.forgotten &&
         (entry.membership == matrix::Membership::Join || entry.membership == matrix::Membership::Invite ||
          entry.membership == matrix::Membership::Knock);
}

bool has_type(const std::vector<std::optional<std::string>>& types, const std::string& type) {
  // Every room is asked: without a copy of each text.
  return std::ranges::any_of(types,
                             [&](const auto& wanted) { return wanted ? *wanted == type : type.empty(); });
}

// Without regard to case, as far as ASCII goes.
bool contains(std::string_view text, std::string_view wanted) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  const auto same = [&](char a, char b) { return lower(a) == lower(b); };
  return !std::ranges::search(text, wanted, same).empty() || wanted.empty();
}

std::vector<std::string> tag_names(std::string_view content) {
  std::vector<std::string> names;
  const auto parsed = json::parse_object(content);
  const json::Object* tags = parsed ? json::object_at(*parsed, "tags") : nullptr;
  if (tags == nullptr) return names;
  for (const auto& tag : *tags) names.emplace_back(tag.key());
  return names;
}

bool is_in_window(const SlidingList& list, std::size_t place) {
  return !list.ranges || std::ranges::any_of(*list.ranges, [&](const SlidingRange& range) {
    return range.first <= place && place <= range.last;
  });
}

// The first place that no window reaches.
std::size_t window_end(const SlidingList& list) {
  if (!list.ranges) return std::numeric_limits<std::size_t>::max();
  std::size_t end = 0;
  for (const SlidingRange& range : *list.ranges) end = std::max(end, range.last + 1);
  return end;
}

}  // namespace

Task<Result<void>> SlidingLook::find_rooms() {
  looked_at_rooms_ = true;
  connection_.counts.clear();
  auto learnt = co_await learn_facts();
  if (!learnt) co_return std::move(learnt).error();
  auto personal = co_await learn_personal();
  if (!personal) co_return std::move(personal).error();
  auto spaces = co_await read_spaces();
  if (!spaces) co_return std::move(spaces).error();
  place_rooms();
  for (std::size_t i = 0; i < lists_.size(); ++i) fill_list(i, *list_names_[i], *lists_[i]);
  add_subscriptions();
  settle_configs();
  co_return Result<void>();
}

Task<Result<void>> SlidingLook::learn_facts() {
  std::vector<RoomFeedPtr> unknown;
  for (const UserRoomPtr& entry : entries_) {
    if (is_listed(*entry) && !entry->feed->knows_facts()) unknown.push_back(entry->feed);
  }
  for (std::size_t begin = 0; begin < unknown.size(); begin += kFactsBatch) {
    const std::size_t end = std::min(begin + kFactsBatch, unknown.size());
    std::vector<RoomId> rooms;
    for (std::size_t i = begin; i < end; ++i) rooms.push_back(unknown[i]->room());
    auto facts = co_await context_.ports.rooms.facts(std::move(rooms));
    if (!facts) co_return std::move(facts).error();
    for (std::size_t i = begin; i < end; ++i) unknown[i]->learn_facts((*facts)[i - begin]);
  }
  co_return Result<void>();
}

Task<Result<void>> SlidingLook::learn_personal() {
  PersonalRooms& personal = connection_.personal;
  const StreamPosition changed = context_.feed.account_data_position();
  if (personal.direct_known.value == 0 || changed > personal.direct_known) {
    auto direct = co_await context_.ports.account_data.find(context_.user(), RoomId(), "m.direct");
    if (!direct) co_return std::move(direct).error();
    personal.direct.clear();
    for (const auto& person : direct->value_or(json::Object())) {
      const json::Array* rooms = person.value().if_array();
      if (rooms == nullptr) continue;
      for (const json::Value& room : *rooms) {
        if (room.is_string()) personal.direct.emplace(json::view(room.get_string()));
      }
    }
    personal.direct_known = context_.up_to;
  }
  const bool asks_tags =
      std::ranges::any_of(lists_, [](const auto* list) { return list->filters.asks_tags(); });
  if (!asks_tags) co_return Result<void>();
  if (personal.tags_known.value > 0 && changed <= personal.tags_known) co_return Result<void>();
  auto items = co_await context_.ports.account_data.changes(context_.permit, context_.user(),
                                                            personal.tags_known, context_.up_to);
  if (!items) co_return std::move(items).error();
  for (const AccountDataItem& item : *items) {
    if (item.type == "m.tag" && !item.room.empty()) personal.tags[item.room] = tag_names(item.content);
  }
  personal.tags_known = context_.up_to;
  co_return Result<void>();
}

// The rooms that the spaces named by filters list directly; only of spaces that the user is in.
Task<Result<void>> SlidingLook::read_spaces() {
  for (const SlidingList* list : lists_) {
    if (!list->filters.spaces) continue;
    for (const RoomId& space : *list->filters.spaces) {
      if (spaces_.contains(space) || !context_.feed.is_joined(space)) continue;
      auto state = co_await context_.ports.rooms.current_state(space);
      if (!state) co_return std::move(state).error();
      std::unordered_set<RoomId>& children = spaces_[space];
      (*state)->for_each([&](const matrix::EventPtr& event) {
        // One without servers was taken out of the space (client-server API, module spaces).
        if (event->type() == "m.space.child" && json::array_at(event->content(), "via") != nullptr)
          children.emplace(*event->state_key());
      });
    }
  }
  co_return Result<void>();
}

void SlidingLook::place_rooms() {
  listed_.reserve(entries_.size());
  interesting_.assign(entries_.size(), false);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (is_listed(*entries_[i])) listed_.push_back({bump_of(*entries_[i]), i});
  }
}

bool SlidingLook::passes(const SlidingFilters& filters, const UserRoomEntry& entry) const {
  const RoomFeed& feed = *entry.feed;
  if (filters.is_dm && *filters.is_dm != is_direct(entry.room)) return false;
  if (filters.is_encrypted && *filters.is_encrypted != feed.is_encrypted()) return false;
  const bool invited = entry.membership == matrix::Membership::Invite;
  if (filters.is_invite && *filters.is_invite != invited) return false;
  if (filters.room_types || !filters.not_room_types.empty()) {
    const std::string type = feed.room_type();
    if (filters.room_types && !has_type(*filters.room_types, type)) return false;
    if (has_type(filters.not_room_types, type)) return false;
  }
  if (filters.spaces) {
    const auto lists_room = [&](const RoomId& space) {
      const auto children = spaces_.find(space);
      return children != spaces_.end() && children->second.contains(entry.room);
    };
    if (std::ranges::none_of(*filters.spaces, lists_room)) return false;
  }
  if (filters.asks_tags()) {
    const auto known = connection_.personal.tags.find(entry.room);
    const auto has = [&](const std::string& tag) {
      return known != connection_.personal.tags.end() &&
             std::ranges::find(known->second, tag) != known->second.end();
    };
    if (filters.tags && std::ranges::none_of(*filters.tags, has)) return false;
    if (std::ranges::any_of(filters.not_tags, has)) return false;
  }
  return !filters.room_name_like || contains(feed.name(), *filters.room_name_like);
}

SlidingLook::Shown& SlidingLook::show(std::size_t entry) {
  const auto [slot, is_new] = shown_by_entry_.try_emplace(entry, shown_.size());
  if (is_new) shown_.emplace_back().entry = entries_[entry];
  return shown_[slot->second];
}

void SlidingLook::fill_list(std::size_t index, const std::string& name, const SlidingList& list) {
  std::vector<Placed> passed;
  passed.reserve(listed_.size());
  std::ranges::copy_if(listed_, std::back_inserter(passed),
                       [&](const Placed& placed) { return passes(list.filters, *entries_[placed.entry]); });
  if (request_.extensions.sticky.enabled()) {
    for (const Placed& placed : passed) interesting_[placed.entry] = true;
  }
  // Only as far as the windows reach: most lists are far longer.
  const std::size_t end = std::min(window_end(list), passed.size());
  std::ranges::partial_sort(passed, passed.begin() + static_cast<std::ptrdiff_t>(end),
                            [&](const Placed& a, const Placed& b) {
                              if (a.bump != b.bump) return a.bump > b.bump;
                              return entries_[a.entry]->room < entries_[b.entry]->room;
                            });
  for (std::size_t place = 0; place < end; ++place) {
    if (!is_in_window(list, place)) continue;
    Shown& room = show(passed[place].entry);
    room.lists.set(index);
    room.timeline_limit = std::max(room.timeline_limit, list.room.timeline_limit);
  }
  connection_.counts.insert_or_assign(name, passed.size());

  separate(lists_text_);
  json::append_string(lists_text_, name);
  lists_text_.append(":{\"count\":").append(std::to_string(passed.size()));
  if (request_.form == SlidingForm::Unstable && list.ranges) {
    lists_text_.append(",\"ops\":[");
    for (const SlidingRange& range : *list.ranges) {
      separate(lists_text_);
      lists_text_.append("{\"op\":\"SYNC\",\"range\":[").append(std::to_string(range.first)).append(",");
      lists_text_.append(std::to_string(range.last)).append("],\"room_ids\":[");
      for (std::size_t i = range.first; i <= range.last && i < passed.size(); ++i) {
        separate(lists_text_);
        json::append_string(lists_text_, entries_[passed[i].entry]->room.view());
      }
      lists_text_.append("]}");
    }
    lists_text_.push_back(']');
  }
  lists_text_.push_back('}');
}

// Of rooms that the user has nothing to do with a subscription tells nothing.
void SlidingLook::add_subscriptions() {
  if (request_.subscriptions.empty()) return;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (!is_listed(*entries_[i])) continue;
    const auto wanted = request_.subscriptions.find(entries_[i]->room);
    if (wanted == request_.subscriptions.end()) continue;
    Shown& room = show(i);
    room.subscribed = true;
    interesting_[i] = true;
    room.timeline_limit = std::max(room.timeline_limit, wanted->second.timeline_limit);
  }
}

// "Combining room configs": the union of what all lists and the subscription ask for.
void SlidingLook::settle_configs() {
  std::unordered_map<Lists, RequiredStatePtr> by_lists;
  for (Shown& room : shown_) {
    RequiredStatePtr* known = room.subscribed ? nullptr : &by_lists[room.lists];
    if (known == nullptr || !*known) {
      std::vector<StateRulesPtr> parts;
      for (std::size_t i = 0; i < lists_.size(); ++i) {
        if (room.lists.test(i)) parts.push_back(lists_[i]->room.required_state);
      }
      if (room.subscribed) parts.push_back(request_.subscriptions.at(room.entry->room).required_state);
      room.required = connection_.intern(std::make_shared<const RequiredState>(std::move(parts)));
      if (known != nullptr) *known = room.required;
    } else {
      room.required = *known;
    }
  }
}

}  // namespace kuramori::sync::detail
