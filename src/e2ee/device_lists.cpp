#include "e2ee/device_lists.hpp"

#include <algorithm>

#include "e2ee/tables.hpp"
#include "identity/devices.hpp"
#include "identity/tables.hpp"

namespace kuramori::e2ee {

using gate::Operation;
using rooms::RoomStatePtr;
using runtime::Task;

namespace {

constexpr std::size_t kStoredChangesMax = 100'000;

bool is_encrypted(const RoomStatePtr& state) {
  return state && state->find("m.room.encryption", "") != nullptr;
}

bool is_joined(const RoomStatePtr& state, const UserId& user) {
  return state && state->membership(user) == matrix::Membership::Join;
}

}  // namespace

DeviceLists::DeviceLists(Ports ports, rooms::RoomReader& rooms, StreamPosition start, Options options)
    : ports_(ports), rooms_(rooms), options_(options), complete_after_(start) {}
DeviceLists::~DeviceLists() = default;

void DeviceLists::committed(std::span<const Change> changes) {
  for (const Change& change : changes) {
    const storage::ChangePayload* payload = change.payload.get();
    if (const auto* list = dynamic_cast<const identity::DeviceListChanged*>(payload)) {
      if (!list->is_login) note({change.position, Kind::Devices, list->user, {}, {}});
    } else if (const auto* event = dynamic_cast<const rooms::EventCommitted*>(payload)) {
      if (event->event->event->is_state()) note_event(change.position, *event);
    } else if (const auto* keys = dynamic_cast<const identity::KeysSigned*>(payload)) {
      for (const UserId& owner : keys->owners) note({change.position, Kind::Signed, keys->signer, {}, owner});
    }
  }
}

void DeviceLists::note_event(StreamPosition position, const rooms::EventCommitted& change) {
  const matrix::Event& event = *change.event->event;
  const std::string_view type = event.type();
  if (type == "m.room.encryption") {
    if (!event.state_key()->empty() || is_encrypted(change.state_before)) return;
    forget_all_rooms();
    note({position, Kind::Encrypted, {}, change.room, {}});
  } else if (type == "m.room.member") {
    if (!is_encrypted(change.state_after)) return;
    UserId user(*event.state_key());
    const bool was = is_joined(change.state_before, user);
    const bool is = is_joined(change.state_after, user);
    if (was == is) return;
    forget_rooms_of(user);
    note({position, is ? Kind::Joined : Kind::Left, std::move(user), change.room, {}});
  }
}

void DeviceLists::note(Entry entry) {
  const std::unique_lock lock(mutex_);
  entries_.push_back(std::move(entry));
  if (entries_.size() <= options_.changes_max) return;
  complete_after_ = entries_.front().position;
  entries_.pop_front();
}

void DeviceLists::forget_rooms_of(const UserId& user) {
  const std::scoped_lock lock(rooms_mutex_);
  ++rooms_version_;
  rooms_of_.erase(user);
}

void DeviceLists::forget_all_rooms() {
  const std::scoped_lock lock(rooms_mutex_);
  ++rooms_version_;
  rooms_of_.clear();
}

Task<Result<DeviceLists::RoomIds>> DeviceLists::encrypted_rooms(UserId user) {
  std::uint64_t version = 0;
  {
    const std::scoped_lock lock(rooms_mutex_);
    if (const auto found = rooms_of_.find(user); found != rooms_of_.end()) co_return found->second;
    version = rooms_version_;
  }
  auto query = [user](storage::Snapshot& snapshot) { return rooms::encrypted_rooms_of(snapshot, user); };
  KURAMORI_CO_TRY(read, co_await ports_.reader.read(std::move(query)));
  auto rooms = std::make_shared<const std::vector<RoomId>>(std::move(read));
  const std::scoped_lock lock(rooms_mutex_);
  if (rooms_version_ == version) {
    if (rooms_of_.size() >= options_.users_max) rooms_of_.clear();
    rooms_of_.emplace(std::move(user), rooms);
  }
  co_return RoomIds(rooms);
}

std::vector<DeviceLists::Entry> DeviceLists::entries(StreamPosition since, StreamPosition up_to,
                                                     bool& is_complete) const {
  const std::shared_lock lock(mutex_);
  is_complete = since >= complete_after_;
  std::vector<Entry> found;
  if (!is_complete) return found;
  const auto first =
      std::upper_bound(entries_.begin(), entries_.end(), since,
                       [](StreamPosition p, const Entry& entry) { return p < entry.position; });
  for (auto it = first; it != entries_.end() && it->position <= up_to; ++it) found.push_back(*it);
  return found;
}

Task<Result<std::vector<DeviceLists::Entry>>> DeviceLists::stored_entries(const Query& query) {
  auto read = [reader = query.reader,
               since = query.since](storage::Snapshot& snapshot) -> Result<std::vector<Entry>> {
    std::vector<Entry> found;
    const storage::Scan lists{.table = &identity::kDeviceListChanges,
                              .index = &identity::kDeviceListChanges.index("device_list_changes_by_position"),
                              .from = storage::Value(since.value + 1),
                              .limit = kStoredChangesMax};
    KURAMORI_TRY(rows, snapshot.scan(lists));
    for (const storage::Row& row : rows) {
      const StreamPosition position{storage::integer(row[identity::device_list_column::Position])};
      found.push_back(
          {position, Kind::Devices, UserId(storage::text(row[identity::device_list_column::User])), {}, {}});
    }
    const storage::Scan signed_users{.table = &kSignedUsers,
                                     .index = &kSignedUsers.index("signed_users_by_position"),
                                     .prefix = {reader.str()},
                                     .from = storage::Value(since.value + 1),
                                     .limit = kStoredChangesMax};
    KURAMORI_TRY(owners, snapshot.scan(signed_users));
    for (const storage::Row& row : owners)
      found.push_back({{storage::integer(row[2])}, Kind::Signed, reader, {}, UserId(storage::text(row[1]))});
    KURAMORI_TRY(sharing, rooms::sharing_changes(snapshot, reader, since));
    for (rooms::SharingChange& change : sharing) {
      Kind kind = Kind::Encrypted;
      if (change.kind == rooms::SharingChange::Kind::Joined) kind = Kind::Joined;
      if (change.kind == rooms::SharingChange::Kind::Left) kind = Kind::Left;
      found.push_back({change.position, kind, std::move(change.user), std::move(change.room), {}});
    }
    return found;
  };
  auto found = co_await ports_.reader.read(std::move(read));
  co_return found;
}

Task<Result<void>> DeviceLists::add_members(RoomId room, StreamPosition at, std::set<UserId>& users) {
  KURAMORI_CO_TRY(state, co_await rooms_.state_at(std::move(room), at));
  state->for_each_joined([&users](const UserId& user) { users.insert(user); });
  co_return Result<void>();
}

Task<Result<DeviceLists::Candidates>> DeviceLists::candidates(const Query& query, std::vector<Entry> found) {
  Candidates candidates;
  for (Entry& entry : found) {
    const bool is_own = entry.user == query.reader;
    switch (entry.kind) {
      case Kind::Devices:
        candidates.changed.insert(std::move(entry.user));
        break;
      case Kind::Signed:
        if (is_own) candidates.changed.insert(std::move(entry.owner));
        break;
      case Kind::Encrypted:
        if (query.is_joined(entry.room)) {
          KURAMORI_CO_CHECK(co_await add_members(entry.room, query.up_to, candidates.changed));
        }
        break;
      case Kind::Joined:
        if (!query.is_joined(entry.room)) break;
        if (is_own) {
          KURAMORI_CO_CHECK(co_await add_members(entry.room, query.up_to, candidates.changed));
        } else {
          candidates.changed.insert(std::move(entry.user));
        }
        break;
      case Kind::Left:
        if (is_own) {
          KURAMORI_CO_CHECK(co_await add_members(entry.room, entry.position, candidates.left));
        } else if (query.is_joined(entry.room)) {
          candidates.left.insert(std::move(entry.user));
        }
        break;
    }
  }
  co_return candidates;
}

Task<Result<bool>> DeviceLists::shares_room(const Query& query, UserId other) {
  if (other == query.reader) co_return true;
  KURAMORI_CO_TRY(rooms, co_await encrypted_rooms(std::move(other)));
  co_return std::ranges::any_of(*rooms, query.is_joined);
}

Task<Result<ListChanges>> DeviceLists::changes(const gate::Permit& permit, Query query) {
  permit.require_any({Operation::Sync, Operation::KeysQuery});
  ListChanges changes;
  bool is_complete = false;
  std::vector<Entry> found = entries(query.since, query.up_to, is_complete);
  if (!is_complete) {
    KURAMORI_CO_TRY(stored, co_await stored_entries(query));
    found = std::move(stored);
  }
  if (found.empty()) co_return changes;
  KURAMORI_CO_TRY(candidates, co_await this->candidates(query, std::move(found)));
  for (const UserId& user : candidates.changed) {
    KURAMORI_CO_TRY(shares, co_await shares_room(query, user));
    if (shares) changes.changed.push_back(user);
  }
  for (const UserId& user : candidates.left) {
    if (user == query.reader) continue;
    KURAMORI_CO_TRY(shares, co_await shares_room(query, user));
    if (!shares) changes.left.push_back(user);
  }
  co_return changes;
}

}  // namespace kuramori::e2ee
