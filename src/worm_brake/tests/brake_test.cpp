#include "worm_brake/brake.hpp"

#include "identity/tables.hpp"
#include "link_risk/extraction.hpp"
#include "rooms/tests/fixture.hpp"
#include "worm_brake/tables.hpp"

namespace kuramori::worm_brake {
namespace {

using gate::Operation;

class Told final : public Notices {
 public:
  void tell_owner(const UserId& owner, const gate::Localised& text) override {
    owners.push_back(owner);
    texts.push_back(text);
  }
  void tell_security_officers(const gate::Localised& text) override { texts.push_back(text); }
  std::vector<UserId> owners;
  std::vector<gate::Localised> texts;
};

const link_risk::HostReader& hosts() {
  static const link_risk::HostReader reader(link_risk::PublicSuffixes::built_in());
  return reader;
}

std::vector<link_risk::Link> links_in(const json::Object& content) {
  std::vector<link_risk::Link> links;
  for (link_risk::FoundLink& found : link_risk::extract_links(hosts(), content).links) {
    links.push_back(std::move(found.link));
  }
  return links;
}

class BrakeTest : public rooms::testing::RoomsTest {
 protected:
  BrakeTest() {
    storage::Migration first{.number = 1, .name = "initial", .changes = {}};
    storage::Migration second{.number = 2, .name = "brake", .changes = {}};
    second.changes.emplace_back(storage::CreateTable{&kStops});
    second.changes.emplace_back(storage::CreateTable{&identity::kAccountRestrictions});
    const std::array both{first, second};
    ensure(store.migrate(both).has_value(), "the tables can be made");
    for (int i = 0; i < 5; ++i) places.push_back(make_room(alice));
    open();
  }
  void open() {
    restrictions = std::make_unique<identity::Restrictions>(store, server->gate, clock);
    store.add_listener(*restrictions);
    brake = std::make_unique<WormBrake>(
        WormBrake::Ports{.store = store,
                         .keys = *server->keys,
                         .gate = server->gate,
                         .rooms = server->rooms,
                         .restrictions = *restrictions,
                         .clock = clock,
                         .notices = told,
                         .links_in = links_in,
                         .is_service = [](const UserId& user) { return user == rooms::testing::user("bot"); },
                         .log = Logger::silent()},
        WormBrake::Options{.rooms_max = 3, .rooms_max_of_trusted = 4});
    ASSERT_TRUE(brake->load());
  }
  void restart() {
    brake.reset();
    start();
    open();
  }
  bool stops(const UserId& user, const RoomId& room, const json::Object& content,
             gate::Role role = gate::Role::Member) {
    gate::Action action{
        .subject = subject(user), .operation = Operation::RoomSend, .resource = {}, .content = &content};
    action.subject.role = role;
    action.resource.room = room;
    return brake->stops(action);
  }
  // As the gate and the room do it: true when it was sent.
  bool try_send(const RoomId& room, std::string_view body) {
    if (stops(alice, room, rooms::testing::text_message(body))) return false;
    EXPECT_TRUE(send(alice, room, body));
    return true;
  }
  Result<void> release() {
    return run(brake->release(permit(gate::Subject::system(), Operation::AdminBrakeRelease), alice));
  }
  std::vector<Stop> listed() {
    return *run(brake->list(permit(gate::Subject::system(), Operation::AdminLinksRead)));
  }

  Told told;
  std::vector<RoomId> places;
  std::unique_ptr<identity::Restrictions> restrictions;
  std::unique_ptr<WormBrake> brake;
};

TEST_F(BrakeTest, AnAccountThatSendsTheSameToManyIsStoppedAndItsSendsAreTakenBack) {
  ASSERT_TRUE(try_send(places[0], "an ordinary message"));
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(try_send(places[static_cast<std::size_t>(i)], "https://worm.example/x"));
  EXPECT_FALSE(try_send(places[3], "look https://worm.example/x"));
  EXPECT_FALSE(try_send(places[4], "hello"));
  // What was admitted before the stop arrives after it.
  ASSERT_TRUE(send(alice, places[3], "https://worm.example/x"));
  ASSERT_TRUE(brake->step());
  EXPECT_EQ(restrictions->of(alice).suspended, identity::Suspended::Yes);
  EXPECT_FALSE(release()) << "not before everything was taken back";
  restart();
  EXPECT_FALSE(try_send(places[4], "hello"));
  clock.advance(WormBrake::kSettling);
  for (bool more = true; more;) more = *brake->step();
  EXPECT_EQ(bodies(alice, places[0]), (std::vector<std::string>{"an ordinary message", ""}));
  for (std::size_t i = 1; i < 4; ++i) EXPECT_EQ(bodies(alice, places[i]), std::vector<std::string>{""});
  ASSERT_EQ(listed().size(), 1U);
  EXPECT_EQ(listed()[0].state, "undone");
  EXPECT_EQ(listed()[0].withdrawn, 4);
  EXPECT_EQ(told.owners, std::vector<UserId>{alice});
  ASSERT_EQ(told.texts.size(), 2U);
  EXPECT_FALSE(told.texts[0].ja.empty() || told.texts[1].zh_hant.empty());
  ASSERT_TRUE(release());
  EXPECT_EQ(restrictions->of(alice).suspended, identity::Suspended::No);
  EXPECT_TRUE(try_send(places[4], "hello again"));
  EXPECT_FALSE(release());
}

TEST_F(BrakeTest, ThoseWhoSendToManyByTheirOfficeMaySendToMore) {
  const auto text = rooms::testing::text_message("https://news.example/today");
  const UserId bot = rooms::testing::user("bot");
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_FALSE(stops(bot, places[i], text));
    EXPECT_FALSE(stops(rooms::testing::user("chief"), places[i], text, gate::Role::Administrator));
  }
  EXPECT_TRUE(stops(bot, places[4], text));
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_FALSE(stops(rooms::testing::user("system"), places[i], text, gate::Role::System));
  }
}

}  // namespace
}  // namespace kuramori::worm_brake
