// One condition of a push rule, prepared for evaluation: evaluating allocates nothing. Private to the module.
#pragma once
#include <string>

#include "matrix/glob.hpp"
#include "matrix/property_path.hpp"
#include "matrix/push_rules.hpp"

namespace kuramori::matrix::detail {

// In the server's own rules this pattern or value stands for the ID of the reader, whoever it is; so one
// prepared set serves all users.
constexpr std::string_view kReaderPlaceholder = "{reader}";
// What a sender needs to trigger notifications of another kind than `room` (m.room.power_levels has no
// default for them).
constexpr std::int64_t kOtherNotificationLevel = 50;
enum class RuleAuthor { Server, User };

struct Occasion {
  const Event& event;
  const PushContext& context;
  const PushReader& reader;
};

class Condition {
 public:
  // A kind that we do not know never matches; a known one without its parameters is an error.
  static Result<Condition> parse(const json::Value& condition, RuleAuthor author);
  // The predefined conditions of `content`, `room` and `sender` rules.
  static Condition body_matches(std::string_view pattern);
  static Condition text_is(std::string_view path, std::string_view text);

  bool holds(const Occasion& occasion) const;
  // The lower, the sooner it is worth asking.
  int cost() const;

 private:
  enum class Kind {
    Unknown,
    EventMatch,
    PropertyIs,
    PropertyContains,
    ContainsDisplayName,
    RoomMemberCount,
    SenderNotificationPermission,
  };
  enum class Comparison { Equal, Less, Greater, LessOrEqual, GreaterOrEqual };

  static Result<Condition> parse_event_match(const json::Object& condition);
  static Result<Condition> parse_property(const json::Object& condition, Kind kind);
  static Result<Condition> parse_member_count(const json::Object& condition);
  static Result<Condition> parse_sender_permission(const json::Object& condition);

  bool is_value(const json::Value& value, const UserId& reader) const;
  bool matches_event(const Occasion& occasion) const;
  bool property_is(const Occasion& occasion) const;
  bool property_contains(const Occasion& occasion) const;
  bool counts_members(std::int64_t members) const;

  Kind kind_ = Kind::Unknown;
  Comparison comparison_ = Comparison::Equal;
  bool names_reader_ = false;
  bool is_room_key_ = false;
  std::int64_t count_ = 0;
  PropertyPath path_;
  Glob glob_;
  json::Value value_;
};

}  // namespace kuramori::matrix::detail
