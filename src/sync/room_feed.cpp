#include "sync/room_feed.hpp"

#include <algorithm>

namespace kuramori::sync {
namespace {

bool before(StreamPosition position, const TailEntry& entry) {
  return position < entry.event->position;
}

}  // namespace

RoomFeed::Marks RoomFeed::marks() const {
  const std::scoped_lock lock(mutex_);
  return marks_;
}

bool RoomFeed::knows_last_event() const {
  const std::scoped_lock lock(mutex_);
  return knows_last_event_;
}

void RoomFeed::learn_last_event(StreamPosition position) {
  const std::scoped_lock lock(mutex_);
  marks_.last_event = std::max(marks_.last_event, position);
  knows_last_event_ = true;
}

bool RoomFeed::is_loaded() const {
  const std::scoped_lock lock(mutex_);
  return loaded_;
}

void RoomFeed::load(rooms::RoomStatePtr current, std::vector<TailEntry> tail, StreamPosition tail_after,
                    StreamPosition up_to) {
  const std::scoped_lock lock(mutex_);
  if (loaded_) return;
  loaded_ = true;
  knows_last_event_ = true;
  if (tail_after_ > up_to) return;  // so much has come meanwhile that the tail stands on its own
  // What the stream brought after `up_to` is here already, in order; storage knows what lies before it. The
  // feed hears of everything after created_at_, and `up_to` is not before that, so nothing falls between.
  std::erase_if(tail_, [&](const TailEntry& e) { return e.event->position <= up_to; });
  if (tail_.empty()) state_ = std::move(current);
  tail_.insert(tail_.begin(), std::make_move_iterator(tail.begin()), std::make_move_iterator(tail.end()));
  tail_after_ = tail_after;
  if (!tail_.empty()) marks_.last_event = std::max(marks_.last_event, tail_.back().event->position);
}

std::optional<std::vector<TailEntry>> RoomFeed::events(StreamPosition after, StreamPosition up_to) const {
  const std::scoped_lock lock(mutex_);
  const StreamPosition reaches = loaded_ ? tail_after_ : std::max(created_at_, tail_after_);
  if (after < reaches) return std::nullopt;
  const auto first = std::upper_bound(tail_.begin(), tail_.end(), after, before);
  const auto last = std::upper_bound(first, tail_.end(), up_to, before);
  return std::vector<TailEntry>(first, last);
}

RoomFeed::Newest RoomFeed::newest(StreamPosition up_to, std::size_t limit) const {
  const std::scoped_lock lock(mutex_);
  const auto last = std::upper_bound(tail_.begin(), tail_.end(), up_to, before);
  const auto available = static_cast<std::size_t>(last - tail_.begin());
  const std::size_t taken = std::min(limit, available);
  Newest newest;
  newest.entries.assign(last - static_cast<std::ptrdiff_t>(taken), last);
  newest.complete = loaded_ && tail_after_.value == 0 && taken == available;
  return newest;
}

rooms::RoomStatePtr RoomFeed::state_at(StreamPosition position) const {
  const std::scoped_lock lock(mutex_);
  const auto next = std::upper_bound(tail_.begin(), tail_.end(), position, before);
  if (next != tail_.end()) {
    const bool covered = next != tail_.begin() || position >= tail_after_;
    return covered ? next->state_before : nullptr;
  }
  return state_;
}

rooms::RoomStatePtr RoomFeed::current_state() const {
  const std::scoped_lock lock(mutex_);
  return state_;
}

void RoomFeed::append(TailEntry entry) {
  const std::scoped_lock lock(mutex_);
  marks_.last_event = entry.event->position;
  knows_last_event_ = true;
  state_ = entry.state_after;
  tail_.push_back(std::move(entry));
  if (tail_.size() > kTailEventsMax) {
    tail_after_ = tail_.front().event->position;
    tail_.pop_front();
  }
}

void RoomFeed::replace(const rooms::RoomEventPtr& redacted) {
  const std::scoped_lock lock(mutex_);
  for (TailEntry& entry : tail_) {
    if (entry.event->event->id() == redacted->event->id()) entry.event = redacted;
  }
}

void RoomFeed::mark_receipt(StreamPosition position) {
  const std::scoped_lock lock(mutex_);
  marks_.last_receipt = position;
}

void RoomFeed::mark_typing(StreamPosition position) {
  const std::scoped_lock lock(mutex_);
  marks_.last_typing = position;
}

}  // namespace kuramori::sync
