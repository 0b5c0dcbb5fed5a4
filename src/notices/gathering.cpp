#include "notices/gathering.hpp"

#include <algorithm>

namespace kuramori::notices {
namespace {

// Whether the list has it now.
template <class Id>
bool name_once(std::vector<Id>& names, const Id& name) {
  if (name.empty() || std::ranges::find(names, name) != names.end()) return true;
  if (names.size() >= Gathering::kNamesMax) return false;
  names.push_back(name);
  return true;
}

}  // namespace

bool Gathering::add(const Heading& heading, const gate::Occurrence& occurrence) {
  auto place = heaps_.find(heading);
  if (place == heaps_.end()) {
    if (heaps_.size() >= kHeapsMax) return false;
    place = heaps_.emplace(heading, Heap()).first;
  }
  Notice& notice = place->second.notice;
  if (notice.acts == 0) {
    notice = Notice();
    notice.heading = heading;
    notice.first_at = occurrence.when;
  }
  ++notice.acts;
  const bool has_person = name_once(notice.people, occurrence.who);
  const bool has_room = name_once(notice.rooms, occurrence.resource.room);
  notice.names_more = notice.names_more || !has_person || !has_room;
  notice.last = occurrence;
  return true;
}

std::vector<Notice> Gathering::take_due(SteadyTime now) {
  std::vector<Notice> due;
  for (auto place = heaps_.begin(); place != heaps_.end();) {
    Heap& heap = place->second;
    const bool is_quiet = heap.told && now - *heap.told < every_;
    if (is_quiet) {
      ++place;
      continue;
    }
    if (heap.notice.acts == 0) {  // nothing came since: the next is told at once again
      place = heaps_.erase(place);
      continue;
    }
    due.push_back(std::exchange(heap.notice, Notice()));
    heap.told = now;
    ++place;
  }
  return due;
}

std::vector<Notice> Gathering::take_all() {
  std::vector<Notice> all;
  for (auto& [heading, heap] : heaps_) {
    if (heap.notice.acts > 0) all.push_back(std::move(heap.notice));
  }
  heaps_.clear();
  return all;
}

}  // namespace kuramori::notices
