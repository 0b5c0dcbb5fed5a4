// The auth events of an event: which it should cite, and rule 3 about those it does cite.
#include <algorithm>
#include <set>

#include "matrix/authorisation.hpp"
#include "matrix/authorisation_rules.hpp"

namespace kuramori::matrix {
namespace {

void select_for_member(const json::Object& content, const std::string& target, std::vector<StateKey>& keys) {
  const std::string_view membership = json::string_or(content, "membership", "");
  const auto add_member = [&keys](std::string_view user) {
    StateKey key("m.room.member", user);
    if (std::ranges::find(keys, key) == keys.end()) keys.push_back(std::move(key));
  };
  add_member(target);
  if (membership == "join" || membership == "invite" || membership == "knock") {
    keys.emplace_back("m.room.join_rules", "");
  }
  if (membership == "invite") {
    const json::Object* invite = json::object_at(content, "third_party_invite");
    const json::Object* proof = invite == nullptr ? nullptr : json::object_at(*invite, "signed");
    const json::Value* token = proof == nullptr ? nullptr : json::find(*proof, "token");
    if (token != nullptr && token->is_string()) {
      keys.emplace_back("m.room.third_party_invite", json::view(token->get_string()));
    }
  }
  if (membership == "join") {
    const json::Value* authoriser = json::find(content, "join_authorised_via_users_server");
    if (authoriser != nullptr && authoriser->is_string()) add_member(json::view(authoriser->get_string()));
  }
}

Verdict refuse(const Event& event, std::string_view part, std::string reason) {
  return {.allowed = false, .rule = detail::cite(event.version(), 3, part), .reason = std::move(reason)};
}

// 3.1 and 3.2: no key twice, and none but those that the selection asks for.
std::optional<Verdict> judge_selection(const Event& event, const std::vector<EventPtr>& cited) {
  const std::vector<StateKey> wanted =
      auth_events_for(event.type(), event.state_key(), event.sender(), event.content(), event.version());
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const EventPtr& auth : cited) {
    const bool is_new = auth->state_key() ? seen.emplace(auth->type(), *auth->state_key()).second : true;
    if (!is_new) return refuse(event, ".1", "Two of the auth events are for the same piece of state.");
  }
  for (const EventPtr& auth : cited) {
    const auto matches = [&auth](const StateKey& key) { return auth->is_state(key.first, key.second); };
    if (std::ranges::none_of(wanted, matches)) {
      return refuse(event, ".2", "An auth event is not of a kind that this event may cite.");
    }
  }
  return std::nullopt;
}

}  // namespace

std::vector<StateKey> auth_events_for(std::string_view type, const std::optional<std::string>& state_key,
                                      const UserId& sender, const json::Object& content,
                                      const RoomVersion& version) {
  std::vector<StateKey> keys;
  if (type == "m.room.create") return keys;
  if (!version.room_id_is_create_hash) keys.emplace_back("m.room.create", "");
  keys.emplace_back("m.room.power_levels", "");
  keys.emplace_back("m.room.member", sender.view());
  if (type == "m.room.member" && state_key) select_for_member(content, *state_key, keys);
  return keys;
}

Verdict check_auth_events(const Event& event, const std::vector<EventPtr>& auth_events,
                          const RejectedTest& is_rejected) {
  if (auto verdict = detail::rule_1_create(event)) return *std::move(verdict);
  if (auto verdict = judge_selection(event, auth_events)) return *std::move(verdict);
  const auto rejected = [&is_rejected](const EventPtr& auth) { return is_rejected(auth->id()); };
  if (is_rejected && std::ranges::any_of(auth_events, rejected)) {
    return refuse(event, ".3", "An auth event was itself rejected.");
  }
  const auto creates = [](const EventPtr& auth) { return auth->is_state("m.room.create"); };
  const bool must_cite_create = !event.version().room_id_is_create_hash;
  if (must_cite_create && std::ranges::none_of(auth_events, creates)) {
    return refuse(event, ".4", "The auth events do not include the creation of the room.");
  }
  const auto elsewhere = [&event](const EventPtr& auth) { return auth->room() != event.room(); };
  if (std::ranges::any_of(auth_events, elsewhere)) {
    return refuse(event, must_cite_create ? ".5" : ".4", "An auth event belongs to another room.");
  }
  return {.allowed = true, .rule = detail::cite(event.version(), 3, ""), .reason = {}};
}

Verdict check_auth_events(const Event& event, const std::vector<EventPtr>& auth_events) {
  return check_auth_events(event, auth_events, nullptr);
}

}  // namespace kuramori::matrix
