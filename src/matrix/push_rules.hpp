// Push rules: the default set, a user's changes to it, and evaluation (client-server API, "Push Rules").
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "json/json.hpp"
#include "matrix/event.hpp"

namespace kuramori::matrix {

// What evaluation needs to know of the room, gathered once per event.
struct PushContext {
  std::int64_t joined_members = 0;
  std::int64_t sender_level = 0;
  std::int64_t room_notification_level = 50;  // notifications.room of the power levels
};

// What it needs to know of the reader.
struct PushReader {
  UserId user;
  std::string_view display_name;  // in this room; empty when none
};

struct PushVerdict {
  bool notify = false;
  bool highlight = false;
  std::string sound;
};

// The account data m.push_rules of a user, parsed for evaluation.
class PushRuleSet {
 public:
  static std::shared_ptr<const PushRuleSet> defaults(const UserId& user);
  // `global` as stored; unknown conditions never match (specification), malformed rules are an error.
  static Result<std::shared_ptr<const PushRuleSet>> parse(const UserId& user, const json::Object& content);
  json::Object to_json() const;  // {"global": {...}}

  PushVerdict evaluate(const Event& event, const PushContext& context, const PushReader& reader) const;

  // The endpoints of /pushrules. Each returns the changed set; errors as specified (M_NOT_FOUND,
  // M_INVALID_PARAM, M_UNKNOWN …).
  struct Place {
    std::string before;
    std::string after;
  };
  Result<std::shared_ptr<const PushRuleSet>> put(std::string_view kind, std::string_view rule_id,
                                                 const json::Object& rule, const Place& place) const;
  Result<std::shared_ptr<const PushRuleSet>> remove(std::string_view kind, std::string_view rule_id) const;
  Result<std::shared_ptr<const PushRuleSet>> set_enabled(std::string_view kind, std::string_view rule_id,
                                                         const json::Object& body) const;
  Result<std::shared_ptr<const PushRuleSet>> set_actions(std::string_view kind, std::string_view rule_id,
                                                         const json::Object& body) const;
  Result<json::Object> rule(std::string_view kind, std::string_view rule_id) const;

  ~PushRuleSet();
  struct Compiled;  // private to the implementation
  explicit PushRuleSet(std::unique_ptr<const Compiled> compiled);

 private:
  std::unique_ptr<const Compiled> compiled_;
};

}  // namespace kuramori::matrix
