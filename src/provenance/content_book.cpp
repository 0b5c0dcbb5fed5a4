#include "provenance/content_book.hpp"

#include <algorithm>

#include "provenance/tables.hpp"

namespace kuramori::provenance {
namespace {

bool is_message(const matrix::Event& event) {
  return !event.state_key() && (event.type() == "m.room.message" || event.type() == "m.sticker");
}

}  // namespace

ContentBook::ContentBook(MarkKey key, PolicyInForce policy, Options options)
    : key_(std::move(key)), policy_(std::move(policy)), options_(options) {}

const ContentBook::Entry* ContentBook::find(const Mark& mark) const {
  const auto found = entries_.find(mark);
  return found == entries_.end() ? nullptr : &found->second;
}

ContentBook::Entry& ContentBook::entry_for(const Mark& mark) {
  const auto [place, is_new] = entries_.try_emplace(mark);
  if (!is_new) return place->second;
  if (const auto decided = decided_.find(mark); decided != decided_.end())
    place->second.label = decided->second.label;
  order_.push_back(mark);
  if (order_.size() > options_.marks_max) {
    entries_.erase(order_.front());
    order_.pop_front();
  }
  return place->second;
}

ContentBook::RoomNumber ContentBook::number_of(std::string_view room) {
  if (room.empty()) return 0;
  if (const auto found = rooms_.find(room); found != rooms_.end()) return found->second;
  const auto number = static_cast<RoomNumber>(rooms_.size() + 1);
  room_ids_.push_back(rooms_.emplace(std::string(room), number).first->first);
  return number;
}

std::uint16_t ContentBook::label_number(std::string_view label) {
  if (label.empty()) return 0;
  auto place = std::ranges::find(labels_, label);
  if (place == labels_.end()) {
    if (labels_.size() >= std::numeric_limits<std::uint16_t>::max()) return 0;
    labels_.emplace_back(label);
    place = std::prev(labels_.end());
  }
  return static_cast<std::uint16_t>(place - labels_.begin() + 1);
}

std::string_view ContentBook::label_text(std::uint16_t number) const {
  return number == 0 ? std::string_view{} : std::string_view(labels_[number - 1U]);
}

// A label that the policy does not know any more says nothing.
std::uint16_t ContentBook::join(std::uint16_t one, std::uint16_t other,
                                const governance::LabelLattice& labels) const {
  if (one == other || other == 0) return one;
  if (one == 0) return other;
  const auto first = labels.find(label_text(one));
  const auto second = labels.find(label_text(other));
  if (!first || !second) return first ? one : other;
  const std::string& joined = labels.id(labels.join(*first, *second));
  if (joined == label_text(one)) return one;
  if (joined == label_text(other)) return other;
  const auto place = std::ranges::find(labels_, joined);
  // The least label above both was never seen: either is kept rather than none.
  return place == labels_.end() ? one : static_cast<std::uint16_t>(place - labels_.begin() + 1);
}

governance::ContentOrigin ContentBook::origin(const json::Object& content, std::string_view room) const {
  const Marks marks = marks_of(content, key_);
  if (marks.files.empty() && !marks.text && !marks.answered) return {};
  const auto policy = policy_();
  const governance::LabelLattice& labels = policy->document().labels;
  const std::scoped_lock lock(mutex_);
  const auto room_found = rooms_.find(room);
  const RoomNumber here = room_found == rooms_.end() ? 0 : room_found->second;
  governance::ContentOrigin origin;
  std::uint16_t label = 0;
  const auto look = [&](const Mark& mark) {
    const Entry* entry = find(mark);
    if (entry == nullptr) return;
    label = join(label, entry->label, labels);
    origin.no_forward = origin.no_forward || entry->no_forward;
    if (entry->first_room == 0 || entry->first_room == here || entry->last_room == here) return;
    origin.is_forwarded = true;
    origin.hops = std::max<std::uint32_t>(origin.hops, entry->hops + 1U);
  };
  std::ranges::for_each(marks.files, look);
  if (marks.text) look(*marks.text);
  if (marks.answered) {
    if (const Entry* entry = find(*marks.answered)) label = join(label, entry->label, labels);
  }
  origin.label = label_text(label);
  return origin;
}

std::string_view ContentBook::label_of_file(std::string_view uri) const {
  const Mark mark = key_.of_file(uri);
  const std::scoped_lock lock(mutex_);
  const Entry* entry = find(mark);
  return entry == nullptr ? std::string_view{} : label_text(entry->label);
}

// What was decided of the content stands above what was seen before.
void ContentBook::raise(Entry& entry, const Mark& mark, std::uint16_t label, StreamPosition seen,
                        const governance::LabelLattice& labels) {
  const auto decided = decided_.find(mark);
  if (decided != decided_.end() && seen <= decided->second.at) return;
  entry.label = join(entry.label, label, labels);
}

void ContentBook::relabel(const Relabelled& relabelled) {
  const std::scoped_lock lock(mutex_);
  const std::uint16_t label = label_number(relabelled.label);
  const auto [place, is_new] = decided_.insert_or_assign(relabelled.mark, Decided{label, relabelled.at});
  if (is_new) decided_order_.push_back(relabelled.mark);
  entry_for(relabelled.mark).label = label;
  if (decided_order_.size() <= options_.relabelled_max) return;
  decided_.erase(decided_order_.front());
  decided_order_.pop_front();
}

void ContentBook::note(const Mark& mark, const Place& place, Worth worth,
                       const governance::LabelLattice& labels) {
  Entry& entry = entry_for(mark);
  raise(entry, mark, place.label, place.position, labels);
  entry.no_forward = entry.no_forward || place.no_forward;
  if (place.position <= entry.last_seen) return;  // read anew
  if (pending_.sightings.size() >= options_.pending_max) {
    pending_.has_lost = true;
    return;
  }
  const bool came_from_elsewhere =
      entry.first_room != 0 && entry.first_room != place.room && entry.last_room != place.room;
  StreamPosition origin;
  if (came_from_elsewhere) {
    origin = entry.last_seen;
    entry.hops = static_cast<std::uint16_t>(std::min<unsigned>(entry.hops + 1U, 0xFFFF));
  }
  if (entry.first_room == 0) entry.first_room = place.room;
  entry.last_room = place.room;
  entry.last_seen = place.position;
  const bool is_notable = place.label != 0 || place.no_forward || came_from_elsewhere;
  if (worth == Worth::OnlyWhenNotable && !is_notable) return;
  pending_.sightings.push_back({.mark = mark,
                                .position = place.position,
                                .room = RoomId(room_ids_[place.room - 1U]),
                                .label = std::string(label_text(place.label)),
                                .origin = origin,
                                .hops = entry.hops,
                                .no_forward = entry.no_forward});
}

void ContentBook::follow(StreamPosition position, const RoomId& room, const matrix::Event& event,
                         const governance::LabelLattice& labels) {
  const Marks marks = marks_of(event.content(), key_);
  const std::string_view label = governance::label_of(event.content());
  if (marks.files.empty() && !marks.text && label.empty()) return;
  const std::scoped_lock lock(mutex_);
  const Place place{.position = position,
                    .room = number_of(room.view()),
                    .label = label_number(label),
                    .no_forward = governance::is_not_passed_on(event.content(), {})};
  for (const Mark& mark : marks.files) note(mark, place, Worth::Always, labels);
  if (marks.text) note(*marks.text, place, Worth::OnlyWhenNotable, labels);
  if (place.label != 0) note(key_.of_event(event.id().view()), place, Worth::Always, labels);
}

void ContentBook::see(StreamPosition position, const RoomId& room, const matrix::Event& event) {
  if (is_message(event)) follow(position, room, event, policy_()->document().labels);
}

void ContentBook::committed(std::span<const Change> changes) {
  if (changes.empty()) return;
  for (const Change& change : changes) {
    const auto* event = dynamic_cast<const rooms::EventCommitted*>(change.payload.get());
    if (event == nullptr || !event->event || !event->event->event) continue;
    see(change.position, event->room, *event->event->event);
  }
  const std::scoped_lock lock(mutex_);
  pending_.reached = std::max(pending_.reached, changes.back().position);
}

void ContentBook::recall(const Sighting& sighting) {
  const auto policy = policy_();
  const std::scoped_lock lock(mutex_);
  Entry& entry = entry_for(sighting.mark);
  raise(entry, sighting.mark, label_number(sighting.label), sighting.position, policy->document().labels);
  entry.no_forward = entry.no_forward || sighting.no_forward;
  entry.hops = static_cast<std::uint16_t>(std::max<std::uint32_t>(entry.hops, sighting.hops));
  const RoomNumber room = number_of(sighting.room.view());
  if (room == 0) return;
  if (entry.first_room == 0) entry.first_room = room;
  entry.last_room = room;
  entry.last_seen = sighting.position;
}

void ContentBook::label_file(storage::UnitOfWork& work, std::string_view uri, std::string_view label) {
  const Sighting sighting{.mark = key_.of_file(uri), .label = std::string(label)};
  recall(sighting);
  work.upsert(kSightings, row_of(sighting));
}

ContentBook::Pending ContentBook::take_pending() {
  const std::scoped_lock lock(mutex_);
  Pending taken = std::move(pending_);
  pending_ = {.sightings = {}, .reached = taken.reached, .has_lost = false};
  return taken;
}

storage::Row row_of(const Relabelled& relabelled) {
  return {Bytes(relabelled.mark.begin(), relabelled.mark.end()),
          relabelled.label.empty() ? storage::Value(storage::Null{}) : storage::Value(relabelled.label),
          relabelled.at.value};
}

Relabelled relabelled_of(const storage::Row& row) {
  Relabelled relabelled{.at = {storage::integer(row[2])}};
  const auto mark = storage::blob(row[0]);
  std::copy_n(mark.begin(), std::min(mark.size(), relabelled.mark.size()), relabelled.mark.begin());
  if (!storage::is_null(row[1])) relabelled.label = storage::text(row[1]);
  return relabelled;
}

storage::Row row_of(const Sighting& sighting) {
  storage::Row row{Bytes(sighting.mark.begin(), sighting.mark.end()), sighting.position.value,
                   sighting.room.str()};
  row.emplace_back(sighting.label.empty() ? storage::Value(storage::Null{}) : storage::Value(sighting.label));
  row.emplace_back(sighting.origin.value == 0 ? storage::Value(storage::Null{})
                                              : storage::Value(sighting.origin.value));
  row.emplace_back(static_cast<std::int64_t>(sighting.hops));
  row.emplace_back(sighting.no_forward ? storage::Value(std::int64_t{1}) : storage::Value(storage::Null{}));
  return row;
}

Sighting sighting_of(const storage::Row& row) {
  Sighting sighting;
  const auto mark = storage::blob(row[0]);
  std::copy_n(mark.begin(), std::min(mark.size(), sighting.mark.size()), sighting.mark.begin());
  sighting.position = {storage::integer(row[1])};
  sighting.room = RoomId(storage::text(row[2]));
  if (!storage::is_null(row[3])) sighting.label = storage::text(row[3]);
  if (!storage::is_null(row[4])) sighting.origin = {storage::integer(row[4])};
  sighting.hops = static_cast<std::uint32_t>(storage::integer(row[5]));
  sighting.no_forward = !storage::is_null(row[6]);
  return sighting;
}

}  // namespace kuramori::provenance
