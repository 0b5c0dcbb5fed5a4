#include "rooms/directory.hpp"

#include "matrix/identifiers.hpp"
#include "rooms/tables.hpp"

namespace kuramori::rooms {
namespace {

constexpr std::size_t kAliasesMax = 1'000;  // of one room

using matrix::Membership;

struct StoredAlias {
  RoomId room;
  UserId creator;
};

Error unknown_alias(const RoomAlias& alias) {
  return not_found("Room alias " + alias.str() + " not found.");
}

// Who speaks for the room's names: whoever may set its canonical alias.
bool may_name(const RoomState& state, const gate::Subject& subject) {
  if (subject.role == gate::Role::Administrator) return true;
  if (state.membership(subject.user) != Membership::Join) return false;
  const matrix::PowerLevels levels = state.power_levels();
  return levels.of(subject.user) >= levels.required("m.room.canonical_alias", true);
}

runtime::Task<Result<std::optional<StoredAlias>>> find_alias(storage::Store& store, RoomAlias alias) {
  auto query = [alias](storage::Snapshot& snapshot) -> Result<std::optional<StoredAlias>> {
    KURAMORI_TRY(row, snapshot.get(kAliases, {alias.str()}));
    if (!row) return std::optional<StoredAlias>();
    return std::optional<StoredAlias>(
        StoredAlias{.room = RoomId(storage::text((*row)[1])), .creator = UserId(storage::text((*row)[2]))});
  };
  auto read = store.read(std::move(query));
  auto found = co_await std::move(read);
  co_return found;
}

}  // namespace

Directory::Directory(RoomService& rooms, storage::Store& store, gate::Gate& gate, const Clock& clock,
                     ServerName server)
    : rooms_(rooms),
      store_(store),
      gate_(gate),
      clock_(clock),
      server_(std::move(server)),
      published_(rooms, store) {}

runtime::Task<Result<void>> Directory::set_alias(gate::Permit permit, RoomAlias alias, RoomId room) {
  permit.require(gate::Operation::AliasSet);
  const UserId user = permit.subject().user;
  if (matrix::server_of(alias) != server_.view()) {
    co_return invalid_argument("Aliases of this server end in ':" + server_.str() + "'.");
  }
  KURAMORI_CO_TRY(state, co_await rooms_.current_state(room));
  if (state->membership(user) != Membership::Join) co_return forbidden("You are not a member of that room.");
  const Error taken(ErrorCode::Conflict, "M_UNKNOWN", "Room alias " + alias.str() + " already exists.");
  KURAMORI_CO_TRY(existing, co_await find_alias(store_, alias));
  if (existing) co_return taken;
  storage::UnitOfWork work;
  work.insert(kAliases, {alias.str(), room.str(), user.str(), clock_.now_ms()});
  auto committing = gate_.commit(std::move(permit), std::move(work), {.detail = room.str()});
  const auto receipt = co_await std::move(committing);
  if (receipt) co_return Result<void>();
  co_return receipt.error().code() == ErrorCode::Conflict ? taken : receipt.error();
}

runtime::Task<Result<void>> Directory::delete_alias(gate::Permit permit, RoomAlias alias) {
  permit.require(gate::Operation::AliasDelete);
  const gate::Subject subject = permit.subject();
  KURAMORI_CO_TRY(existing, co_await find_alias(store_, alias));
  if (!existing) co_return unknown_alias(alias);
  if (existing->creator != subject.user) {
    KURAMORI_CO_TRY(state, co_await rooms_.current_state(existing->room));
    if (!may_name(*state, subject)) co_return forbidden("You may not remove this alias.");
  }
  storage::UnitOfWork work;
  work.erase(kAliases, {alias.str()});
  auto committing = gate_.commit(std::move(permit), std::move(work), {.detail = existing->room.str()});
  const auto receipt = co_await std::move(committing);
  if (!receipt) co_return receipt.error();
  co_return Result<void>();
}

runtime::Task<Result<RoomId>> Directory::resolve(RoomAlias alias) {
  KURAMORI_CO_TRY(existing, co_await find_alias(store_, alias));
  if (!existing) co_return unknown_alias(alias);
  co_return existing->room;
}

runtime::Task<Result<std::vector<RoomAlias>>> Directory::aliases_of(const gate::Permit& permit, RoomId room) {
  permit.require(gate::Operation::AliasRead);
  const auto state = co_await rooms_.current_state(room);
  // An outsider learns nothing, not even whether there is such a room.
  const bool is_reader =
      state && ((*state)->membership(permit.subject().user) == Membership::Join ||
                (*state)->history_visibility() == matrix::HistoryVisibility::WorldReadable);
  if (!is_reader) co_return forbidden("You are not a member of the room.");
  auto query = [room](storage::Snapshot& snapshot) -> Result<std::vector<RoomAlias>> {
    KURAMORI_TRY(rows, snapshot.scan({.table = &kAliases,
                                      .index = &kAliases.index("aliases_by_room"),
                                      .prefix = {room.str()},
                                      .from = std::nullopt,
                                      .below = std::nullopt,
                                      .limit = kAliasesMax}));
    std::vector<RoomAlias> aliases;
    for (const storage::Row& row : rows) aliases.emplace_back(storage::text(row[0]));
    return aliases;
  };
  auto read = store_.read(std::move(query));
  auto aliases = co_await std::move(read);
  co_return aliases;
}

runtime::Task<Result<void>> Directory::set_listing(gate::Permit permit, RoomId room, Listing listing) {
  permit.require(gate::Operation::DirectorySet);
  KURAMORI_CO_TRY(state, co_await rooms_.current_state(room));
  if (!may_name(*state, permit.subject())) {
    co_return forbidden("You may not change whether this room is in the directory.");
  }
  if (listing == Listing::Published && !rooms_.may_publish(permit.subject())) {
    co_return forbidden("Only administrators put rooms into the directory of this server.");
  }
  storage::UnitOfWork work;
  if (listing == Listing::Published) {
    work.upsert(kPublishedRooms, {room.str(), clock_.now_ms()});
  } else {
    work.erase(kPublishedRooms, {room.str()});
  }
  const char* const detail = listing == Listing::Published ? "published" : "unlisted";
  auto committing = gate_.commit(std::move(permit), std::move(work), {.detail = detail});
  const auto receipt = co_await std::move(committing);
  published_.listing_changed();
  if (!receipt) co_return receipt.error();
  co_return Result<void>();
}

runtime::Task<Result<Listing>> Directory::listing_of(const gate::Permit& permit, RoomId room) {
  permit.require(gate::Operation::DirectoryRead);
  auto query = [room](storage::Snapshot& snapshot) -> Result<Listing> {
    KURAMORI_TRY(known, snapshot.get(kRooms, {room.str()}));
    if (!known) return not_found("Room not found.");
    KURAMORI_TRY(published, snapshot.get(kPublishedRooms, {room.str()}));
    return published ? Listing::Published : Listing::Unlisted;
  };
  auto read = store_.read(std::move(query));
  auto listing = co_await std::move(read);
  co_return listing;
}

runtime::Task<Result<PublicRoomsPage>> Directory::public_rooms(const gate::Permit& permit,
                                                               PublicRoomsQuery query) {
  permit.require(gate::Operation::DirectoryRead);
  auto reading = published_.page(std::move(query));
  co_return co_await std::move(reading);
}

}  // namespace kuramori::rooms
