#include "rooms/creation.hpp"

#include <algorithm>

#include "rooms/membership.hpp"

namespace kuramori::rooms {
namespace {

constexpr std::int64_t kAdministrator = 100;
constexpr std::int64_t kModerator = 50;
constexpr std::int64_t kAboveAdministrator = 150;

json::Object with(std::string_view key, json::Value value) {
  json::Object content;
  content.emplace(key, std::move(value));
  return content;
}

json::Object create_content(const CreateRoom& request, const NewRoom& room) {
  json::Object content = request.creation_content;
  content["room_version"] = room.version->id;
  content.erase("creator");
  if (room.version->creator_in_content) content["creator"] = room.creator.view();
  if (!room.version->privileged_creators || request.preset != Preset::TrustedPrivateChat) return content;
  // Invited people of a trusted private chat are creators, too.
  json::Array creators;
  const auto add = [&](std::string_view user) {
    const json::Value value(user);
    if (user != room.creator.view() && std::ranges::find(creators, value) == creators.end())
      creators.push_back(value);
  };
  if (const json::Array* named = json::array_at(content, "additional_creators")) {
    for (const json::Value& user : *named) add(json::view(user.get_string()));
  }
  for (const UserId& user : request.invite) add(user.view());
  if (!creators.empty()) content["additional_creators"] = std::move(creators);
  return content;
}

json::Object power_levels_content(const CreateRoom& request, const NewRoom& room) {
  json::Object users;
  if (!room.version->privileged_creators) {
    users.emplace(room.creator.view(), kAdministrator);
    if (request.preset == Preset::TrustedPrivateChat) {
      for (const UserId& user : request.invite) users[user.view()] = kAdministrator;
    }
  }
  json::Object events;
  events.emplace("m.room.name", kModerator);
  events.emplace("m.room.avatar", kModerator);
  events.emplace("m.room.canonical_alias", kModerator);
  events.emplace("m.room.power_levels", kAdministrator);
  events.emplace("m.room.history_visibility", kAdministrator);
  events.emplace("m.room.encryption", kAdministrator);
  events.emplace("m.room.server_acl", kAdministrator);
  events.emplace("m.room.tombstone",
                 room.version->privileged_creators ? kAboveAdministrator : kAdministrator);

  json::Object content;
  content.emplace("users", std::move(users));
  content.emplace("users_default", 0);
  content.emplace("events", std::move(events));
  content.emplace("events_default", 0);
  content.emplace("state_default", kModerator);
  content.emplace("ban", kModerator);
  content.emplace("kick", kModerator);
  content.emplace("redact", kModerator);
  content.emplace("invite", request.preset == Preset::PublicChat ? kModerator : 0);
  content.emplace("notifications", with("room", kModerator));
  for (const auto& member : request.power_level_content_override) content[member.key()] = member.value();
  return content;
}

// client-server API, m.room.topic: the same text as a block of one plain representation.
json::Object topic_content(const std::string& topic) {
  json::Object plain = with("body", json::Value(topic));
  plain.emplace("mimetype", "text/plain");
  json::Array representations;
  representations.emplace_back(std::move(plain));
  json::Object content = with("topic", json::Value(topic));
  content.emplace("m.topic", with("m.text", std::move(representations)));
  return content;
}

class Sequence {
 public:
  explicit Sequence(const NewRoom& room) : room_(room) {}

  void add(std::string type, std::string state_key, json::Object content) {
    proposals_.push_back({.sender = room_.creator,
                          .type = std::move(type),
                          .state_key = std::move(state_key),
                          .content = std::move(content),
                          .redacts = {},
                          .device = room_.device,
                          .transaction = {},
                          .fingerprint = 0});
  }
  std::vector<Proposal> take() && { return std::move(proposals_); }

 private:
  const NewRoom& room_;
  std::vector<Proposal> proposals_;
};

void add_preset(Sequence& events, const CreateRoom& request) {
  const bool is_public = request.preset == Preset::PublicChat;
  const auto add = [&](std::string_view type, std::string_view key, std::string_view value) {
    const bool is_set = std::ranges::any_of(request.initial_state, [&](const InitialState& state) {
      return state.type == type && state.state_key.empty();
    });
    if (!is_set) events.add(std::string(type), "", with(key, json::Value(value)));
  };
  add("m.room.join_rules", "join_rule", is_public ? "public" : "invite");
  add("m.room.history_visibility", "history_visibility", "shared");
  add("m.room.guest_access", "guest_access", is_public ? "forbidden" : "can_join");
}

void add_initial_state(Sequence& events, const CreateRoom& request) {
  for (const InitialState& state : request.initial_state) {
    const bool is_overridden = state.state_key.empty() && ((request.name && state.type == "m.room.name") ||
                                                           (request.topic && state.type == "m.room.topic"));
    if (!is_overridden) events.add(state.type, state.state_key, state.content);
  }
  if (request.name) events.add("m.room.name", "", with("name", json::Value(*request.name)));
  if (request.topic) events.add("m.room.topic", "", topic_content(*request.topic));
}

}  // namespace

std::vector<Proposal> events_of_new_room(const CreateRoom& request, const NewRoom& room) {
  Sequence events(room);
  events.add("m.room.create", "", create_content(request, room));
  events.add("m.room.member", room.creator.str(),
             member_content(matrix::Membership::Join, room.creator_profile, std::nullopt));
  events.add("m.room.power_levels", "", power_levels_content(request, room));
  if (!room.alias.empty()) {
    events.add("m.room.canonical_alias", "", with("alias", json::Value(room.alias.view())));
  }
  add_preset(events, request);
  add_initial_state(events, request);
  for (std::size_t i = 0; i < request.invite.size(); ++i) {
    json::Object content = member_content(matrix::Membership::Invite, room.invited_profiles[i], std::nullopt);
    if (request.direct == CreateRoom::Direct::Yes) content.emplace("is_direct", true);
    events.add("m.room.member", request.invite[i].str(), std::move(content));
  }
  return std::move(events).take();
}

}  // namespace kuramori::rooms
