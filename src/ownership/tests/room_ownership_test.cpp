#include "ownership/room_ownership.hpp"

#include <gmock/gmock.h>

#include "audit/tables.hpp"
#include "rooms/tests/fixture.hpp"
#include "workforce/organisation_store.hpp"
#include "workforce/tables.hpp"

namespace kuramori::ownership {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A server with rooms and an organisation in which Alice, Bob and Carol work.
class RoomOwnershipTest : public ::testing::Test {
 protected:
  RoomOwnershipTest() {
    store.add_listener(server.rooms);
    store.add_listener(*current);
  }

  static storage::memory::MemoryStore& migrated(storage::memory::MemoryStore& store) {
    storage::Migration migration{.number = 1, .name = "initial", .changes = {}};
    migration.changes.emplace_back(storage::CreateTable{&storage::kWrappedKeys});
    for (const storage::Table* table : audit::tables())
      migration.changes.emplace_back(storage::CreateTable{table});
    for (const storage::Table* table : rooms::tables())
      migration.changes.emplace_back(storage::CreateTable{table});
    for (const storage::Table* table : workforce::tables())
      migration.changes.emplace_back(storage::CreateTable{table});
    ensure(store.migrate(std::span(&migration, 1)).has_value(), "the tables can be made");
    return store;
  }
  static std::unique_ptr<workforce::CurrentOrganisation> open(storage::Reader& reader,
                                                              const workforce::VersionRows& rows) {
    auto opened = workforce::CurrentOrganisation::open(reader, rows);
    ensure(opened.has_value(), "the organisation opens");
    return *std::move(opened);
  }
  template <class T>
  T run(runtime::Task<T> task) {
    return executor.run(std::move(task));
  }
  gate::Permit permit(const UserId& who, gate::Operation operation,
                      gate::Role role = gate::Role::Administrator) {
    gate::Subject subject;
    subject.user = who;
    subject.role = role;
    auto admission = run(server.gate.admit({std::move(subject), operation, {}, nullptr}));
    ensure(std::holds_alternative<gate::Permit>(admission), "the permissive policy permits");
    return std::get<gate::Permit>(std::move(admission));
  }
  static organisation::Person person(const UserId& user, std::string unit,
                                     organisation::Employment employment = organisation::Employment::Active) {
    organisation::Person made;
    made.user = user;
    made.name = user.str();
    made.posts = {{.unit = std::move(unit), .title = ""}};
    made.employment = employment;
    return made;
  }
  void employ(organisation::Employment alices) {
    organisation::Content content;
    for (const std::string id : {"hk", "sales"}) {
      content.units.push_back(
          {.id = id,
           .kind = id == "hk" ? organisation::UnitKind::LegalEntity : organisation::UnitKind::Department,
           .name = id,
           .parent = id == "hk" ? "" : "hk",
           .head = {}});
    }
    content.people = {person(alice, "hk", alices), person(bob, "sales"), person(carol, "hk")};
    workforce::ImportRequest request{.content = std::move(content)};
    const auto outcome = run(
        organisations.import(permit(carol, gate::Operation::AdminOrganisationImport), std::move(request)));
    ensure(outcome && outcome->kind == workforce::ImportOutcome::Kind::Stored, "the organisation is stored");
  }
  RoomId make_room(rooms::CreateRoom request = {}) {
    request.name = "Plans";
    auto created = run(server.rooms.create(permit(alice, gate::Operation::RoomCreate), std::move(request)));
    ensure(created.has_value(), "the room is created");
    return *created;
  }
  void bring(const UserId& who, const RoomId& room) {
    ASSERT_TRUE(run(server.rooms.invite(permit(alice, gate::Operation::RoomInvite),
                                        {.room = room, .user = who, .reason = {}})));
    ASSERT_TRUE(run(server.rooms.join(permit(who, gate::Operation::RoomJoin), {.room = room, .reason = {}})));
  }
  OwnerlessRooms ownerless(RoomId after = {}, std::size_t limit = 100) {
    const gate::Permit listing = permit(carol, gate::Operation::AdminRoomList);
    auto found = run(ownership.ownerless(listing, std::move(after), limit));
    ensure(found.has_value(), "ownerless rooms can be listed");
    return *std::move(found);
  }
  Result<HandedOver> hand_over(const RoomId& room, const UserId& successor,
                               gate::Role role = gate::Role::Administrator, const UserId& by = carol) {
    return run(ownership.hand_over(permit(by, gate::Operation::AdminRoomHandOver, role),
                                   {.room = room, .successor = successor}));
  }
  std::int64_t level(const RoomId& room, const UserId& user) {
    return (*run(server.rooms.current_state(room)))->power_levels().of(user);
  }
  template <class T>
  static std::string reason(const Result<T>& result) {
    return result ? "ok" : std::string(result.error().reason());
  }

  static const inline UserId alice = rooms::testing::user("alice");
  static const inline UserId bob = rooms::testing::user("bob");
  static const inline UserId carol = rooms::testing::user("carol");

  ManualClock clock;
  SeededRandom random{77};
  runtime::ManualExecutor executor{clock};
  storage::memory::MemoryStore store;
  rooms::testing::Server server{migrated(store), clock, random};
  workforce::VersionRows rows{*server.keys, random};
  std::unique_ptr<workforce::CurrentOrganisation> current = open(store, rows);
  runtime::WorkerPool workers{{.name = "worker"}};
  workforce::OrganisationStore organisations{
      {.current = *current, .reader = store, .gate = server.gate, .workers = workers, .clock = clock}, rows};
  RoomOwnership ownership{{.reader = store,
                           .rooms = server.rooms,
                           .gate = server.gate,
                           .organisation = *current,
                           .server = ServerName("example.org")}};
};

TEST_F(RoomOwnershipTest, BeforeAnOrganisationEverybodyWithThePowerOwns) {
  make_room();
  EXPECT_THAT(ownerless().rooms, IsEmpty());
}

TEST_F(RoomOwnershipTest, ARoomIsOwnerlessWhenItsOwnerHasLeftTheOrganisation) {
  const RoomId room = make_room();
  bring(bob, room);
  using organisation::Employment;
  for (const auto& [employment, is_reported] :
       {std::pair(Employment::Active, false), std::pair(Employment::OnLeave, false),
        std::pair(Employment::Suspended, true), std::pair(Employment::Left, true)}) {
    employ(employment);
    const OwnerlessRooms found = ownerless();
    ASSERT_EQ(found.rooms.size(), is_reported ? 1U : 0U) << organisation::to_string(employment);
    EXPECT_TRUE(found.is_complete);
    if (!is_reported) continue;
    EXPECT_EQ(found.rooms.front().room, room);
    EXPECT_EQ(found.rooms.front().name, "Plans");
    EXPECT_EQ(found.rooms.front().members, 2U);
    EXPECT_THAT(found.rooms.front().former_owners, ElementsAre(alice));
    EXPECT_TRUE(found.rooms.front().can_be_handed_over);
  }
}

TEST_F(RoomOwnershipTest, AMemberIsMadeItsAdministratorInTheNameOfTheFormerOne) {
  const RoomId room = make_room();
  bring(bob, room);
  employ(organisation::Employment::Left);
  const auto done = hand_over(room, bob);
  ASSERT_TRUE(done) << done.error().to_log();
  EXPECT_EQ(done->in_the_name_of, alice);
  EXPECT_FALSE(done->was_invited);
  EXPECT_EQ(level(room, bob), kOwnerLevel);
  EXPECT_THAT(ownerless().rooms, IsEmpty());
  EXPECT_EQ(reason(hand_over(room, carol)), "KURAMORI_ROOM_HAS_OWNER");
}

TEST_F(RoomOwnershipTest, InAnOlderVersionTheFormerOwnerKeepsHisLevel) {
  const RoomId room = make_room({.version = matrix::find_room_version("10")});
  bring(bob, room);
  employ(organisation::Employment::Left);
  ASSERT_TRUE(hand_over(room, bob));
  EXPECT_EQ(level(room, alice), 100);
  EXPECT_EQ(level(room, bob), kOwnerLevel);
}

TEST_F(RoomOwnershipTest, AStrangerToTheRoomIsInvited) {
  const RoomId room = make_room();
  employ(organisation::Employment::Left);
  const auto done = hand_over(room, bob);
  ASSERT_TRUE(done) << done.error().to_log();
  EXPECT_TRUE(done->was_invited);
  EXPECT_THAT(ownerless().rooms, SizeIs(1)) << "until he has joined";
  ASSERT_TRUE(run(server.rooms.join(permit(bob, gate::Operation::RoomJoin), {.room = room, .reason = {}})));
  EXPECT_THAT(ownerless().rooms, IsEmpty());
}

TEST_F(RoomOwnershipTest, WhereNobodyHasThePowerTheRoomsLawHolds) {
  const RoomId room = make_room();
  bring(bob, room);
  employ(organisation::Employment::Left);
  ASSERT_TRUE(
      run(server.rooms.leave(permit(alice, gate::Operation::RoomLeave), {.room = room, .reason = {}})));
  const OwnerlessRooms found = ownerless();
  ASSERT_THAT(found.rooms, SizeIs(1));
  EXPECT_FALSE(found.rooms.front().can_be_handed_over);
  EXPECT_EQ(reason(hand_over(room, bob)), "KURAMORI_ROOM_LAW");
  ASSERT_TRUE(run(server.rooms.leave(permit(bob, gate::Operation::RoomLeave), {.room = room, .reason = {}})));
  EXPECT_THAT(ownerless().rooms, IsEmpty()) << "a room without members is nobody's concern";
}

TEST_F(RoomOwnershipTest, ASuccessorWorksHere) {
  const RoomId room = make_room();
  employ(organisation::Employment::Left);
  EXPECT_EQ(reason(hand_over(room, alice)), "KURAMORI_SUCCESSOR");
  EXPECT_EQ(reason(hand_over(room, UserId("@dan:example.org"))), "KURAMORI_SUCCESSOR");
  EXPECT_EQ(reason(hand_over(room, UserId("@bob:elsewhere.example"))), "KURAMORI_SUCCESSOR");
  EXPECT_EQ(reason(hand_over(RoomId("!none"), bob)), "M_NOT_FOUND");
}

TEST_F(RoomOwnershipTest, ADepartmentAdministratorStaysInHisDepartment) {
  const RoomId room = make_room();
  employ(organisation::Employment::Left);
  const gate::Role role = gate::Role::DepartmentAdministrator;
  EXPECT_EQ(reason(hand_over(room, carol, role, bob)), "M_FORBIDDEN") << "bob's department is sales";
  EXPECT_EQ(reason(hand_over(room, bob, role, bob)), "ok");
}

TEST_F(RoomOwnershipTest, AListIsReadInParts) {
  std::set<std::string> made;
  for (int i = 0; i < 5; ++i) made.insert(make_room().str());
  employ(organisation::Employment::Left);
  std::set<std::string> seen;
  RoomId after;
  for (int parts = 0; parts < 5; ++parts) {
    const OwnerlessRooms found = ownerless(after, 2);
    for (const OwnerlessRoom& room : found.rooms) EXPECT_TRUE(seen.insert(room.room.str()).second);
    after = found.reached;
    if (found.is_complete) break;
  }
  EXPECT_EQ(seen, made);
}

}  // namespace
}  // namespace kuramori::ownership
