// The extensions of a sliding sync: what belongs to the device, account data, receipts and typing of the
// rooms that are shown.
#include <algorithm>

#include "sync/sliding_look.hpp"

namespace kuramori::sync::detail {
namespace {

using runtime::Task;

// For more rooms than these all account data is read at once.
constexpr std::size_t kSingleRooms = 3;

void append_users(std::string& out, std::string_view name, const std::vector<UserId>& users) {
  separate(out);
  out.append("\"").append(name).append("\":[");
  for (const UserId& user : users) {
    separate(out);
    json::append_string(out, user.view());
  }
  out.push_back(']');
}

// `"name":{"rooms":{…}}`
void append_rooms(std::string& out, std::string_view name, const std::string& rooms) {
  if (rooms.empty()) return;
  separate(out);
  out.append("\"").append(name).append("\":{\"rooms\":{").append(rooms).append("}}");
}

void append_key(std::string& out, const RoomId& room) {
  separate(out);
  json::append_string(out, room.view());
  out.push_back(':');
}

// One event for all threads, as the extension has it. Where the receipts of one person for one event meet,
// the one for the whole room covers more.
std::string receipt_event(const std::vector<Receipt>& receipts) {
  std::map<std::string_view, json::Object> content;
  for (const Receipt& receipt : receipts) {
    json::Value& type = content[receipt.event.view()][receipt.type];
    if (!type.is_object()) type.emplace_object();
    const json::Value* other = json::find(type.get_object(), receipt.user.view());
    if (other != nullptr && !other->get_object().contains("thread_id")) continue;
    json::Object entry{{"ts", receipt.ts}};
    if (!receipt.thread.empty()) entry["thread_id"] = receipt.thread;
    type.get_object()[receipt.user.view()] = std::move(entry);
  }
  std::string text = "{";
  for (const auto& [event, types] : content) {
    separate(text);
    json::append_string(text, event);
    text.push_back(':');
    json::serialize_to(text, types);
  }
  text.push_back('}');
  std::string out;
  append_basic_event(out, "m.receipt", text);
  return out;
}

}  // namespace

bool SlidingLook::is_in(const SlidingScope& scope, const Shown& room) const {
  if (room.subscribed && (!scope.rooms || scope.rooms->contains(room.entry->room))) return true;
  if (!scope.lists) return room.lists.any();
  for (std::size_t i = 0; i < list_names_.size(); ++i) {
    if (room.lists.test(i) && scope.lists->contains(*list_names_[i])) return true;
  }
  return false;
}

Task<Result<void>> SlidingLook::tell_device() {
  EncryptionPort* const port = context_.ports.encryption;
  const SlidingExtensions& asked = request_.extensions;
  std::string& out = extensions_text_;
  if (asked.to_device.enabled) {
    // Without a port there are no messages, and the client goes on from here all the same.
    ToDeviceMessages messages{.events = {}, .reached = context_.up_to};
    if (port != nullptr) {
      const StreamPosition since = std::min(asked.to_device.since.value_or(StreamPosition{}), context_.up_to);
      auto read = co_await port->to_device(context_.permit, request_.session, since, context_.up_to);
      if (!read) co_return std::move(read).error();
      messages = *std::move(read);
    }
    separate(out);
    out.append("\"to_device\":{\"next_batch\":\"").append(render_token(messages.reached));
    out.append("\",\"events\":[").append(messages.events).append("]}");
    has_content_ = has_content_ || !messages.events.empty();
  }
  if (!asked.e2ee || port == nullptr) co_return Result<void>();
  auto stock = co_await port->key_stock(context_.permit, request_.session);
  if (!stock) co_return std::move(stock).error();
  DeviceListChanges lists;
  if (told().number > 0) {
    EncryptionPort::IsJoined is_joined = [&feed = context_.feed](const RoomId& room) {
      return feed.is_joined(room);
    };
    auto changed = co_await port->device_lists(context_.permit, request_.session, told().up_to,
                                               context_.up_to, std::move(is_joined));
    if (!changed) co_return std::move(changed).error();
    lists = *std::move(changed);
  }
  has_content_ = has_content_ || !lists.empty();
  separate(out);
  out.append("\"e2ee\":{\"device_one_time_keys_count\":").append(stock->one_time_key_counts);
  out.append(",\"device_unused_fallback_key_types\":").append(stock->unused_fallback_key_types);
  if (!lists.empty()) {
    out.append(",\"device_lists\":{");
    append_users(out, "changed", lists.changed);
    append_users(out, "left", lists.left);
    out.push_back('}');
  }
  out.push_back('}');
  co_return Result<void>();
}

Task<Result<void>> SlidingLook::tell_account_data() {
  const SlidingScope& scope = request_.extensions.account_data;
  delta_.account_data = scope.enabled;
  if (!scope.enabled) {
    if (!told().account_data) co_return Result<void>();
    // What changes from here on is not told: the rooms begin anew when it is asked for again.
    for (const auto& [feed, before] : told().rooms) {
      if (before.account_data) next(feed).account_data = false;
    }
    for (auto& [feed, after] : delta_.rooms) after.account_data = false;
    co_return Result<void>();
  }
  const bool first = !told().account_data;
  const StreamPosition after = first ? StreamPosition{} : told().up_to;
  std::vector<AccountDataItem> items;
  if (first || context_.feed.account_data_position() > after) {
    auto read =
        co_await context_.ports.account_data.changes(context_.permit, context_.user(), after, context_.up_to);
    if (!read) co_return std::move(read).error();
    items = *std::move(read);
  }
  std::string global;
  bool with_push_rules = first;  // clients expect them from the start, also those who never changed them
  std::unordered_map<RoomId, std::string> by_room;
  for (const AccountDataItem& item : items) {
    if (!item.room.empty())
      append_basic_event(by_room[item.room], item.type, item.content);
    else if (item.type == "m.push_rules")
      with_push_rules = true;
    else
      append_basic_event(global, item.type, item.content);
  }
  if (with_push_rules) {
    auto rules = co_await context_.ports.push_rules.of(context_.user());
    if (!rules) co_return std::move(rules).error();
    append_basic_event(global, "m.push_rules", json::serialize((*rules)->to_json()));
  }

  std::vector<const Shown*> untold;
  std::unordered_set<RoomId> in_scope;
  for (const Shown& room : shown_) {
    if (!is_in(scope, room)) continue;
    in_scope.insert(room.entry->room);
    const auto changed = delta_.rooms.find(room.entry->feed);
    const RoomSent* known = changed != delta_.rooms.end() ? &changed->second : sent(room.entry->feed);
    if (known != nullptr && !known->account_data) untold.push_back(&room);
  }
  if (!first && untold.size() > kSingleRooms) {
    auto all =
        co_await context_.ports.account_data.changes(context_.permit, context_.user(), {}, context_.up_to);
    if (!all) co_return std::move(all).error();
    for (const Shown* room : untold) by_room.erase(room->entry->room);
    std::unordered_set<RoomId> wanted;
    for (const Shown* room : untold) wanted.insert(room->entry->room);
    for (const AccountDataItem& item : *all) {
      if (wanted.contains(item.room)) append_basic_event(by_room[item.room], item.type, item.content);
    }
  } else if (!first) {
    for (const Shown* room : untold) {
      auto own = co_await context_.ports.account_data.of_room(context_.permit, context_.user(),
                                                              room->entry->room, context_.up_to);
      if (!own) co_return std::move(own).error();
      std::string text;
      for (const AccountDataItem& item : *own) append_basic_event(text, item.type, item.content);
      by_room[room->entry->room] = std::move(text);
    }
  }
  for (const Shown* room : untold) next(room->entry->feed).account_data = true;
  std::erase_if(by_room, [](const auto& entry) { return entry.second.empty(); });

  std::string rooms;
  for (const auto& [room, text] : by_room) {
    if (in_scope.contains(room)) {
      append_key(rooms, room);
      rooms.append("[").append(text).append("]");
      continue;
    }
    // Missed: told wholly when the room is shown again.
    const auto entry = context_.feed.room(room);
    const RoomSent* before = entry ? sent(entry->feed) : nullptr;
    if (before != nullptr && before->account_data) next(entry->feed).account_data = false;
  }
  if (global.empty() && rooms.empty()) co_return Result<void>();
  has_content_ = true;
  separate(extensions_text_);
  extensions_text_.append("\"account_data\":{\"global\":[").append(global);
  extensions_text_.append("],\"rooms\":{").append(rooms).append("}}");
  co_return Result<void>();
}

Task<Result<void>> SlidingLook::tell_receipts() {
  const SlidingScope& scope = request_.extensions.receipts;
  if (!scope.enabled) co_return Result<void>();
  std::string rooms;
  for (const Shown& room : shown_) {
    if (!room.is_joined() || !is_in(scope, room)) continue;
    const RoomFeedPtr& feed = room.entry->feed;
    const auto changed = delta_.rooms.find(feed);
    const RoomSent* known = changed != delta_.rooms.end() ? &changed->second : sent(feed);
    const StreamPosition told_up_to = known == nullptr ? StreamPosition{} : known->receipts;
    const auto timeline = first_timelines_.find(feed);
    const StreamPosition after = timeline == first_timelines_.end() ? told_up_to : StreamPosition{};
    if (after.value > 0 && after >= feed->created_at() && feed->last_receipt() <= after) continue;
    auto receipts = co_await context_.ports.receipts.changes(context_.permit, context_.user(),
                                                             room.entry->room, after, context_.up_to);
    if (!receipts) co_return std::move(receipts).error();
    next(feed).receipts = context_.up_to;
    if (timeline != first_timelines_.end()) {
      // At first those that can be shown, and the reader's own; with a longer timeline those that it needs.
      std::erase_if(*receipts, [&](const Receipt& receipt) {
        const bool is_news = told_up_to.value > 0 && receipt.position > told_up_to;
        return !is_news && receipt.user != context_.user() &&
               std::ranges::none_of(timeline->second, [&](const rooms::RoomEventPtr& event) {
                 return event->event->id() == receipt.event;
               });
      });
    }
    if (receipts->empty()) continue;
    append_key(rooms, room.entry->room);
    rooms.append(receipt_event(*receipts));
  }
  has_content_ = has_content_ || !rooms.empty();
  append_rooms(extensions_text_, "receipts", rooms);
  co_return Result<void>();
}

void SlidingLook::tell_typing() {
  const SlidingScope& scope = request_.extensions.typing;
  if (!scope.enabled) return;
  std::string rooms;
  for (const Shown& room : shown_) {
    if (!room.is_joined() || !is_in(scope, room)) continue;
    const RoomFeedPtr& feed = room.entry->feed;
    const auto changed = delta_.rooms.find(feed);
    const RoomSent* known = changed != delta_.rooms.end() ? &changed->second : sent(feed);
    const StreamPosition after = known == nullptr ? StreamPosition{} : known->typing;
    if (after.value > 0 && feed->last_typing() <= after) continue;
    const std::vector<UserId> typing = typing_in(context_, *feed);
    next(feed).typing = context_.up_to;
    if (typing.empty() && after.value == 0) continue;
    append_key(rooms, room.entry->room);
    std::string event;
    append_typing(event, typing);
    rooms.append(event);
  }
  has_content_ = has_content_ || !rooms.empty();
  append_rooms(extensions_text_, "typing", rooms);
}

}  // namespace kuramori::sync::detail
