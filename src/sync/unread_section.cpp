// Brings a room's unread counts up to the response's position.
#include <algorithm>

#include "sync/context.hpp"

namespace kuramori::sync::detail {
namespace {

// Where counting begins for a reader who has not been counted yet: the receipt that covers everything, or the
// beginning.
StreamPosition first_uncounted(const std::vector<Receipt>& receipts) {
  StreamPosition start;
  for (const Receipt& receipt : receipts) {
    if (receipt.thread.empty()) start = std::max(start, receipt.event_position);
  }
  return start;
}

}  // namespace

runtime::Task<Result<UnreadSummary>> unread_summary(Context& context, RoomFeedPtr feed,
                                                    std::shared_ptr<UnreadState> unread) {
  auto receipts = co_await context.ports.receipts.of_user(context.user(), feed->room());
  if (!receipts) co_return std::move(receipts).error();
  StreamPosition after = unread->evaluated();
  const bool first_time = after.value == 0;
  if (first_time) after = first_uncounted(*receipts);
  if (after < context.up_to && (first_time || feed->marks().last_event > after)) {
    auto loaded = co_await context.ports.hub.load(feed);
    if (!loaded) co_return std::move(loaded).error();
    std::vector<rooms::RoomEventPtr> events;
    const auto entries = feed->events(after, context.up_to);
    const bool from_tail =
        entries && (!first_time || entries->empty() ||
                    entries->front().state_before->membership(context.user()) == matrix::Membership::Join);
    if (from_tail) {
      for (const TailEntry& entry : *entries) events.push_back(entry.event);
    } else {
      rooms::TimelineQuery query{.room = feed->room(),
                                 .after = after,
                                 .up_to = context.up_to,
                                 .direction = storage::Direction::Backward,
                                 .limit = UnreadState::kFirstEventsMax,
                                 .filter = std::nullopt};
      auto timeline = co_await context.ports.rooms.timeline(context.permit, std::move(query));
      if (!timeline) co_return std::move(timeline).error();
      events.assign(timeline->events.rbegin(), timeline->events.rend());
    }
    const rooms::RoomStatePtr state = feed->current_state();
    unread->evaluate(events, *state, context.user(), *context.push_rules, context.up_to);
  }
  co_return unread->summary(*receipts);
}

}  // namespace kuramori::sync::detail
