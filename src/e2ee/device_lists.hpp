// Whose device keys a client must fetch again, and whose it may forget (client-server API, "Tracking the
// device list for a user"): changes of devices and of who shares encrypted rooms, in memory since the process
// started, in storage before.
//
//   auto changes = co_await lists.changes(permit, {user, since, up_to, is_joined});
#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

#include "e2ee/ports.hpp"
#include "rooms/reader.hpp"
#include "rooms/sharing.hpp"

namespace kuramori::e2ee {

struct ListChanges {
  std::vector<UserId> changed;
  std::vector<UserId> left;
};

class DeviceLists final : public storage::StreamListener {
 public:
  struct Options {
    std::size_t changes_max = 50'000;
    std::size_t users_max = 20'000;  // whose encrypted rooms are remembered
  };
  DeviceLists(Ports ports, rooms::RoomReader& rooms, StreamPosition start, Options options);
  ~DeviceLists() override;

  using IsJoined = std::function<bool(const RoomId&)>;
  struct Query {
    UserId reader;
    StreamPosition since;
    StreamPosition up_to;
    IsJoined is_joined;  // whether the reader is in a room now
  };
  // Permit: Sync or KeysQuery.
  runtime::Task<Result<ListChanges>> changes(const gate::Permit& permit, Query query);

  // Encrypted rooms that the user is in; what a publisher of DeviceListChanged names.
  using RoomIds = std::shared_ptr<const std::vector<RoomId>>;
  runtime::Task<Result<RoomIds>> encrypted_rooms(UserId user);

  void committed(std::span<const Change> changes) override;

 private:
  enum class Kind : std::uint8_t { Devices, Signed, Joined, Left, Encrypted };
  struct Entry {
    StreamPosition position;
    Kind kind;
    UserId user;   // whose devices, or who joined or left; of Signed the signer
    RoomId room;   // of memberships and encryption
    UserId owner;  // of Signed: whose key
  };
  // Whom a response may have to name, before it is known with whom the reader shares a room now.
  struct Candidates {
    std::set<UserId> changed;  // where a room is shared
    std::set<UserId> left;     // where none is
  };
  std::vector<Entry> entries(StreamPosition since, StreamPosition up_to, bool& is_complete) const;
  runtime::Task<Result<std::vector<Entry>>> stored_entries(const Query& query);
  runtime::Task<Result<Candidates>> candidates(const Query& query, std::vector<Entry> found);
  runtime::Task<Result<bool>> shares_room(const Query& query, UserId other);
  runtime::Task<Result<void>> add_members(RoomId room, StreamPosition at, std::set<UserId>& users);
  void note(Entry entry);
  void note_event(StreamPosition position, const rooms::EventCommitted& event);
  void forget_rooms_of(const UserId& user);
  void forget_all_rooms();

  Ports ports_;
  rooms::RoomReader& rooms_;
  const Options options_;
  mutable std::shared_mutex mutex_;
  std::deque<Entry> entries_;
  StreamPosition complete_after_;  // `entries_` holds every change behind it
  std::mutex rooms_mutex_;
  std::unordered_map<UserId, RoomIds> rooms_of_;
  std::uint64_t rooms_version_ = 0;  // grows whenever somebody's encrypted rooms change
};

}  // namespace kuramori::e2ee
