#include "sync/room_feed.hpp"

#include <algorithm>

#include "sync/user_feed.hpp"

namespace kuramori::sync {
namespace {

bool before(StreamPosition position, const TailEntry& entry) {
  return position < entry.event->position;
}

void raise(std::atomic<std::int64_t>& mark, StreamPosition position) {
  std::int64_t seen = mark.load(std::memory_order_relaxed);
  while (seen < position.value &&
         !mark.compare_exchange_weak(seen, position.value, std::memory_order_release)) {
  }
}

}  // namespace

void RoomFeed::learn_last_event(StreamPosition position) {
  raise(last_event_, position);
  knows_last_event_.store(true, std::memory_order_release);
}

bool RoomFeed::may_have_changed(StreamPosition position) const {
  if (!knows_last_event() || position < created_at_) return true;
  return last_event() > position || last_receipt() > position || last_typing() > position;
}

void RoomFeed::learn_facts(const rooms::RoomFacts& facts) {
  {
    const std::scoped_lock lock(mutex_);
    room_type_ = facts.room_type;
    has_type_.store(!room_type_.empty(), std::memory_order_release);
    // The stream may have been quicker than storage.
    if (facts.name_position >= name_position_) {
      name_ = facts.name;
      name_position_ = facts.name_position;
    }
  }
  if (facts.is_encrypted) encrypted_.store(true, std::memory_order_release);
  raise(last_bump_, facts.last_bump);
  learn_last_event(facts.last_event);
  knows_facts_.store(true, std::memory_order_release);
}

std::string RoomFeed::room_type() const {
  if (!has_type_.load(std::memory_order_acquire)) return {};
  const std::scoped_lock lock(mutex_);
  return room_type_;
}

std::string RoomFeed::name() const {
  const std::scoped_lock lock(mutex_);
  return name_;
}

void RoomFeed::note_facts(const rooms::RoomEvent& entry) {
  const matrix::Event& event = *entry.event;
  if (rooms::bumps_room(event.type())) raise(last_bump_, entry.position);
  if (!event.is_state() || !event.state_key()->empty()) return;
  if (event.type() == "m.room.encryption") encrypted_.store(true, std::memory_order_release);
  if (event.type() != "m.room.name") return;
  name_ = json::string_or(event.content(), "name", "");
  name_position_ = entry.position;
}

StreamPosition RoomFeed::reaches() const {
  return is_loaded() ? tail_after_ : std::max(created_at_, tail_after_);
}

void RoomFeed::load(rooms::RoomStatePtr current, std::vector<TailEntry> tail, StreamPosition tail_after,
                    StreamPosition up_to) {
  const std::scoped_lock lock(mutex_);
  if (is_loaded()) return;
  if (tail_after_ <= up_to) {
    // What the stream brought after `up_to` is here already, in order; storage knows what lies before it. The
    // feed hears of everything after created_at_, and `up_to` is not before that, so nothing falls between.
    std::erase_if(tail_, [&](const TailEntry& e) { return e.event->position <= up_to; });
    if (tail_.empty()) state_ = std::move(current);
    tail_.insert(tail_.begin(), std::make_move_iterator(tail.begin()), std::make_move_iterator(tail.end()));
    tail_after_ = tail_after;
  }
  for (const rooms::RoomEventPtr& redacted : std::exchange(redacted_before_load_, {}))
    replace_in_tail(redacted);
  if (!tail_.empty()) raise(last_event_, tail_.back().event->position);
  knows_last_event_.store(true, std::memory_order_release);
  loaded_.store(true, std::memory_order_release);
}

std::optional<std::vector<TailEntry>> RoomFeed::events(StreamPosition after, StreamPosition up_to) const {
  const std::scoped_lock lock(mutex_);
  if (after < reaches()) return std::nullopt;
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
  newest.complete = is_loaded() && tail_after_.value == 0 && taken == available;
  return newest;
}

rooms::RoomStatePtr RoomFeed::state_at(StreamPosition position) const {
  const std::scoped_lock lock(mutex_);
  if (position < reaches()) return nullptr;
  const auto next = std::upper_bound(tail_.begin(), tail_.end(), position, before);
  return next == tail_.end() ? state_ : next->state_before;
}

rooms::RoomStatePtr RoomFeed::current_state() const {
  const std::scoped_lock lock(mutex_);
  return state_;
}

RoomFeed::Extent RoomFeed::extent() const {
  const std::scoped_lock lock(mutex_);
  return {.after = reaches(), .events = tail_.size(), .redactions = redactions_};
}

void RoomFeed::extend(std::vector<TailEntry> older, StreamPosition tail_after, const Extent& before) {
  const std::scoped_lock lock(mutex_);
  const bool is_as_before = reaches() == before.after && redactions_ == before.redactions;
  if (!is_as_before || tail_.size() + older.size() > kTailEventsMax) return;
  tail_.insert(tail_.begin(), std::make_move_iterator(older.begin()), std::make_move_iterator(older.end()));
  tail_after_ = tail_after;
}

void RoomFeed::append(TailEntry entry) {
  const std::scoped_lock lock(mutex_);
  const StreamPosition position = entry.event->position;
  state_ = entry.state_after;
  note_facts(*entry.event);
  tail_.push_back(std::move(entry));
  if (tail_.size() > kTailEventsMax) {
    tail_after_ = tail_.front().event->position;
    tail_.pop_front();
  }
  raise(last_event_, position);
  knows_last_event_.store(true, std::memory_order_release);
}

void RoomFeed::replace(const rooms::RoomEventPtr& redacted) {
  const std::scoped_lock lock(mutex_);
  ++redactions_;
  if (redacted->position == name_position_) name_.clear();
  replace_in_tail(redacted);
  if (!is_loaded()) redacted_before_load_.push_back(redacted);
}

void RoomFeed::replace_in_tail(const rooms::RoomEventPtr& redacted) {
  for (TailEntry& entry : tail_) {
    if (entry.event->event->id() == redacted->event->id()) entry.event = redacted;
  }
}

void RoomFeed::mark_receipt(StreamPosition position) {
  raise(last_receipt_, position);
}

void RoomFeed::mark_typing(StreamPosition position) {
  raise(last_typing_, position);
}

void RoomFeed::trim(StreamPosition position) {
  const std::scoped_lock lock(mutex_);
  while (!tail_.empty() && tail_.front().event->position <= position) {
    tail_after_ = tail_.front().event->position;
    tail_.pop_front();
  }
}

void RoomFeed::follow(UserFeed& user) {
  const std::scoped_lock lock(followers_mutex_);
  followers_.insert(&user);
}

void RoomFeed::unfollow(UserFeed& user) {
  const std::scoped_lock lock(followers_mutex_);
  followers_.erase(&user);
}

void RoomFeed::wake_followers() {
  const std::scoped_lock lock(followers_mutex_);
  for (UserFeed* user : followers_) user->wake();
}

RoomNamingPtr RoomFeed::cached_naming(const rooms::RoomStatePtr& state) const {
  const std::scoped_lock lock(mutex_);
  return naming_ && naming_->state == state ? naming_ : nullptr;
}

void RoomFeed::keep_naming(RoomNamingPtr naming) {
  const std::scoped_lock lock(mutex_);
  naming_ = std::move(naming);
}

}  // namespace kuramori::sync
