// Device lists from memory and, for tokens of an earlier process, from storage.
#include "fixture.hpp"

namespace kuramori::e2ee::testing {
namespace {

using Users = std::vector<UserId>;

class DeviceListsTest : public EncryptionTest {
 protected:
  RoomId encrypted_room(const UserId& who) {
    rooms::CreateRoom request;
    request.preset = rooms::Preset::PublicChat;
    clock.advance(Milliseconds(1));
    const RoomId room = make_room(who, std::move(request));
    auto set = set_state(who, room, "m.room.encryption", {{"algorithm", "m.megolm.v1.aes-sha2"}});
    EXPECT_TRUE(set) << set.error().to_log();
    return room;
  }
  void change_devices(const UserId& who) {
    storage::UnitOfWork work;
    identity::publish_device_list(work, who, {});
    commit(std::move(work));
  }
  ListChanges changes(const UserId& reader, StreamPosition since) {
    auto joined = run(rooms().rooms_of(reader));
    DeviceLists::Query query{
        .reader = reader, .since = since, .up_to = store.last_position(), .is_joined = {}};
    query.is_joined = [&joined](const RoomId& room) {
      return std::ranges::any_of(*joined, [&](const rooms::UserRoom& one) {
        return one.room == room && one.membership == matrix::Membership::Join;
      });
    };
    auto found = run(encryption->lists.changes(permit(reader, gate::Operation::Sync), std::move(query)));
    EXPECT_TRUE(found) << found.error().to_log();
    return found ? *std::move(found) : ListChanges();
  }
};

TEST_F(DeviceListsTest, MemoryAndStorageAgree) {
  const RoomId room = encrypted_room(alice);
  ASSERT_TRUE(join(bob, room));
  const StreamPosition before_devices = store.last_position();
  change_devices(alice);
  const StreamPosition before_leave = store.last_position();
  ASSERT_TRUE(leave(bob, room));
  const auto check = [&](std::string_view where) {
    EXPECT_EQ(changes(alice, before_leave).left, Users{bob}) << where;
    EXPECT_TRUE(changes(alice, before_leave).changed.empty()) << where;
    EXPECT_EQ(changes(bob, before_leave).left, Users{alice}) << where;
    EXPECT_EQ(changes(alice, before_devices).changed, Users{alice}) << where;
    EXPECT_TRUE(changes(bob, before_devices).changed.empty()) << where << ": no room is shared any more";
    EXPECT_TRUE(changes(alice, store.last_position()).left.empty()) << where;
  };
  check("memory");
  restart();
  check("storage");
}

TEST_F(DeviceListsTest, OnlyRoomsThatAreEncryptedCount) {
  rooms::CreateRoom request;
  request.preset = rooms::Preset::PublicChat;
  const RoomId room = make_room(alice, std::move(request));
  ASSERT_TRUE(join(bob, room));
  const StreamPosition since = store.last_position();
  change_devices(alice);
  EXPECT_TRUE(changes(bob, since).changed.empty());
  EXPECT_EQ(changes(alice, since).changed, Users{alice}) << "one's own devices always";
}

}  // namespace
}  // namespace kuramori::e2ee::testing
