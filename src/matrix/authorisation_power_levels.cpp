// Rule 10 (9 before version 12): nobody grants, or takes away, more power than they have.
#include <array>

#include "matrix/authorisation_rules.hpp"
#include "matrix/identifiers.hpp"

namespace kuramori::matrix::detail {
namespace {

constexpr std::array<std::string_view, 7> kProperties{
    "users_default", "events_default", "state_default", "ban", "redact", "kick", "invite"};
constexpr std::array<std::string_view, 2> kMaps{"events", "notifications"};

bool is_integer(const json::Value& value) {
  return value.is_int64() || (value.is_uint64() && std::in_range<std::int64_t>(value.get_uint64()));
}

std::optional<std::int64_t> level_at(const json::Object* levels, std::string_view key) {
  const json::Value* value = levels == nullptr ? nullptr : json::find(*levels, key);
  if (value == nullptr || !is_integer(*value)) return std::nullopt;
  return value->is_int64() ? value->get_int64() : static_cast<std::int64_t>(value->get_uint64());
}

// Version 12 added rule 10.4, so the parts after it have the number before in older versions.
std::string part(const Trial& trial, int number, std::string_view rest = "") {
  const bool shifted = number > 4 && !trial.event.version().privileged_creators;
  return "." + std::to_string(shifted ? number - 1 : number) + std::string(rest);
}

bool holds_integers_alone(const json::Value& map) {
  const json::Object* entries = map.if_object();
  return entries != nullptr &&
         std::ranges::all_of(*entries, [](const auto& entry) { return is_integer(entry.value()); });
}

// 10.1 to 10.3
std::optional<Verdict> judge_shape(const Trial& trial, const json::Object& content) {
  for (const std::string_view key : kProperties) {
    const json::Value* value = json::find(content, key);
    if (value != nullptr && !is_integer(*value))
      return reject(trial, 10, ".1", "A power level is not an integer.");
  }
  for (const std::string_view key : kMaps) {
    const json::Value* map = json::find(content, key);
    if (map != nullptr && !holds_integers_alone(*map)) {
      return reject(trial, 10, ".2", "The power levels of event types or notifications are not integers.");
    }
  }
  const json::Value* users = json::find(content, "users");
  if (users == nullptr) return std::nullopt;
  const auto is_user = [](const auto& entry) { return parse_user_id(entry.key()).has_value(); };
  if (!holds_integers_alone(*users) || !std::ranges::all_of(users->get_object(), is_user)) {
    return reject(trial, 10, ".3", "The power levels of users are not integers by user ID.");
  }
  return std::nullopt;
}

// 10.4
std::optional<Verdict> judge_creators(const Trial& trial, const json::Object& content) {
  const json::Object* users = json::object_at(content, "users");
  if (!trial.event.version().privileged_creators || users == nullptr) return std::nullopt;
  for (const UserId& creator : creators(*trial.create)) {
    if (json::find(*users, creator.view()) != nullptr) {
      return reject(trial, 10, ".4", "The power level of a room's creator cannot be set.");
    }
  }
  return std::nullopt;
}

// 10.6
std::optional<Verdict> judge_properties(const Trial& trial, const json::Object& before,
                                        const json::Object& after) {
  const std::int64_t own = trial.sender_level();
  for (const std::string_view key : kProperties) {
    const auto current = level_at(&before, key);
    const auto next = level_at(&after, key);
    if (current == next) continue;
    if (current && *current > own) {
      return reject(trial, 10, part(trial, 6, ".1"), "The sender may not change a level above their own.");
    }
    if (next && *next > own) {
      return reject(trial, 10, part(trial, 6, ".2"), "The sender may not set a level above their own.");
    }
  }
  return std::nullopt;
}

// What becomes of each entry of a map of levels: absent before means added, absent after means removed.
template <class Judge>
std::optional<Verdict> for_each_change(const json::Object* before, const json::Object* after, Judge judge) {
  static const json::Object kNone;
  for (const auto& entry : before == nullptr ? kNone : *before) {
    const auto current = level_at(before, entry.key());
    const auto next = level_at(after, entry.key());
    if (current == next) continue;
    if (auto verdict = judge(std::string_view(entry.key()), current, next)) return verdict;
  }
  for (const auto& entry : after == nullptr ? kNone : *after) {
    if (level_at(before, entry.key())) continue;
    if (auto verdict = judge(std::string_view(entry.key()), std::nullopt, level_at(after, entry.key())))
      return verdict;
  }
  return std::nullopt;
}

using Level = std::optional<std::int64_t>;

// 10.7 and 10.8
std::optional<Verdict> judge_maps(const Trial& trial, const json::Object& before, const json::Object& after) {
  const std::int64_t own = trial.sender_level();
  const auto judge = [&](std::string_view, Level current, Level next) -> std::optional<Verdict> {
    if (current && *current > own) {
      return reject(trial, 10, part(trial, 7, ".1"), "The sender may not change a level above their own.");
    }
    if (next && *next > own) {
      return reject(trial, 10, part(trial, 8, ".1"), "The sender may not set a level above their own.");
    }
    return std::nullopt;
  };
  for (const std::string_view key : kMaps) {
    auto verdict = for_each_change(json::object_at(before, key), json::object_at(after, key), judge);
    if (verdict) return verdict;
  }
  return std::nullopt;
}

// 10.9 and 10.10
std::optional<Verdict> judge_users(const Trial& trial, const json::Object& before,
                                   const json::Object& after) {
  const std::int64_t own = trial.sender_level();
  const auto judge = [&](std::string_view user, Level current, Level next) -> std::optional<Verdict> {
    if (current && user != trial.event.sender().view() && *current >= own) {
      return reject(trial, 10, part(trial, 9, ".1"),
                    "The sender may not change the level of somebody as powerful.");
    }
    if (next && *next > own) {
      return reject(trial, 10, part(trial, 10, ".1"), "The sender may not raise anybody above themselves.");
    }
    return std::nullopt;
  };
  return for_each_change(json::object_at(before, "users"), json::object_at(after, "users"), judge);
}

}  // namespace

std::optional<Verdict> rule_10_power_levels(const Trial& trial) {
  if (trial.event.type() != "m.room.power_levels") return std::nullopt;
  const json::Object& after = trial.event.content();
  if (auto verdict = judge_shape(trial, after)) return verdict;
  if (auto verdict = judge_creators(trial, after)) return verdict;
  if (trial.levels_event == nullptr) return allow(trial, 10, part(trial, 5));
  const json::Object& before = trial.levels_event->content();
  if (auto verdict = judge_properties(trial, before, after)) return verdict;
  if (auto verdict = judge_maps(trial, before, after)) return verdict;
  if (auto verdict = judge_users(trial, before, after)) return verdict;
  return allow(trial, 10, part(trial, 11));
}

}  // namespace kuramori::matrix::detail
