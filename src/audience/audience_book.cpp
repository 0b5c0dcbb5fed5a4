#include "audience/audience_book.hpp"

#include <algorithm>

#include "governance/labels.hpp"

namespace kuramori::audience {

using governance::Destination;
using matrix::Membership;

bool AudienceBook::is_counted(std::string_view user) const {
  return !options_.is_of_the_house || !options_.is_of_the_house(user);
}

const AudienceBook::Entry* AudienceBook::find(std::string_view room) const {
  const auto found = entries_.find(room);
  return found == entries_.end() ? nullptr : &found->second;
}

bool AudienceBook::knows(std::string_view room) const {
  const auto directory = organisation_.directory();
  const std::scoped_lock lock(mutex_);
  const Entry* entry = find(room);
  return entry != nullptr && entry->directory == directory;
}

// Labels are few and repeat; what was given out once stays.
std::string_view AudienceBook::keep(std::string_view label) {
  constexpr std::size_t kLabelsMax = 1000;
  const auto found = std::ranges::find(labels_, label);
  if (found != labels_.end()) return *found;
  if (labels_.size() >= kLabelsMax) return {};
  return labels_.emplace_back(label);
}

void AudienceBook::read_settings(Entry& entry, const rooms::RoomState& state) {
  entry.is_encrypted = state.find("m.room.encryption", "") != nullptr;
  const matrix::EventPtr label = state.find(governance::kLabelKey, "");
  entry.label = label == nullptr ? std::string_view{} : keep(json::string_or(label->content(), "label", ""));
}

void AudienceBook::learn(const RoomId& room, const rooms::RoomStatePtr& state) {
  auto directory = organisation_.directory();
  Entry entry;
  entry.state = state.get();
  entry.directory = directory;
  state->for_each_joined([&](const UserId& user) {
    if (is_counted(user.view()))
      entry.audience.add(place_in(*directory, options_.server.view(), user.view()));
  });
  const std::scoped_lock lock(mutex_);
  read_settings(entry, *state);
  const auto known = entries_.find(room.str());
  if (known != entries_.end()) {
    entry.place = known->second.place;
    known->second = std::move(entry);
    return;
  }
  if (entries_.size() >= options_.rooms_max) forget_oldest();
  const auto added = entries_.emplace(room.str(), std::move(entry)).first;
  added->second.place = order_.insert(order_.end(), std::string_view(added->first));
}

void AudienceBook::forget_oldest() {
  const std::string oldest(order_.front());
  order_.pop_front();
  entries_.erase(oldest);
}

std::optional<Destination> AudienceBook::destination(std::string_view sender, std::string_view room) const {
  const std::scoped_lock lock(mutex_);
  const Entry* entry = find(room);
  if (entry == nullptr) return std::nullopt;
  const Place from = place_in(*entry->directory, options_.server.view(), sender);
  return entry->audience.farthest_from(from, *entry->directory);
}

Destination AudienceBook::place_of(std::string_view user, std::string_view other) const {
  const auto directory = organisation_.directory();
  const std::string_view server = options_.server.view();
  if (!is_counted(other)) return Destination::OwnDepartment;
  return distance(place_in(*directory, server, user), place_in(*directory, server, other), *directory);
}

bool AudienceBook::is_encrypted(std::string_view room) const {
  const std::scoped_lock lock(mutex_);
  const Entry* entry = find(room);
  return entry != nullptr && entry->is_encrypted;
}

std::string_view AudienceBook::label(std::string_view room) const {
  const std::scoped_lock lock(mutex_);
  const Entry* entry = find(room);
  return entry == nullptr ? std::string_view{} : entry->label;
}

// What was counted is the state before: the one change is made here, too. Another state (the room was loaded
// anew) is counted again when it is asked for.
void AudienceBook::follow(const rooms::EventCommitted& change) {
  if (change.state_before == change.state_after) return;
  const auto found = entries_.find(change.room.str());
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  if (entry.state == change.state_after.get()) return;
  if (entry.state != change.state_before.get()) {
    order_.erase(entry.place);
    entries_.erase(found);
    return;
  }
  entry.state = change.state_after.get();
  const matrix::Event& event = *change.event->event;
  if (!event.state_key()) return;
  if (event.type() != "m.room.member") {
    read_settings(entry, *change.state_after);
    return;
  }
  const UserId user(*event.state_key());
  if (!is_counted(user.view())) return;
  const bool was_joined = change.state_before->membership(user) == Membership::Join;
  const bool is_joined = change.state_after->membership(user) == Membership::Join;
  if (was_joined == is_joined) return;
  const Place place = place_in(*entry.directory, options_.server.view(), user.view());
  if (is_joined) {
    entry.audience.add(place);
  } else {
    entry.audience.remove(place);
  }
}

void AudienceBook::committed(std::span<const Change> changes) {
  for (const Change& change : changes) {
    const auto* event = dynamic_cast<const rooms::EventCommitted*>(change.payload.get());
    if (event == nullptr || event->state_before == event->state_after) continue;
    const std::scoped_lock lock(mutex_);
    follow(*event);
  }
}

}  // namespace kuramori::audience
