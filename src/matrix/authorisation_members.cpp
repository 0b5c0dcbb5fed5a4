// Rule 5 (4 before version 12): who may change whose membership to what.
#include "matrix/authorisation_rules.hpp"
#include "matrix/identifiers.hpp"

namespace kuramori::matrix::detail {
namespace {

std::string_view target_of(const Trial& trial) {
  return *trial.event.state_key();
}
bool is_about_sender(const Trial& trial) {
  return target_of(trial) == trial.event.sender().view();
}
Membership target_membership(const Trial& trial) {
  return trial.membership_of(target_of(trial));
}
std::int64_t target_level(const Trial& trial) {
  return trial.levels.of(UserId(target_of(trial)));
}

std::string join_rule(const Trial& trial) {
  const EventPtr rules = trial.state.find("m.room.join_rules", "");
  return rules == nullptr ? "invite" : std::string(json::string_or(rules->content(), "join_rule", "invite"));
}

// 5.2
bool is_signed_by_authoriser(const Trial& trial, const json::Value& authoriser) {
  if (!authoriser.is_string()) return false;
  const Result<UserId> user = parse_user_id(json::view(authoriser.get_string()));
  if (!user) return false;
  if (trial.signed_by) return trial.signed_by(trial.event, ServerName(server_of(*user)));
  const json::Object* signatures = json::object_at(trial.event.pdu(), "signatures");
  const json::Object* theirs =
      signatures == nullptr ? nullptr : json::object_at(*signatures, server_of(*user));
  return theirs != nullptr && !theirs->empty();
}

// 5.3.1: the event right after the creation, and about the creator.
bool is_first_join(const Trial& trial) {
  const auto& previous = trial.event.prev_events();
  if (previous.size() != 1 || previous.front() != trial.create->id()) return false;
  const json::Object& content = trial.create->content();
  return trial.event.version().creator_in_content
             ? target_of(trial) == json::string_or(content, "creator", "")
             : target_of(trial) == trial.create->sender().view();
}

// 5.3.5.2: the one who vouches is in the room and may invite.
bool may_vouch(const Trial& trial) {
  const std::string_view user =
      json::string_or(trial.event.content(), "join_authorised_via_users_server", "");
  return !user.empty() && trial.membership_of(user) == Membership::Join &&
         trial.levels.of(UserId(user)) >= trial.levels.invite();
}

Verdict judge_join(const Trial& trial) {
  if (is_first_join(trial)) return allow(trial, 5, ".3.1");
  if (!is_about_sender(trial)) return reject(trial, 5, ".3.2", "Nobody can join for somebody else.");
  const Membership membership = trial.sender_membership();
  if (membership == Membership::Ban) return reject(trial, 5, ".3.3", "The sender is banned from this room.");
  const bool is_welcome = membership == Membership::Invite || membership == Membership::Join;
  const std::string rule = join_rule(trial);
  if ((rule == "invite" || rule == "knock") && is_welcome) return allow(trial, 5, ".3.4");
  if (rule == "restricted" || rule == "knock_restricted") {
    if (is_welcome) return allow(trial, 5, ".3.5.1");
    if (!may_vouch(trial)) {
      return reject(trial, 5, ".3.5.2", "Nobody who may invite people vouches for this join.");
    }
    return allow(trial, 5, ".3.5.3");
  }
  if (rule == "public") return allow(trial, 5, ".3.6");
  return reject(trial, 5, ".3.7", "The sender has not been invited to this room.");
}

Verdict judge_invite(const Trial& trial) {
  if (const json::Value* invite = json::find(trial.event.content(), "third_party_invite")) {
    return third_party_invite(trial, *invite);
  }
  if (trial.sender_membership() != Membership::Join) {
    return reject(trial, 5, ".4.2", "The sender is not in the room.");
  }
  const Membership current = target_membership(trial);
  if (current == Membership::Join) return reject(trial, 5, ".4.3", "The user is already in the room.");
  if (current == Membership::Ban) return reject(trial, 5, ".4.3", "The user is banned from this room.");
  if (trial.sender_level() >= trial.levels.invite()) return allow(trial, 5, ".4.4");
  return reject(trial, 5, ".4.5", "The sender may not invite people to this room.");
}

Verdict judge_leave(const Trial& trial) {
  const Membership current = target_membership(trial);
  if (is_about_sender(trial)) {
    const bool can_leave =
        current == Membership::Invite || current == Membership::Join || current == Membership::Knock;
    if (can_leave) return allow(trial, 5, ".5.1");
    return reject(trial, 5, ".5.1", "The sender is not in the room.");
  }
  if (trial.sender_membership() != Membership::Join) {
    return reject(trial, 5, ".5.2", "The sender is not in the room.");
  }
  const std::int64_t level = trial.sender_level();
  if (current == Membership::Ban && level < trial.levels.ban()) {
    return reject(trial, 5, ".5.3", "The sender may not lift bans in this room.");
  }
  if (level >= trial.levels.kick() && target_level(trial) < level) return allow(trial, 5, ".5.4");
  return reject(trial, 5, ".5.5", "The sender may not remove this user from the room.");
}

Verdict judge_ban(const Trial& trial) {
  if (trial.sender_membership() != Membership::Join) {
    return reject(trial, 5, ".6.1", "The sender is not in the room.");
  }
  const std::int64_t level = trial.sender_level();
  if (level >= trial.levels.ban() && target_level(trial) < level) return allow(trial, 5, ".6.2");
  return reject(trial, 5, ".6.3", "The sender may not ban this user from the room.");
}

Verdict judge_knock(const Trial& trial) {
  const std::string rule = join_rule(trial);
  if (rule != "knock" && rule != "knock_restricted") {
    return reject(trial, 5, ".7.1", "This room does not take requests to join.");
  }
  if (!is_about_sender(trial)) return reject(trial, 5, ".7.2", "Nobody can ask to join for somebody else.");
  const Membership current = trial.sender_membership();
  const bool is_settled =
      current == Membership::Ban || current == Membership::Invite || current == Membership::Join;
  if (!is_settled) return allow(trial, 5, ".7.3");
  return reject(trial, 5, ".7.4", "The sender is banned, invited or already in the room.");
}

}  // namespace

std::optional<Verdict> rule_5_member(const Trial& trial) {
  if (trial.event.type() != "m.room.member") return std::nullopt;
  const json::Object& content = trial.event.content();
  const json::Value* membership = json::find(content, "membership");
  if (!trial.event.is_state() || membership == nullptr) {
    return reject(trial, 5, ".1", "The event does not say whose membership it changes, or to what.");
  }
  const json::Value* authoriser = json::find(content, "join_authorised_via_users_server");
  if (authoriser != nullptr && !is_signed_by_authoriser(trial, *authoriser)) {
    return reject(trial, 5, ".2.1", "The server that authorises this join has not signed it.");
  }
  switch (parse_membership(membership->is_string() ? json::view(membership->get_string()) : "")) {
    case Membership::Join:
      return judge_join(trial);
    case Membership::Invite:
      return judge_invite(trial);
    case Membership::Leave:
      return judge_leave(trial);
    case Membership::Ban:
      return judge_ban(trial);
    case Membership::Knock:
      return judge_knock(trial);
    case Membership::None:
      break;
  }
  return reject(trial, 5, ".8", "The membership is not one that this server knows.");
}

}  // namespace kuramori::matrix::detail
