#include "sync/unread.hpp"

#include <algorithm>

#include "matrix/power_levels.hpp"

namespace kuramori::sync {

std::string thread_of(const matrix::Event& event) {
  const json::Object* relation = json::object_at(event.content(), "m.relates_to");
  if (relation == nullptr || json::string_or(*relation, "rel_type", "") != "m.thread") return {};
  return std::string(json::string_or(*relation, "event_id", ""));
}

StreamPosition UnreadState::evaluated() const {
  const std::scoped_lock lock(mutex_);
  return evaluated_;
}

void UnreadState::evaluate(const std::vector<rooms::RoomEventPtr>& events, const rooms::RoomState& state,
                           const UserId& reader, const matrix::PushRuleSet& rules, StreamPosition up_to) {
  const std::scoped_lock lock(mutex_);
  if (up_to <= evaluated_) return;
  const matrix::EventPtr member = state.find("m.room.member", reader.view());
  const matrix::PushReader who{
      .user = reader, .display_name = member ? json::string_or(member->content(), "displayname", "") : ""};
  const matrix::PowerLevels levels = state.power_levels();
  for (const rooms::RoomEventPtr& entry : events) {
    if (entry->position <= evaluated_ || entry->position > up_to) continue;
    const matrix::Event& event = *entry->event;
    std::string thread = thread_of(event);
    if (event.sender() == reader) {
      // Who writes has read what stands above.
      std::erase_if(items_, [&](const Item& item) { return item.thread == thread; });
      continue;
    }
    const matrix::PushContext context{.joined_members = static_cast<std::int64_t>(state.joined_count()),
                                      .sender_level = levels.of(event.sender()),
                                      .room_notification_level = levels.notification("room")};
    const matrix::PushVerdict verdict = rules.evaluate(event, context, who);
    if (verdict.notify || verdict.highlight) {
      items_.push_back({entry->position, std::move(thread), verdict.notify, verdict.highlight});
    }
  }
  evaluated_ = up_to;
}

UnreadSummary UnreadState::summary(const std::vector<Receipt>& receipts) {
  const std::scoped_lock lock(mutex_);
  for (const Receipt& receipt : receipts) {
    std::erase_if(items_, [&](const Item& item) {
      if (item.position > receipt.event_position) return false;
      if (receipt.thread.empty()) return true;
      return receipt.thread == "main" ? item.thread.empty() : item.thread == receipt.thread;
    });
  }
  UnreadSummary summary;
  for (const Item& item : items_) {
    const std::int64_t notifies = item.notifies ? 1 : 0;
    const std::int64_t highlights = item.highlights ? 1 : 0;
    UnreadCounts& place = item.thread.empty() ? summary.main : summary.threads[item.thread];
    place.notifications += notifies;
    place.highlights += highlights;
    summary.total.notifications += notifies;
    summary.total.highlights += highlights;
  }
  return summary;
}

}  // namespace kuramori::sync
