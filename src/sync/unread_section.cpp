// Brings a room's unread counts up to the response's position.
#include <algorithm>

#include "sync/context.hpp"
#include "sync/threads.hpp"

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

class Evaluation {
 public:
  Evaluation(Context& context, const matrix::PushRuleSet& rules, rooms::RoomStatePtr state)
      : reader_(context.user()), rules_(rules), state_(std::move(state)), levels_(state_->power_levels()) {
    const matrix::EventPtr member = state_->find("m.room.member", reader_.view());
    who_ = {.user = reader_,
            .display_name = member ? json::string_or(member->content(), "displayname", "") : ""};
    member_ = member;
  }

  // Nothing when the event does not change what is unread. The thread is the direct one.
  std::optional<UnreadStep> step(const rooms::RoomEvent& entry, bool joins) const {
    const matrix::Event& event = *entry.event;
    if (joins) return UnreadStep{.kind = UnreadStep::Kind::Joins, .position = entry.position};
    if (event.sender() == reader_) {
      // A changed profile enters every room: it does not say that somebody has read there.
      if (event.is_state() && event.type() == "m.room.member") return std::nullopt;
      return UnreadStep{
          .kind = UnreadStep::Kind::Reads, .position = entry.position, .thread = thread_of(event)};
    }
    const matrix::PushContext room{.joined_members = static_cast<std::int64_t>(state_->joined_count()),
                                   .sender_level = levels_.of(event.sender()),
                                   .room_notification_level = levels_.notification("room")};
    const matrix::PushVerdict verdict = rules_.evaluate(event, room, who_);
    if (!verdict.notify && !verdict.highlight) return std::nullopt;
    return UnreadStep{.kind = UnreadStep::Kind::Counts,
                      .position = entry.position,
                      .thread = thread_of(event),
                      .notifies = verdict.notify,
                      .highlights = verdict.highlight};
  }

 private:
  const UserId& reader_;
  const matrix::PushRuleSet& rules_;
  rooms::RoomStatePtr state_;
  matrix::PowerLevels levels_;
  matrix::EventPtr member_;  // keeps the display name
  matrix::PushReader who_;
};

bool joins(const TailEntry& entry, const UserId& reader) {
  return entry.event->event->is_state("m.room.member", reader.view()) &&
         entry.state_before->membership(reader) != matrix::Membership::Join;
}

// What happened since the reader joined; of more than the hub holds of a room, the newest.
runtime::Task<Result<std::vector<TailEntry>>> uncounted_events(Context& context, RoomFeedPtr feed,
                                                               StreamPosition after) {
  auto entries = co_await context.ports.hub.reach_back(std::move(feed), after, context.up_to);
  if (!entries) co_return std::move(entries).error();
  const auto joined = std::find_if(entries->rbegin(), entries->rend(),
                                   [&](const TailEntry& entry) { return joins(entry, context.user()); });
  if (joined != entries->rend()) entries->erase(entries->begin(), std::prev(joined.base()));
  co_return entries;
}

runtime::Task<Result<void>> evaluate(Context& context, RoomFeedPtr feed, UnreadState& unread,
                                     StreamPosition after) {
  auto events = co_await uncounted_events(context, feed, after);
  if (!events) co_return std::move(events).error();
  std::vector<UnreadStep> steps;
  if (!events->empty()) {
    auto rules = context.ports.push_rules.cached(context.user());
    if (!rules) {
      auto read = co_await context.ports.push_rules.of(context.user());
      if (!read) co_return std::move(read).error();
      rules = *std::move(read);
    }
    const Evaluation evaluation(context, *rules, feed->current_state());
    for (const TailEntry& entry : *events) {
      auto step = evaluation.step(*entry.event, joins(entry, context.user()));
      if (!step || context.ignores(*entry.event->event)) continue;
      if (may_be_in_thread_of_another(*entry.event->event)) {
        auto root = co_await thread_root(context.ports.rooms, feed->room(), entry.event);
        if (!root) co_return std::move(root).error();
        step->thread = *std::move(root);
      }
      steps.push_back(*std::move(step));
    }
  }
  unread.add(steps, context.up_to);
  co_return Result<void>();
}

}  // namespace

runtime::Task<Result<void>> count_unread(Context& context, RoomFeedPtr feed,
                                         std::shared_ptr<UnreadState> unread) {
  const StreamPosition evaluated = unread->evaluated();
  const bool first_time = evaluated.value == 0;
  const bool has_events = first_time || feed->last_event() > evaluated;
  const bool has_receipts = first_time || feed->last_receipt() > unread->receipts_applied();
  if (!has_events && !has_receipts) co_return Result<void>();
  std::vector<Receipt> receipts;
  if (has_receipts) {
    auto read = co_await context.ports.receipts.of_user(context.user(), feed->room());
    if (!read) co_return std::move(read).error();
    receipts = *std::move(read);
  }
  if (has_events) {
    const StreamPosition after = first_time ? first_uncounted(receipts) : evaluated;
    auto done = co_await evaluate(context, feed, *unread, after);
    if (!done) co_return std::move(done).error();
  }
  if (has_receipts) unread->apply(receipts, context.up_to);
  co_return Result<void>();
}

}  // namespace kuramori::sync::detail
