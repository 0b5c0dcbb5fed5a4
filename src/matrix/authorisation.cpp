#include "matrix/authorisation.hpp"

#include <array>

#include "matrix/authorisation_rules.hpp"
#include "matrix/identifiers.hpp"

namespace kuramori::matrix {
namespace detail {

Trial::Trial(const Event& event_on_trial, const StateView& room_state, const SignatureTest& signature_test)
    : event(event_on_trial),
      state(room_state),
      signed_by(signature_test),
      create(state.find("m.room.create", "")),
      levels_event(state.find("m.room.power_levels", "")),
      levels(create.get(), levels_event.get()) {}

Membership Trial::membership_of(std::string_view user) const {
  const EventPtr member = state.find("m.room.member", user);
  if (member == nullptr) return Membership::None;
  return parse_membership(json::string_or(member->content(), "membership", ""));
}

std::string cite(const RoomVersion& version, int rule, std::string_view part) {
  const bool shifted = rule > 2 && !version.room_id_is_create_hash;
  std::string number = std::to_string(shifted ? rule - 1 : rule);
  number += part;
  return number;
}

Verdict allow(const Trial& trial, int rule, std::string_view part) {
  return {.allowed = true, .rule = cite(trial.event.version(), rule, part), .reason = {}};
}

Verdict reject(const Trial& trial, int rule, std::string_view part, std::string reason) {
  return {.allowed = false, .rule = cite(trial.event.version(), rule, part), .reason = std::move(reason)};
}

namespace {

Verdict refuse(std::string rule, std::string reason) {
  return {.allowed = false, .rule = std::move(rule), .reason = std::move(reason)};
}

// 1.2: before version 12 the room's domain is the sender's, from it on the event names no room.
std::optional<Verdict> judge_room_of_create(const Event& event) {
  const json::Value* room = json::find(event.pdu(), "room_id");
  if (event.version().room_id_is_create_hash) {
    if (room != nullptr) return refuse("1.2", "The event that creates a room must not name one.");
    return std::nullopt;
  }
  const std::string_view id = event.room().view();
  const std::size_t colon = id.find(':');
  if (colon == std::string_view::npos || id.substr(colon + 1) != server_of(event.sender())) {
    return refuse("1.2", "The room ID belongs to another server than its creator.");
  }
  return std::nullopt;
}

// 1.4 of version 12.
bool are_user_ids(const json::Value& value) {
  const json::Array* users = value.if_array();
  return users != nullptr && std::ranges::all_of(*users, [](const json::Value& user) {
           return user.is_string() && parse_user_id(json::view(user.get_string())).has_value();
         });
}

}  // namespace

std::optional<Verdict> rule_1_create(const Event& event) {
  if (event.type() != "m.room.create") return std::nullopt;
  const RoomVersion& version = event.version();
  if (!event.prev_events().empty()) return refuse("1.1", "A room can only be created by its first event.");
  if (auto verdict = judge_room_of_create(event)) return verdict;
  if (const json::Value* id = json::find(event.content(), "room_version")) {
    if (!id->is_string() || find_room_version(json::view(id->get_string())) == nullptr) {
      return refuse("1.3", "The room version is not one that this server knows.");
    }
  }
  if (version.creator_in_content && json::find(event.content(), "creator") == nullptr) {
    return refuse("1.4", "The event does not name the room's creator.");
  }
  const json::Value* additional = json::find(event.content(), "additional_creators");
  if (version.privileged_creators && additional != nullptr && !are_user_ids(*additional)) {
    return refuse("1.4", "The additional creators must be user IDs.");
  }
  const bool has_fourth = version.creator_in_content || version.privileged_creators;
  return Verdict{.allowed = true, .rule = has_fourth ? "1.5" : "1.4", .reason = {}};
}

namespace {

// The room must have been created: rule 2 of version 12, whose room ID names the creating event; rule 2.4
// before it.
std::optional<Verdict> rule_2_created(const Trial& trial) {
  const RoomVersion& version = trial.event.version();
  const bool created = trial.create != nullptr && trial.create->room() == trial.event.room();
  if (created) return std::nullopt;
  return refuse(version.room_id_is_create_hash ? "2" : "2.4", "The room has not been created.");
}

std::optional<Verdict> rule_4_federation(const Trial& trial) {
  const bool open = json::bool_or(trial.create->content(), "m.federate", true);
  if (open || server_of(trial.event.sender()) == server_of(trial.create->sender())) return std::nullopt;
  return reject(trial, 4, "", "This room does not admit people of other servers.");
}

std::optional<Verdict> rule_6_sender_joined(const Trial& trial) {
  if (trial.sender_membership() == Membership::Join) return std::nullopt;
  return reject(trial, 6, "", "The sender is not in the room.");
}

std::optional<Verdict> rule_7_third_party_invite(const Trial& trial) {
  if (trial.event.type() != "m.room.third_party_invite") return std::nullopt;
  if (trial.sender_level() >= trial.levels.invite()) return allow(trial, 7, ".1");
  return reject(trial, 7, ".1", "The sender may not invite people to this room.");
}

std::optional<Verdict> rule_8_required_level(const Trial& trial) {
  const std::int64_t required = trial.levels.required(trial.event.type(), trial.event.is_state());
  if (required <= trial.sender_level()) return std::nullopt;
  return reject(trial, 8, "", "The sender's power level is too low for this type of event.");
}

std::optional<Verdict> rule_9_own_state_key(const Trial& trial) {
  const auto& key = trial.event.state_key();
  if (!key || !key->starts_with('@') || *key == trial.event.sender().view()) return std::nullopt;
  return reject(trial, 9, "", "The state key names another user.");
}

// Rule 1 needs no state and is asked before; rule 3 is check_auth_events(); rule 11 allows what no rule
// decided.
constexpr std::array<Rule, 8> kRules{rule_2_created,       rule_4_federation,         rule_5_member,
                                     rule_6_sender_joined, rule_7_third_party_invite, rule_8_required_level,
                                     rule_9_own_state_key, rule_10_power_levels};

}  // namespace
}  // namespace detail

Verdict authorise(const Event& event, const StateView& state, const SignatureTest& signed_by) {
  if (auto verdict = detail::rule_1_create(event)) return *std::move(verdict);
  const detail::Trial trial(event, state, signed_by);
  for (const detail::Rule rule : detail::kRules) {
    if (auto verdict = rule(trial)) return *std::move(verdict);
  }
  return detail::allow(trial, 11);
}

Verdict authorise(const Event& event, const StateView& state) {
  return authorise(event, state, nullptr);
}

}  // namespace kuramori::matrix
