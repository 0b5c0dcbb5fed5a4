#include "matrix/push_condition.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace kuramori::matrix::detail {
namespace {

Result<std::string> parameter(const json::Object& condition, std::string_view name) {
  const json::Value* value = json::find(condition, name);
  if (value == nullptr || !value->is_string()) {
    return invalid_argument("A push condition lacks its '" + std::string(name) + "'.");
  }
  return std::string(json::view(value->get_string()));
}

bool is_scalar(const json::Value& value) {
  return value.is_string() || value.is_int64() || value.is_uint64() || value.is_bool() || value.is_null();
}

// Values of one kind only: `1` is not `true`, `"1"` is not `1`.
bool is_same(const json::Value& a, const json::Value& b) {
  if (a.is_string() != b.is_string() || a.is_bool() != b.is_bool()) return false;
  if (a.is_string()) return json::view(a.get_string()) == json::view(b.get_string());
  return is_scalar(a) && a == b;
}

// The longer signs first, as "<" begins "<=" too.
constexpr std::array<std::string_view, 5> kSigns{"<=", ">=", "==", "<", ">"};

}  // namespace

Result<Condition> Condition::parse_event_match(const json::Object& condition) {
  KURAMORI_TRY(key, parameter(condition, "key"));
  KURAMORI_TRY(pattern, parameter(condition, "pattern"));
  Condition parsed;
  parsed.kind_ = Kind::EventMatch;
  parsed.path_ = PropertyPath(key);
  parsed.glob_ = Glob(pattern);
  return parsed;
}

Result<Condition> Condition::parse_property(const json::Object& condition, Kind kind) {
  KURAMORI_TRY(key, parameter(condition, "key"));
  const json::Value* value = json::find(condition, "value");
  if (value == nullptr || !is_scalar(*value)) {
    return invalid_argument(
        "The 'value' of a push condition must be a string, an integer, a boolean or null.");
  }
  Condition parsed;
  parsed.kind_ = kind;
  parsed.path_ = PropertyPath(key);
  parsed.value_ = *value;
  return parsed;
}

Result<Condition> Condition::parse_member_count(const json::Object& condition) {
  KURAMORI_TRY(is, parameter(condition, "is"));
  std::string_view digits = is;
  std::string_view sign = "==";
  const auto found =
      std::ranges::find_if(kSigns, [digits](std::string_view s) { return digits.starts_with(s); });
  if (found != kSigns.end()) {
    sign = *found;
    digits.remove_prefix(sign.size());
  }
  const std::optional<std::int64_t> count = text::to_integer(digits);
  if (!count || *count < 0)
    return invalid_argument("The 'is' of a push condition must be a number of members.");
  Condition parsed;
  parsed.kind_ = Kind::RoomMemberCount;
  parsed.count_ = *count;
  if (sign == "<") parsed.comparison_ = Comparison::Less;
  if (sign == ">") parsed.comparison_ = Comparison::Greater;
  if (sign == "<=") parsed.comparison_ = Comparison::LessOrEqual;
  if (sign == ">=") parsed.comparison_ = Comparison::GreaterOrEqual;
  return parsed;
}

Result<Condition> Condition::parse_sender_permission(const json::Object& condition) {
  KURAMORI_TRY(key, parameter(condition, "key"));
  Condition parsed;
  parsed.kind_ = Kind::SenderNotificationPermission;
  parsed.is_room_key_ = key == "room";
  return parsed;
}

Result<Condition> Condition::parse(const json::Value& value, RuleAuthor author) {
  const json::Object* condition = value.if_object();
  if (condition == nullptr) return invalid_argument("A push condition must be an object.");
  KURAMORI_TRY(kind, parameter(*condition, "kind"));
  Result<Condition> parsed = Condition();
  if (kind == "event_match") parsed = parse_event_match(*condition);
  if (kind == "event_property_is") parsed = parse_property(*condition, Kind::PropertyIs);
  if (kind == "event_property_contains") parsed = parse_property(*condition, Kind::PropertyContains);
  if (kind == "room_member_count") parsed = parse_member_count(*condition);
  if (kind == "sender_notification_permission") parsed = parse_sender_permission(*condition);
  if (kind == "contains_display_name") parsed->kind_ = Kind::ContainsDisplayName;
  if (parsed && author == RuleAuthor::Server) {
    parsed->names_reader_ = json::string_or(*condition, "pattern", "") == kReaderPlaceholder ||
                            json::string_or(*condition, "value", "") == kReaderPlaceholder;
  }
  return parsed;
}

Condition Condition::body_matches(std::string_view pattern) {
  Condition condition;
  condition.kind_ = Kind::EventMatch;
  condition.path_ = PropertyPath("content.body");
  condition.glob_ = Glob(pattern);
  return condition;
}

Condition Condition::text_is(std::string_view path, std::string_view text) {
  Condition condition;
  condition.kind_ = Kind::PropertyIs;
  condition.path_ = PropertyPath(path);
  condition.value_ = text;
  return condition;
}

int Condition::cost() const {
  switch (kind_) {
    case Kind::Unknown:
    case Kind::RoomMemberCount:
    case Kind::SenderNotificationPermission:
      return 0;
    case Kind::EventMatch:
    case Kind::PropertyIs:
    case Kind::PropertyContains:
      return path_.is_cheap() ? 1 : path_.is_body() ? 3 : 2;
    case Kind::ContainsDisplayName:
      return 3;
  }
  return 3;
}

bool Condition::holds(const Occasion& occasion) const {
  switch (kind_) {
    case Kind::Unknown:
      return false;
    case Kind::EventMatch:
      return matches_event(occasion);
    case Kind::PropertyIs:
      return property_is(occasion);
    case Kind::PropertyContains:
      return property_contains(occasion);
    case Kind::ContainsDisplayName:
      return contains_words(json::string_or(occasion.event.content(), "body", ""),
                            occasion.reader.display_name);
    case Kind::RoomMemberCount:
      return counts_members(occasion.context.joined_members);
    case Kind::SenderNotificationPermission:
      return occasion.context.sender_level >=
             (is_room_key_ ? occasion.context.room_notification_level : kOtherNotificationLevel);
  }
  return false;
}

bool Condition::matches_event(const Occasion& occasion) const {
  const std::optional<std::string_view> text = path_.text_of(occasion.event);
  if (!text) return false;
  if (names_reader_) return *text == occasion.reader.user.view();
  return path_.is_body() ? glob_.matches_words(*text) : glob_.matches(*text);
}

bool Condition::is_value(const json::Value& value, const UserId& reader) const {
  if (!names_reader_) return is_same(value, value_);
  return value.is_string() && json::view(value.get_string()) == reader.view();
}

bool Condition::property_is(const Occasion& occasion) const {
  if (value_.is_string() && !names_reader_) {
    const std::optional<std::string_view> text = path_.text_of(occasion.event);
    return text && *text == json::view(value_.get_string());
  }
  const json::Value* value = path_.value_of(occasion.event);
  return value != nullptr && is_value(*value, occasion.reader.user);
}

bool Condition::property_contains(const Occasion& occasion) const {
  const json::Value* value = path_.value_of(occasion.event);
  const json::Array* array = value == nullptr ? nullptr : value->if_array();
  if (array == nullptr) return false;
  return std::ranges::any_of(
      *array, [&](const json::Value& element) { return is_value(element, occasion.reader.user); });
}

bool Condition::counts_members(std::int64_t members) const {
  switch (comparison_) {
    case Comparison::Equal:
      return members == count_;
    case Comparison::Less:
      return members < count_;
    case Comparison::Greater:
      return members > count_;
    case Comparison::LessOrEqual:
      return members <= count_;
    case Comparison::GreaterOrEqual:
      return members >= count_;
  }
  return false;
}

}  // namespace kuramori::matrix::detail
