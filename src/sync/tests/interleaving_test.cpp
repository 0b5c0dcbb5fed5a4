// Random interleavings of everything that happens in rooms with syncs of several devices, restarts among
// them. What a device was told, put together, must be what `rooms` says that its user may see: nothing lost,
// nothing twice, all in order, and the state it builds is the room's.
#include "fixture.hpp"

namespace kuramori::sync::testing {
namespace {

// What a device knows of one room, built as a client builds it.
struct Replica {
  std::vector<std::string> events;  // ids since it (re)joined
  std::map<std::pair<std::string, std::string>, std::string> state;
  bool has_gap = false;
  bool is_joined = false;
};

class Interleaving : public SyncTest, public ::testing::WithParamInterface<int> {
 protected:
  struct Device {
    Client client;
    std::map<RoomId, Replica> rooms;
  };

  std::uint64_t pick(std::uint64_t below) { return choice.below(below); }
  const UserId& somebody() { return people[pick(people.size())]; }
  const RoomId& some_room() { return room_ids[pick(room_ids.size())]; }

  void prepare() {
    people = {alice, bob, carol};
    for (const char* visibility : {"shared", "joined", "invited"}) {
      rooms::CreateRoom request;
      request.preset = rooms::Preset::PublicChat;
      request.initial_state.push_back(
          {"m.room.history_visibility", "", {{"history_visibility", visibility}}});
      room_ids.push_back(make_room(alice, std::move(request)));
    }
    for (const UserId& who : people) {
      devices.push_back({client_with(who, R"({"room":{"timeline":{"limit":5}}})"), {}});
      Device second{client(who, "SECOND"), {}};
      second.client.filter = filter_of(R"({"room":{"timeline":{"limit":1000}}})");
      second.client.use_state_after = true;
      devices.push_back(std::move(second));
    }
  }

  // Anything that somebody may try; what the rules refuse is no step.
  void act() {
    const RoomId room = some_room();
    const UserId& who = somebody();
    const UserId& other = somebody();
    switch (pick(12)) {
      case 0:
      case 1:
      case 2:
      case 3:
        std::ignore = send(who, room, "message");
        break;
      case 4:
        std::ignore = set_state(who, room, "m.room.topic", {{"topic", std::to_string(pick(1000))}});
        break;
      case 5:
      case 6:
        std::ignore = join(who, room);
        break;
      case 7:
        if (who != alice) std::ignore = leave(who, room);
        break;
      case 8:
        std::ignore = invite(who, room, other);
        break;
      case 9:
        if (other != alice) std::ignore = kick(alice, room, other);
        break;
      case 10:
        type(who, room, Milliseconds(pick(2) * 5000));
        break;
      default:
        set_account_data(who, room, "org.example", {{"n", static_cast<std::int64_t>(pick(100))}});
    }
  }

  static void apply_state(Replica& replica, const std::vector<json::Object>& events) {
    for (const json::Object& event : events) {
      if (json::find(event, "state_key") == nullptr) continue;
      replica.state[{text_of(event, {"type"}), text_of(event, {"state_key"})}] = text_of(event, {"event_id"});
    }
  }

  void take_joined(Device& device, const RoomId& id, const json::Object& part) {
    Replica& replica = device.rooms[id];
    const auto timeline = events_in(&part, "timeline");
    const bool limited = at(part, {"timeline", "limited"})->get_bool();
    if (!replica.is_joined) replica = {};
    replica.is_joined = true;
    if (limited) {
      // What came before is behind a gap: only what follows can be compared.
      replica.events.clear();
      replica.has_gap = true;
    }
    for (const json::Object& event : timeline) replica.events.push_back(text_of(event, {"event_id"}));
    if (device.client.use_state_after) {
      ASSERT_NE(at(part, {"state_after"}), nullptr);
      ASSERT_EQ(at(part, {"state"}), nullptr);
      apply_state(replica, events_in(&part, "state_after"));
    } else {
      ASSERT_EQ(at(part, {"state_after"}), nullptr);
      apply_state(replica, events_in(&part, "state"));
      apply_state(replica, timeline);
    }
  }

  void sync_device(Device& device) {
    const json::Object response = sync(device.client);
    const json::Value* joined = at(response, {"rooms", "join"});
    if (joined != nullptr) {
      for (const auto& [id, part] : joined->get_object())
        take_joined(device, RoomId(std::string_view(id)), part.as_object());
    }
    // An invitation to a room that it had left meanwhile says the same.
    for (const char* section : {"leave", "invite", "knock"}) {
      const json::Value* gone = at(response, {"rooms", section});
      if (gone == nullptr) continue;
      for (const auto& [id, part] : gone->get_object())
        device.rooms[RoomId(std::string_view(id))].is_joined = false;
    }
  }

  void check(Device& device) {
    const UserId& who = device.client.session->user;
    for (auto& [room, replica] : device.rooms) {
      if (!replica.is_joined) continue;
      std::vector<std::string> visible;
      const auto all = history(who, room);
      ASSERT_TRUE(all);
      for (const auto& event : *all) visible.push_back(event->event->id().str());
      ASSERT_LE(replica.events.size(), visible.size());
      const std::vector<std::string> expected(
          visible.end() - static_cast<std::ptrdiff_t>(replica.events.size()), visible.end());
      EXPECT_EQ(replica.events, expected) << who << " in " << room;
      if (!replica.has_gap) EXPECT_EQ(replica.events.size(), visible.size()) << who << " in " << room;
      std::map<std::pair<std::string, std::string>, std::string> actual;
      state(room)->for_each([&](const matrix::EventPtr& event) {
        actual[{event->type(), *event->state_key()}] = event->id().str();
      });
      EXPECT_EQ(replica.state, actual) << who << " in " << room;
    }
  }

  SeededRandom choice{static_cast<std::uint64_t>(GetParam())};
  std::vector<UserId> people;
  std::vector<RoomId> room_ids;
  std::vector<Device> devices;
};

TEST_P(Interleaving, NothingLostNothingTwice) {
  prepare();
  for (int step = 0; step < 150; ++step) {
    act();
    if (pick(3) == 0) sync_device(devices[pick(devices.size())]);
    if (pick(60) == 0) restart({.tail_events_max = 1 + pick(40)});
  }
  for (Device& device : devices) {
    sync_device(device);
    check(device);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Interleaving, ::testing::Range(1, 31));

}  // namespace
}  // namespace kuramori::sync::testing
