#include "matrix/power_levels.hpp"

namespace kuramori::matrix {
namespace {

constexpr std::int64_t kModerator = 50;
constexpr std::int64_t kSoleCreator = 100;

// `levels.<map>.<key>`, or nothing.
const json::Value* entry(const Event* levels, std::string_view map, std::string_view key) {
  const json::Object* entries = levels == nullptr ? nullptr : json::object_at(levels->content(), map);
  return entries == nullptr ? nullptr : json::find(*entries, key);
}

std::optional<std::int64_t> level_in(const Event* levels, std::string_view map, std::string_view key) {
  const json::Value* value = entry(levels, map, key);
  if (value == nullptr) return std::nullopt;
  if (value->is_int64()) return value->get_int64();
  if (value->is_uint64() && std::in_range<std::int64_t>(value->get_uint64())) {
    return static_cast<std::int64_t>(value->get_uint64());
  }
  return std::nullopt;
}

std::int64_t level_or(const Event* levels, std::string_view key, std::int64_t fallback) {
  return levels == nullptr ? fallback : json::integer_or(levels->content(), key, fallback);
}

// The one creator before version 12 (rooms/v10.md: content.creator; v11.md: the sender).
std::string_view sole_creator(const Event& create) {
  return create.version().creator_in_content ? json::string_or(create.content(), "creator", "")
                                             : create.sender().view();
}

bool is_privileged_creator(const Event& create, const UserId& user) {
  if (!create.version().privileged_creators) return false;
  if (create.sender() == user) return true;
  const json::Array* additional = json::array_at(create.content(), "additional_creators");
  if (additional == nullptr) return false;
  for (const json::Value& other : *additional) {
    if (other.is_string() && json::view(other.get_string()) == user.view()) return true;
  }
  return false;
}

}  // namespace

PowerLevels::PowerLevels(const Event* create, const Event* levels) : create_(create), levels_(levels) {}

std::int64_t PowerLevels::of(const UserId& user) const {
  if (create_ != nullptr && is_privileged_creator(*create_, user)) return kCreatorLevel;
  if (levels_ == nullptr) {
    return create_ != nullptr && sole_creator(*create_) == user.view() ? kSoleCreator : 0;
  }
  if (const auto level = level_in(levels_, "users", user.view())) return *level;
  return level_or(levels_, "users_default", 0);
}

std::int64_t PowerLevels::required(std::string_view event_type, bool is_state) const {
  if (const auto level = level_in(levels_, "events", event_type)) return *level;
  return is_state ? level_or(levels_, "state_default", kModerator) : level_or(levels_, "events_default", 0);
}

std::int64_t PowerLevels::ban() const {
  return level_or(levels_, "ban", kModerator);
}
std::int64_t PowerLevels::kick() const {
  return level_or(levels_, "kick", kModerator);
}
std::int64_t PowerLevels::invite() const {
  return level_or(levels_, "invite", 0);
}
std::int64_t PowerLevels::redact() const {
  return level_or(levels_, "redact", kModerator);
}
std::int64_t PowerLevels::notification(std::string_view kind) const {
  return level_in(levels_, "notifications", kind).value_or(kModerator);
}

std::vector<UserId> creators(const Event& create) {
  if (!create.version().privileged_creators) return {UserId(sole_creator(create))};
  std::vector<UserId> all{create.sender()};
  if (const json::Array* additional = json::array_at(create.content(), "additional_creators")) {
    for (const json::Value& other : *additional) {
      if (!other.is_string()) continue;
      UserId user(json::view(other.get_string()));
      if (std::ranges::find(all, user) == all.end()) all.push_back(std::move(user));
    }
  }
  return all;
}

}  // namespace kuramori::matrix
