// POST /createRoom: everything in one unit of work.
#include <algorithm>

#include "matrix/identifiers.hpp"
#include "rooms/content_checks.hpp"
#include "rooms/creation.hpp"
#include "rooms/service.hpp"
#include "rooms/service_state.hpp"
#include "rooms/tables.hpp"

namespace kuramori::rooms {
namespace {

constexpr std::size_t kRoomIdCharacters = 18;

Error invalid_initial_state(const Error& cause) {
  if (cause.code() != ErrorCode::Forbidden) return cause;
  return Error(ErrorCode::InvalidArgument, "M_INVALID_ROOM_STATE", cause.message())
      .with_detail(cause.detail());
}

Error alias_is_taken(const RoomAlias& alias) {
  return {ErrorCode::InvalidArgument, "M_ROOM_IN_USE", "The alias " + alias.str() + " is already in use."};
}

Result<RoomAlias> alias_of(const CreateRoom& request, const ServerName& server) {
  if (request.alias_localpart.empty()) return RoomAlias();
  const bool has_separator = request.alias_localpart.find(':') != std::string::npos;
  auto alias = matrix::parse_room_alias("#" + request.alias_localpart + ":" + server.str());
  if (has_separator || !alias)
    return invalid_argument("'room_alias_name' is not a valid localpart of an alias.");
  return alias;
}

// Members come by `invite`: the gate is asked about each.
Result<void> check_initial_state(const CreateRoom& request) {
  for (const InitialState& state : request.initial_state) {
    if (state.type == "m.room.member" || state.type == "m.room.create") {
      return Error(ErrorCode::InvalidArgument, "M_INVALID_ROOM_STATE",
                   "'initial_state' cannot hold " + state.type + ".");
    }
    if (state.type == "m.room.power_levels") KURAMORI_CHECK(check_power_levels(state.content));
  }
  return {};
}

Result<void> check_people(CreateRoom& request, const UserId& creator, const ServerName& server) {
  std::vector<UserId> invited;
  for (const UserId& user : request.invite) {
    if (user == creator) return invalid_argument("You cannot invite yourself.");
    if (matrix::server_of(user) != server.view()) {
      return forbidden("People of other servers cannot be invited: this server does not federate.");
    }
    if (std::ranges::find(invited, user) == invited.end()) invited.push_back(user);
  }
  request.invite = std::move(invited);
  KURAMORI_TRY(creators, json::optional_array(request.creation_content, "additional_creators"));
  if (creators == nullptr) return {};
  for (const json::Value& user : *creators) {
    if (!user.is_string() || !matrix::parse_user_id(json::view(user.get_string()))) {
      return invalid_argument("'additional_creators' must hold user IDs.");
    }
  }
  return {};
}

}  // namespace

// From version 12 on the room id is the hash of m.room.create: no two of them may be alike, also within one
// millisecond.
Timestamp RoomService::State::creation_time() {
  const std::int64_t now = ports.clock.now_ms();
  std::int64_t last = last_creation_ms.load();
  std::int64_t next = std::max(now, last + 1);
  while (!last_creation_ms.compare_exchange_weak(last, next)) next = std::max(now, last + 1);
  return from_unix_ms(next);
}

runtime::Task<Result<NewRoom>> RoomService::State::new_room(const CreateRoom& request,
                                                            gate::Subject subject) {
  NewRoom room{.version = request.version,
               .creator = subject.user,
               .device = subject.device,
               .creator_profile = {},
               .invited_profiles = {},
               .alias = {}};
  if (room.version == nullptr) room.version = matrix::find_room_version(options.default_version);
  ensure(room.version != nullptr, "the configured room version is not supported");
  KURAMORI_CO_TRY(alias, alias_of(request, options.server));
  room.alias = std::move(alias);
  KURAMORI_CO_TRY(profile, co_await ports.profiles.profile_of(subject.user));
  room.creator_profile = std::move(profile);
  for (const UserId& user : request.invite) {
    auto asking = check_invitation(user, subject.user);
    const auto accepted = co_await std::move(asking);
    if (!accepted) co_return accepted.error();
    KURAMORI_CO_TRY(invited, co_await ports.profiles.profile_of(user));
    room.invited_profiles.push_back(std::move(invited));
  }
  co_return room;
}

runtime::Task<Result<RoomId>> RoomService::create(gate::Permit permit, CreateRoom request) {
  permit.require(gate::Operation::RoomCreate);
  State& state = *state_;
  if (request.listing == Listing::Published && !may_publish(permit.subject())) {
    co_return forbidden("Only administrators put rooms into the directory of this server.");
  }
  KURAMORI_CO_CHECK(check_people(request, permit.subject().user, state.options.server));
  KURAMORI_CO_CHECK(check_initial_state(request));
  KURAMORI_CO_CHECK(check_power_levels(request.power_level_content_override));
  auto preparing = state.new_room(request, permit.subject());
  KURAMORI_CO_TRY(room, co_await std::move(preparing));
  if (!room.alias.empty()) {
    auto query = [alias = room.alias](storage::Snapshot& snapshot) {
      return snapshot.get(kAliases, {alias.str()});
    };
    auto read = state.ports.store.read(std::move(query));
    KURAMORI_CO_TRY(taken, co_await std::move(read));
    if (taken) co_return alias_is_taken(room.alias);
  }

  RoomId id;
  if (!room.version->room_id_is_create_hash) {
    id = RoomId("!" + state.ports.random.alphanumeric(kRoomIdCharacters) + ":" + state.options.server.str());
  }
  EventBatch batch(state.admission, *room.version, std::move(id), state.creation_time());
  for (Proposal& proposal : events_of_new_room(request, room)) {
    const auto added = batch.add(std::move(proposal));
    if (!added) co_return invalid_initial_state(added.error());
  }
  const std::int64_t now = state.ports.clock.now_ms();
  const RoomId created = batch.room();
  if (!room.alias.empty()) {
    batch.work().insert(kAliases, {room.alias.str(), created.str(), room.creator.str(), now});
  }
  if (request.listing == Listing::Published) batch.work().insert(kPublishedRooms, {created.str(), now});
  auto ticket =
      state.ports.gate.submit(std::move(permit), std::move(batch.work()), {.detail = created.str()});
  const auto receipt = co_await ticket;
  if (receipt) co_return created;
  // Room and event ids are fresh, unless the clock went back: it was the alias.
  if (receipt.error().code() == ErrorCode::Conflict && !room.alias.empty())
    co_return alias_is_taken(room.alias);
  co_return receipt.error();
}

}  // namespace kuramori::rooms
