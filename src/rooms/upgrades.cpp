#include "rooms/upgrades.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "matrix/identifiers.hpp"
#include "rooms/membership.hpp"
#include "rooms/service_state.hpp"
#include "rooms/tables.hpp"

namespace kuramori::rooms {
namespace {

using matrix::Membership;

constexpr std::int64_t kModerator = 50;
constexpr std::int64_t kAdministrator = 100;
constexpr std::int64_t kTombstoneAboveAdministrators = 150;
constexpr std::size_t kRoomIdCharacters = 18;
constexpr std::size_t kAliasesMax = 1'000;

// "the recommended state events to transfer"; power levels come on their own.
constexpr std::array<std::string_view, 8> kTransferred{
    "m.room.server_acl", "m.room.encryption",   "m.room.name",       "m.room.avatar",
    "m.room.topic",      "m.room.guest_access", "m.room.join_rules", "m.room.history_visibility"};

struct OldRoom {
  RoomStatePtr state;
  EventId last_event;
  std::vector<RoomAlias> aliases;
  bool is_published = false;
};

std::int64_t level_or(const json::Object& content, std::string_view key, std::int64_t fallback) {
  return json::integer_or(content, key, fallback);
}

json::Object create_content(const OldRoom& old, const UpgradeRoom& request, const UserId& creator) {
  json::Object content;
  content.emplace("room_version", request.version->id);
  if (request.version->creator_in_content) content.emplace("creator", creator.view());
  const json::Object& before = old.state->find("m.room.create", "")->content();
  for (const std::string_view key : {"type", "m.federate"}) {
    if (const json::Value* value = json::find(before, key)) content.emplace(key, *value);
  }
  json::Object predecessor;
  predecessor.emplace("room_id", request.room.view());
  predecessor.emplace("event_id", old.last_event.view());
  content.emplace("predecessor", std::move(predecessor));
  if (!request.version->privileged_creators) return content;
  json::Array others;
  for (const UserId& user : request.additional_creators) {
    const json::Value value(user.view());
    if (user != creator && std::ranges::find(others, value) == others.end()) others.push_back(value);
  }
  if (!others.empty()) content.emplace("additional_creators", std::move(others));
  return content;
}

// The old room's levels as the new version takes them: creators stand above the levels from version 12 on,
// and are administrators before it.
json::Object transferred_levels(const OldRoom& old, const UpgradeRoom& request, const UserId& creator) {
  json::Object content;
  if (const auto levels = old.state->find("m.room.power_levels", "")) content = levels->content();
  const matrix::EventPtr create = old.state->find("m.room.create", "");
  json::Object users;
  if (const json::Object* named = json::object_at(content, "users")) users = *named;
  json::Object events;
  if (const json::Object* named = json::object_at(content, "events")) events = *named;
  const bool had_privileged = create->version().privileged_creators;
  if (request.version->privileged_creators) {
    users.erase(creator.view());
    for (const UserId& user : request.additional_creators) users.erase(user.view());
    if (!had_privileged) {
      std::int64_t tombstone = kTombstoneAboveAdministrators;
      tombstone = std::max(tombstone, level_or(events, "m.room.tombstone", 0));
      events["m.room.tombstone"] = tombstone;
    }
  } else if (had_privileged) {
    for (const UserId& user : matrix::creators(*create)) users[user.view()] = kAdministrator;
    if (level_or(events, "m.room.tombstone", 0) > kAdministrator) events["m.room.tombstone"] = kAdministrator;
  }
  content["users"] = std::move(users);
  content["events"] = std::move(events);
  return content;
}

// What it takes to set everything that is transferred.
std::int64_t needed_level(const json::Object& levels) {
  std::int64_t needed =
      std::max(level_or(levels, "state_default", kModerator), level_or(levels, "ban", kModerator));
  if (const json::Object* events = json::object_at(levels, "events")) {
    for (const auto& event : *events) needed = std::max(needed, level_or(*events, event.key(), 0));
  }
  return needed;
}

std::int64_t level_in(const json::Object& levels, const UserId& user) {
  const std::int64_t fallback = level_or(levels, "users_default", 0);
  const json::Object* users = json::object_at(levels, "users");
  return users == nullptr ? fallback : level_or(*users, user.view(), fallback);
}

class Replacement {
 public:
  Replacement(const gate::Subject& subject, EventBatch& batch) : subject_(subject), batch_(batch) {}

  Result<void> add(std::string_view type, std::string_view state_key, json::Object content) {
    KURAMORI_TRY(event, batch_.add({.sender = subject_.user,
                                    .type = std::string(type),
                                    .state_key = std::string(state_key),
                                    .content = std::move(content),
                                    .redacts = {},
                                    .device = subject_.device,
                                    .transaction = {}, .fingerprint = 0}));
    last_ = event->id();
    return {};
  }
  const EventId& last() const { return last_; }

 private:
  const gate::Subject& subject_;
  EventBatch& batch_;
  EventId last_;
};

Result<void> transfer_state(Replacement& room, const OldRoom& old) {
  for (const std::string_view type : kTransferred) {
    if (const auto event = old.state->find(type, "")) KURAMORI_CHECK(room.add(type, "", event->content()));
  }
  std::vector<matrix::EventPtr> others;
  const bool is_space =
      json::string_or(old.state->find("m.room.create", "")->content(), "type", "") == "m.space";
  old.state->for_each([&](const matrix::EventPtr& event) {
    const bool is_child = is_space && event->type() == "m.space.child" && !event->content().empty();
    const bool is_ban =
        event->type() == "m.room.member" && json::string_or(event->content(), "membership", "") == "ban";
    if (is_child || is_ban) others.push_back(event);
  });
  for (const matrix::EventPtr& event : others) {
    json::Object content = event->content();
    if (event->type() == "m.room.member") {
      content = member_content(Membership::Ban, {}, std::nullopt);
      if (const json::Value* reason = json::find(event->content(), "reason")) content["reason"] = *reason;
    }
    KURAMORI_CHECK(room.add(event->type(), *event->state_key(), std::move(content)));
  }
  return {};
}

Result<void> fill(Replacement& room, const OldRoom& old, const UpgradeRoom& request, const UserId& creator,
                  const MemberProfile& profile) {
  KURAMORI_CHECK(room.add("m.room.create", "", create_content(old, request, creator)));
  KURAMORI_CHECK(
      room.add("m.room.member", creator.view(), member_content(Membership::Join, profile, std::nullopt)));
  const json::Object levels = transferred_levels(old, request, creator);
  json::Object first = levels;
  const std::int64_t needed = needed_level(levels);
  const bool is_raised = !request.version->privileged_creators && level_in(levels, creator) < needed;
  if (is_raised) first["users"].as_object()[creator.view()] = needed;
  KURAMORI_CHECK(room.add("m.room.power_levels", "", std::move(first)));
  KURAMORI_CHECK(transfer_state(room, old));
  if (!old.aliases.empty()) {
    if (const auto canonical = old.state->find("m.room.canonical_alias", "")) {
      KURAMORI_CHECK(room.add("m.room.canonical_alias", "", canonical->content()));
    }
  }
  if (is_raised) KURAMORI_CHECK(room.add("m.room.power_levels", "", levels));
  return {};
}

// "setting events_default and invite to the greater of 50 and users_default + 1".
json::Object closed_levels(const RoomState& state) {
  json::Object content;
  if (const auto levels = state.find("m.room.power_levels", "")) content = levels->content();
  const std::int64_t closed = std::max(kModerator, level_or(content, "users_default", 0) + 1);
  for (const std::string_view key : {"events_default", "invite"}) {
    content[key] = std::max(closed, level_or(content, key, 0));
  }
  return content;
}

Result<OldRoom> read_names(storage::Snapshot& snapshot, const RoomId& room) {
  OldRoom old;
  KURAMORI_TRY(rows, snapshot.scan({.table = &kAliases,
                                    .index = &kAliases.index("aliases_by_room"),
                                    .prefix = {room.str()},
                                    .from = std::nullopt,
                                    .below = std::nullopt,
                                    .limit = kAliasesMax}));
  for (const storage::Row& row : rows) old.aliases.emplace_back(storage::text(row[0]));
  KURAMORI_TRY(published, snapshot.get(kPublishedRooms, {room.str()}));
  old.is_published = published.has_value();
  return old;
}

runtime::Task<Result<OldRoom>> read_old(RoomService::State& state, RoomId id, UserId user) {
  auto finding = state.room_of_member(id);
  KURAMORI_CO_TRY(room, co_await std::move(finding));
  if (room->state()->membership(user) != Membership::Join) co_return not_in_room();
  const matrix::PowerLevels levels = room->state()->power_levels();
  if (levels.of(user) < levels.required("m.room.tombstone", true)) {
    co_return forbidden("You may not upgrade this room.");
  }
  auto query = [id](storage::Snapshot& snapshot) { return read_names(snapshot, id); };
  auto read = state.ports.store.read(std::move(query));
  KURAMORI_CO_TRY(old, co_await std::move(read));
  const std::lock_guard lock(room->head_mutex);
  old.state = room->head.state;
  old.last_event = room->head.last_event;
  co_return old;
}

void move_names(storage::UnitOfWork& work, const OldRoom& old, const RoomId& from, const RoomId& to,
                const UserId& user, std::int64_t now_ms) {
  for (const RoomAlias& alias : old.aliases) {
    work.upsert(kAliases, {alias.str(), to.str(), user.str(), now_ms});
  }
  if (!old.is_published) return;
  work.erase(kPublishedRooms, {from.str()});
  work.insert(kPublishedRooms, {to.str(), now_ms});
}

}  // namespace

runtime::Task<Result<RoomId>> Upgrades::upgrade(gate::Permit permit, UpgradeRoom request) {
  permit.require(gate::Operation::RoomUpgrade);
  RoomService::State& state = rooms_.state();
  const gate::Subject subject = permit.subject();
  auto reading = read_old(state, request.room, subject.user);
  KURAMORI_CO_TRY(old, co_await std::move(reading));
  KURAMORI_CO_TRY(profile, co_await state.ports.profiles.profile_of(subject.user));
  gate::Action creating{.subject = subject, .operation = gate::Operation::RoomCreate, .resource = {}};
  auto asking = state.admit(std::move(creating));
  KURAMORI_CO_TRY(creation, co_await std::move(asking));

  RoomId fresh;
  if (!request.version->room_id_is_create_hash) {
    fresh =
        RoomId("!" + state.ports.random.alphanumeric(kRoomIdCharacters) + ":" + state.options.server.str());
  }
  EventBatch batch(state.admission, *request.version, std::move(fresh), state.creation_time());
  Replacement replacement(subject, batch);
  KURAMORI_CO_CHECK(fill(replacement, old, request, subject.user, profile));
  const RoomId created = batch.room();
  move_names(batch.work(), old, request.room, created, subject.user, state.ports.clock.now_ms());
  auto ticket =
      state.ports.gate.submit(std::move(creation), std::move(batch.work()), {.detail = created.str()});
  const auto receipt = co_await ticket;
  if (!receipt) co_return receipt.error();

  const Step close = [&](EventBatch& ending) -> Result<std::optional<EventId>> {
    Replacement room(subject, ending);
    json::Object tombstone;
    tombstone.emplace("body", "This room has been replaced");
    tombstone.emplace("replacement_room", created.view());
    KURAMORI_CHECK(room.add("m.room.tombstone", "", std::move(tombstone)));
    const EventId event = room.last();
    // Where the upgrader may: neither is required.
    if (!old.aliases.empty() && ending.state().find("m.room.canonical_alias", "") != nullptr) {
      static_cast<void>(room.add("m.room.canonical_alias", "", {}));
    }
    static_cast<void>(room.add("m.room.power_levels", "", closed_levels(ending.state())));
    return std::optional(event);
  };
  const auto closed = made(co_await state.write(request.room, std::move(permit), close));
  if (!closed) co_return closed.error();
  co_return created;
}

}  // namespace kuramori::rooms
