#include "gate/counter_book.hpp"

#include <algorithm>
#include <vector>

namespace kuramori::gate {

using governance::CounterRule;
using governance::Question;

// By name, so that a counter goes on counting under a new version of the policy.
std::string CounterBook::key_of(const CounterRule& counter, const Question& question) {
  std::string key = counter.id;
  const auto add = [&](std::string_view part) { key.append(1, '\0').append(part); };
  switch (counter.per) {
    case CounterRule::Per::User:
      add(question.subject.user);
      break;
    case CounterRule::Per::Device:
      add(question.subject.user);
      add(question.subject.device);
      break;
    case CounterRule::Per::Room:
      add(question.resource.room);
      break;
    case CounterRule::Per::UserAndRoom:
      add(question.subject.user);
      add(question.resource.room);
      break;
    case CounterRule::Per::Everybody:
      break;
  }
  return key;
}

void CounterBook::forget_before(Times& times, Timestamp earliest) {
  while (!times.times.empty() && times.times.front() <= earliest) times.times.pop_front();
}

std::uint32_t CounterBook::recent(const CounterRule& counter, const Question& question) {
  const std::string key = key_of(counter, question);
  const std::scoped_lock lock(mutex_);
  const auto found = books_.find(key);
  if (found == books_.end()) return 0;
  forget_before(found->second, question.time - counter.within);
  return static_cast<std::uint32_t>(found->second.times.size());
}

void CounterBook::count(const CounterRule& counter, const Question& question) {
  std::string key = key_of(counter, question);
  const std::scoped_lock lock(mutex_);
  if (books_.size() >= kKeysMax) make_room();
  Times& times = books_[std::move(key)];
  forget_before(times, question.time - counter.within);
  if (times.times.size() >= kTimesMax) times.times.pop_front();
  times.times.push_back(question.time);
  times.touched = question.time;
}

// The older half goes.
void CounterBook::make_room() {
  std::vector<Timestamp> touched;
  touched.reserve(books_.size());
  for (const auto& [key, times] : books_) touched.push_back(times.touched);
  const auto middle = touched.begin() + static_cast<std::ptrdiff_t>(touched.size() / 2);
  std::ranges::nth_element(touched, middle);
  std::erase_if(books_, [&](const auto& entry) { return entry.second.touched <= *middle; });
}

}  // namespace kuramori::gate
