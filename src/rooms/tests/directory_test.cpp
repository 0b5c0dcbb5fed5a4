// Aliases and the published directory.
#include "rooms/directory.hpp"

#include "fixture.hpp"

namespace kuramori::rooms::testing {
namespace {

class Aliases : public RoomsTest {
 protected:
  Aliases() { open(); }
  void open() {
    if (directory) retired.push_back(std::move(directory));  // the store still tells it
    directory = std::make_unique<Directory>(rooms(), store, server->gate, clock, ServerName("example.org"));
    store.add_listener(directory->listener());
  }
  static std::string outcome(const Result<void>& result) {
    return result ? "ok" : std::string(result.error().reason());
  }
  std::string set(const UserId& who, const std::string& alias, const RoomId& room) {
    return outcome(run(directory->set_alias(permit(who, gate::Operation::AliasSet), RoomAlias(alias), room)));
  }
  std::string remove(const UserId& who, const std::string& alias) {
    return outcome(run(directory->delete_alias(permit(who, gate::Operation::AliasDelete), RoomAlias(alias))));
  }
  std::string publish(const UserId& who, const RoomId& room, Listing listing = Listing::Published) {
    return outcome(run(directory->set_listing(permit(who, gate::Operation::DirectorySet), room, listing)));
  }
  PublicRoomsPage list(PublicRoomsQuery query = {}) {
    return *run(directory->public_rooms(permit(carol, gate::Operation::DirectoryRead), std::move(query)));
  }
  std::vector<std::string> names(PublicRoomsQuery query = {}) {
    std::vector<std::string> found;
    for (const json::Value& room : list(std::move(query)).chunk) {
      found.emplace_back(json::string_or(room.get_object(), "name", ""));
    }
    return found;
  }

  std::vector<std::unique_ptr<Directory>> retired;
  std::unique_ptr<Directory> directory;
};

TEST_F(Aliases, AreSetByMembersOnce) {
  const RoomId room = make_room(alice);
  EXPECT_EQ(set(bob, "#x:example.org", room), "M_FORBIDDEN");
  EXPECT_EQ(set(alice, "#x:elsewhere.org", room), "M_INVALID_PARAM");
  EXPECT_EQ(set(alice, "#x:example.org", RoomId("!nowhere:example.org")), "M_NOT_FOUND");
  EXPECT_EQ(set(alice, "#x:example.org", room), "ok");
  EXPECT_EQ(set(alice, "#x:example.org", room), "M_UNKNOWN");
  EXPECT_EQ(*run(directory->resolve(RoomAlias("#x:example.org"))), room);
  EXPECT_FALSE(run(directory->resolve(RoomAlias("#y:example.org"))));
  const auto mine = run(directory->aliases_of(permit(alice, gate::Operation::AliasRead), room));
  EXPECT_EQ(*mine, std::vector<RoomAlias>{RoomAlias("#x:example.org")});
  EXPECT_FALSE(run(directory->aliases_of(permit(bob, gate::Operation::AliasRead), room)));
}

TEST_F(Aliases, AreRemovedByWhoMadeThemOrSpeaksForTheRoom) {
  const RoomId room = make_room(alice, {.preset = Preset::PublicChat});
  ASSERT_TRUE(join(bob, room));
  ASSERT_TRUE(join(carol, room));
  ASSERT_EQ(set(bob, "#b1:example.org", room), "ok");
  ASSERT_EQ(set(bob, "#b2:example.org", room), "ok");
  EXPECT_EQ(remove(carol, "#b1:example.org"), "M_FORBIDDEN");
  EXPECT_EQ(remove(bob, "#b1:example.org"), "ok");
  EXPECT_EQ(remove(alice, "#b2:example.org"), "ok");
  EXPECT_EQ(remove(alice, "#b2:example.org"), "M_NOT_FOUND");
}

TEST_F(Aliases, TheDirectoryShowsPublishedRoomsLargestFirst) {
  const RoomId small = make_room(alice, {.preset = Preset::PublicChat, .name = "Small", .topic = "Tea"});
  const RoomId large =
      make_room(alice, {.preset = Preset::PublicChat, .listing = Listing::Published, .name = "Large"});
  make_room(alice, {.preset = Preset::PublicChat, .name = "Hidden"});
  make_room(alice,
            {.listing = Listing::Published, .name = "Space", .creation_content = {{"type", "m.space"}}});
  ASSERT_TRUE(join(bob, large));
  EXPECT_EQ(publish(bob, small), "M_FORBIDDEN");
  EXPECT_EQ(publish(alice, RoomId("!nowhere:example.org")), "M_NOT_FOUND");
  EXPECT_EQ(publish(alice, small), "ok");
  EXPECT_EQ(publish(alice, small), "ok");
  EXPECT_EQ(names().front(), "Large");
  EXPECT_EQ(names().size(), 3U);
  EXPECT_EQ(names({.search = "tEa"}), std::vector<std::string>{"Small"});
  EXPECT_EQ(names({.room_types = {{"m.space"}}}), std::vector<std::string>{"Space"});
  EXPECT_EQ(names({.room_types = std::vector<std::optional<std::string>>{std::nullopt}}).size(), 2U);
  const auto listing = [&](const RoomId& room) {
    return run(directory->listing_of(permit(carol, gate::Operation::DirectoryRead), room));
  };
  EXPECT_EQ(*listing(small), Listing::Published);
  EXPECT_EQ(publish(alice, small, Listing::Unlisted), "ok");
  EXPECT_EQ(*listing(small), Listing::Unlisted);
  EXPECT_FALSE(listing(RoomId("!nowhere:example.org")));
}

TEST_F(Aliases, TheDirectoryFollowsWhatChanges) {
  CreateRoom first{.preset = Preset::PublicChat, .listing = Listing::Published};
  first.name = "first";
  const RoomId room = make_room(alice, first);
  EXPECT_EQ(names(), std::vector<std::string>{"first"});
  CreateRoom second{.preset = Preset::PublicChat, .listing = Listing::Published};
  second.name = "second";
  const RoomId larger = make_room(alice, second);
  EXPECT_EQ(names().size(), 2u);
  ASSERT_TRUE(join(bob, larger));
  EXPECT_EQ(names(), (std::vector<std::string>{"second", "first"}));
  ASSERT_TRUE(join(bob, room));
  ASSERT_TRUE(join(carol, room));
  ASSERT_TRUE(set_state(alice, room, "m.room.name", {{"name", "renamed"}}));
  EXPECT_EQ(names(), (std::vector<std::string>{"renamed", "second"}));
  EXPECT_EQ(names({.search = "RENAMED"}), std::vector<std::string>{"renamed"});
  ASSERT_EQ(publish(alice, room, Listing::Unlisted), "ok");
  EXPECT_EQ(names(), std::vector<std::string>{"second"});
  ASSERT_TRUE(set_state(alice, room, "m.room.name", {{"name", "secret"}}));
  EXPECT_EQ(names(), std::vector<std::string>{"second"});
  ASSERT_EQ(publish(alice, room), "ok");
  EXPECT_EQ(names(), (std::vector<std::string>{"secret", "second"}));
}

TEST_F(Aliases, PagesOfTheDirectoryCoverItOnce) {
  for (int i = 0; i < 7; ++i) make_room(alice, {.listing = Listing::Published, .name = std::to_string(i)});
  std::set<std::string> seen;
  PublicRoomsQuery query{.limit = 3};
  for (;;) {
    const PublicRoomsPage page = list(query);
    EXPECT_EQ(page.total, 7U);
    EXPECT_EQ(page.previous.has_value(), query.offset > 0);
    for (const json::Value& room : page.chunk) {
      EXPECT_TRUE(seen.insert(std::string(json::string_or(room.get_object(), "name", ""))).second);
    }
    if (!page.next) break;
    query.offset = *page.next;
  }
  EXPECT_EQ(seen.size(), 7U);
}

TEST_F(Aliases, WhereOnlyAdministratorsPublishOthersDoNot) {
  start({.publishers = Publishers::Administrators});
  open();
  const auto refused = create(alice, {.listing = Listing::Published});
  EXPECT_EQ(refused.error().reason(), "M_FORBIDDEN");
  const RoomId room = make_room(alice);
  EXPECT_EQ(publish(alice, room), "M_FORBIDDEN");
  gate::Subject administrator = subject(bob);
  administrator.role = gate::Role::Administrator;
  EXPECT_EQ(outcome(run(directory->set_listing(permit(administrator, gate::Operation::DirectorySet), room,
                                               Listing::Published))),
            "ok");
}

}  // namespace
}  // namespace kuramori::rooms::testing
