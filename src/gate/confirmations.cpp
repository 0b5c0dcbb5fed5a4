#include "gate/confirmations.hpp"

#include <algorithm>
#include <vector>

#include "crypto/hash.hpp"
#include "gate/gate.hpp"

namespace kuramori::gate {

namespace {

std::string base_key(const Action& action, const governance::Decision& decision) {
  std::string key(action.subject.user.view());
  const auto add = [&](std::string_view part) { key.append(1, '\0').append(part); };
  add(to_string(action.operation));
  add(action.resource.to_record());
  for (const std::string& rule : decision.asking_rules) add(rule);
  return key;
}

// The act itself, to the letter: another text is another question.
std::string exact_key(const std::string& base, const Action& action) {
  std::string text = base;
  if (action.content != nullptr) text.append(1, '\0').append(json::serialize(*action.content));
  const auto digest = crypto::sha256(as_bytes(text));
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

// The shortest that the rules which ask say; nothing when one of them says nothing.
Milliseconds remembered_for(const governance::Decision& decision) {
  std::int64_t least = 0;
  std::size_t said = 0;
  for (const json::Value& obligation : decision.obligations) {
    if (!obligation.is_object()) continue;
    const json::Value* minutes = json::find(obligation.get_object(), "remember_minutes");
    if (minutes == nullptr || !minutes->is_int64()) continue;
    least = said == 0 ? minutes->get_int64() : std::min(least, minutes->get_int64());
    ++said;
  }
  return said < decision.asking_rules.size() ? Milliseconds(0) : Milliseconds(std::chrono::minutes(least));
}

void forget_half(std::unordered_map<std::string, Timestamp>& map) {
  std::vector<Timestamp> times;
  times.reserve(map.size());
  for (const auto& [key, time] : map) times.push_back(time);
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::ranges::nth_element(times, middle);
  std::erase_if(map, [&](const auto& entry) { return entry.second <= *middle; });
}

}  // namespace

void Confirmations::make_room() {
  if (asked_.size() >= kKeysMax) forget_half(asked_);
  if (remembered_.size() >= kKeysMax) forget_half(remembered_);
}

Confirmations::Answer Confirmations::check(const Action& action, const governance::Decision& decision,
                                           Timestamp now) {
  const std::string base = base_key(action, decision);
  const Milliseconds remembered = remembered_for(decision);
  std::string exact = exact_key(base, action);
  const std::scoped_lock lock(mutex_);
  if (remembered.count() > 0) {
    const auto found = remembered_.find(base);
    if (found != remembered_.end() && now < found->second) return Answer::Confirmed;
  }
  const auto asked = asked_.find(exact);
  if (asked != asked_.end() && now < asked->second) {
    // It stays until its minute is over: a client that repeats the confirmed act is not asked once more.
    make_room();
    if (remembered.count() > 0) remembered_[base] = now + remembered;
    return Answer::Confirmed;
  }
  make_room();
  asked_[std::move(exact)] = now + Gate::kConfirmWithin;
  return Answer::Ask;
}

}  // namespace kuramori::gate
