// Typing, receipts and presence in responses.
#include "fixture.hpp"

namespace kuramori::sync::testing {
namespace {

class Ephemeral : public SyncTest {
 protected:
  Ephemeral() {
    room = public_room(alice);
    EXPECT_TRUE(join(bob, room));
    phone = client(bob);
  }
  // The content of the last event of that type in the room's ephemeral section; nothing when there is none.
  std::optional<json::Object> ephemeral(const json::Object& response, std::string_view type) {
    std::optional<json::Object> content;
    for (const json::Object& event : events_in(room_in(response, "join", room), "ephemeral")) {
      if (text_of(event, {"type"}) == type) content = *json::object_at(event, "content");
    }
    return content;
  }
  std::optional<std::string> typing(const json::Object& response) {
    const auto content = ephemeral(response, "m.typing");
    if (!content) return std::nullopt;
    return json::serialize(*json::find(*content, "user_ids"));
  }

  RoomId room;
  Client phone;
};

TEST_F(Ephemeral, TypingStartsAndStops) {
  sync(phone);
  type(alice, room, Milliseconds(10'000));
  EXPECT_EQ(typing(sync(phone)), R"(["@alice:example.org"])");
  EXPECT_EQ(typing(sync(phone)), std::nullopt);
  type(alice, room, Milliseconds(0));
  EXPECT_EQ(typing(sync(phone)), "[]");
}

TEST_F(Ephemeral, TypingOnceMoreSaysNothingNew) {
  sync(phone);
  type(alice, room, Milliseconds(10'000));
  sync(phone);
  type(alice, room, Milliseconds(10'000));
  EXPECT_EQ(typing(sync(phone)), std::nullopt);
}

TEST_F(Ephemeral, TypingExpires) {
  scope.spawn_on(executor, services->typing.expire_forever(scope.stop_token()));
  sync(phone);
  type(alice, room, Milliseconds(2'000));
  EXPECT_EQ(typing(sync(phone)), R"(["@alice:example.org"])");
  for (int i = 0; i < 5; ++i) advance(Milliseconds(500));
  EXPECT_EQ(typing(sync(phone)), "[]");
}

TEST_F(Ephemeral, AFirstSyncShowsWhoTypes) {
  EXPECT_EQ(typing(sync(phone)), std::nullopt);
  type(alice, room, Milliseconds(10'000));
  Client other = client(bob, "OTHER");
  EXPECT_EQ(typing(sync(other)), R"(["@alice:example.org"])");
}

TEST_F(Ephemeral, ReceiptsFirstAndThenWhatChanged) {
  const EventId first = *send(alice, room, "1");
  const EventId second = *send(alice, room, "2");
  ASSERT_TRUE(receipt(alice, room, first));
  const auto initial = ephemeral(sync(phone), "m.receipt");
  ASSERT_TRUE(initial);
  EXPECT_NE(at(*initial, {first.view(), "m.read", alice.view(), "ts"}), nullptr);
  EXPECT_EQ(ephemeral(sync(phone), "m.receipt"), std::nullopt);
  ASSERT_TRUE(receipt(alice, room, second));
  const auto moved = ephemeral(sync(phone), "m.receipt");
  ASSERT_TRUE(moved);
  EXPECT_NE(at(*moved, {second.view(), "m.read", alice.view()}), nullptr);
  EXPECT_EQ(json::find(*moved, first.view()), nullptr);
}

TEST_F(Ephemeral, AReceiptNeverMovesBack) {
  const EventId first = *send(alice, room, "1");
  const EventId second = *send(alice, room, "2");
  sync(phone);
  ASSERT_TRUE(receipt(alice, room, second));
  ASSERT_TRUE(receipt(alice, room, first));
  const auto shown = ephemeral(sync(phone), "m.receipt");
  ASSERT_TRUE(shown);
  EXPECT_NE(json::find(*shown, second.view()), nullptr);
  EXPECT_EQ(json::find(*shown, first.view()), nullptr);
}

TEST_F(Ephemeral, PrivateReceiptsAreForTheirOwnerAlone) {
  const EventId event = *send(alice, room, "1");
  Client alices = client(alice);
  sync(phone);
  sync(alices);
  ASSERT_TRUE(receipt(alice, room, event, "m.read.private"));
  EXPECT_EQ(ephemeral(sync(phone), "m.receipt"), std::nullopt);
  const auto own = ephemeral(sync(alices), "m.receipt");
  ASSERT_TRUE(own);
  EXPECT_NE(at(*own, {event.view(), "m.read.private", alice.view()}), nullptr);
  Client other = client(bob, "OTHER");
  EXPECT_EQ(ephemeral(sync(other), "m.receipt"), std::nullopt);
}

TEST_F(Ephemeral, ReceiptsOutliveARestart) {
  const EventId event = *send(alice, room, "1");
  sync(phone);
  ASSERT_TRUE(receipt(alice, room, event));
  restart();
  const auto shown = ephemeral(sync(phone), "m.receipt");
  ASSERT_TRUE(shown);
  EXPECT_NE(json::find(*shown, event.view()), nullptr);
  ASSERT_TRUE(receipt(alice, room, *send(alice, room, "2")));
  EXPECT_TRUE(ephemeral(sync(phone), "m.receipt"));
}

TEST_F(Ephemeral, ThreadedAndUnthreadedReceiptsForOneEventBothShow) {
  const EventId event = *send(alice, room, "1");
  sync(phone);
  ASSERT_TRUE(receipt(alice, room, event));
  ASSERT_TRUE(receipt(alice, room, event, "m.read", "main"));
  std::set<std::string> threads;
  for (const json::Object& part : events_in(room_in(sync(phone), "join", room), "ephemeral")) {
    const json::Value* entry = at(part, {"content", event.view(), "m.read", alice.view()});
    ASSERT_NE(entry, nullptr);
    threads.insert(text_of(entry->as_object(), {"thread_id"}));
  }
  EXPECT_EQ(threads, (std::set<std::string>{"", "main"}));
}

// One receipt takes the place of an earlier one of the same user, type and thread, and of no other.
TEST_F(Ephemeral, EachUserTypeAndThreadHasAReceiptOfItsOwn) {
  const EventId root = *send(alice, room, "1");
  json::Object content = text_message("2");
  content["m.relates_to"] = {{"rel_type", "m.thread"}, {"event_id", root.view()}};
  const EventId reply = *send_content(alice, room, std::move(content));
  const EventId third = *send(alice, room, "3");
  const EventId last = *send(alice, room, "4");
  ASSERT_TRUE(receipt(alice, room, third));
  ASSERT_TRUE(receipt(alice, room, root, "m.read", "main"));
  ASSERT_TRUE(receipt(alice, room, reply, "m.read", root.str()));
  ASSERT_TRUE(receipt(alice, room, last, "m.read.private"));
  ASSERT_TRUE(receipt(alice, room, third, "m.read.private", "main"));
  ASSERT_TRUE(receipt(bob, room, root));
  const auto shown = [&](const UserId& who, std::string device) {
    std::set<std::string> all;
    Client fresh = client(who, std::move(device));
    const json::Object response = sync(fresh);
    for (const json::Object& event : events_in(room_in(response, "join", room), "ephemeral")) {
      if (text_of(event, {"type"}) != "m.receipt") continue;
      for (const auto& [id, types] : *json::object_at(event, "content")) {
        for (const auto& [type, users] : types.as_object()) {
          for (const auto& [user, entry] : users.as_object()) {
            all.insert(std::string(id) + " " + std::string(type) + " " + std::string(user) + " " +
                       text_of(entry.as_object(), {"thread_id"}));
          }
        }
      }
    }
    return all;
  };
  const auto line = [](const EventId& event, const std::string& type, const UserId& who,
                       const std::string& thread) {
    return event.str() + " " + type + " " + who.str() + " " + thread;
  };
  const std::set<std::string> open{line(third, "m.read", alice, ""), line(root, "m.read", alice, "main"),
                                   line(reply, "m.read", alice, root.str()), line(root, "m.read", bob, "")};
  std::set<std::string> own = open;
  own.insert(line(last, "m.read.private", alice, ""));
  own.insert(line(third, "m.read.private", alice, "main"));
  EXPECT_EQ(shown(bob, "NEW"), open);
  EXPECT_EQ(shown(alice, "NEW"), own);
  restart();
  EXPECT_EQ(shown(bob, "NEWER"), open);
  EXPECT_EQ(shown(alice, "NEWER"), own);
}

TEST_F(Ephemeral, ReceiptsOfOthersRoomsAndEventsAreRefused) {
  const EventId event = *send(alice, room, "1");
  const auto outsider = receipt(carol, room, event);
  ASSERT_FALSE(outsider);
  EXPECT_EQ(outsider.error().reason(), "M_FORBIDDEN");
  const auto nowhere = receipt(bob, RoomId("!nowhere:example.org"), event);
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().reason(), "M_FORBIDDEN");
  const RoomId other = make_room(bob);
  const auto elsewhere = receipt(bob, other, event);
  ASSERT_FALSE(elsewhere);
  EXPECT_EQ(elsewhere.error().reason(), "M_INVALID_PARAM");
}

TEST_F(Ephemeral, TheFilterHidesWhatItNames) {
  phone.filter = filter_of(R"({"room":{"ephemeral":{"types":["m.receipt"]}}})");
  const EventId event = *send(alice, room, "1");
  sync(phone);
  type(alice, room, Milliseconds(10'000));
  EXPECT_EQ(room_in(sync(phone), "join", room), nullptr);
  ASSERT_TRUE(receipt(alice, room, event));
  EXPECT_TRUE(ephemeral(sync(phone), "m.receipt"));
}

class PresenceInSync : public Ephemeral {
 protected:
  PresenceInSync() { start_presence(); }
  void start_presence() { scope.spawn_on(executor, services->presence.run(scope.stop_token())); }
  std::map<std::string, std::string> presence(const json::Object& response) {
    std::map<std::string, std::string> states;
    const json::Value* list = at(response, {"presence", "events"});
    if (list == nullptr) return states;
    for (const json::Value& event : list->get_array())
      states[text_of(event.as_object(), {"sender"})] = text_of(event.as_object(), {"content", "presence"});
    return states;
  }
  using States = std::map<std::string, std::string>;
};

TEST_F(PresenceInSync, WhoSyncsIsOnlineToThoseWhoShareARoom) {
  sync(phone);
  Client stranger = client(carol);
  sync(stranger);
  Client alices = client(alice);
  alices.set_presence = PresenceState::Online;
  sync(alices);
  advance(Presence::kFlushEvery);
  EXPECT_EQ(presence(sync(phone)), (States{{alice.str(), "online"}}));
  EXPECT_EQ(presence(sync(stranger)), States{});
}

TEST_F(PresenceInSync, WithoutSyncsAUserGoesOffline) {
  Client alices = client(alice);
  alices.set_presence = PresenceState::Online;
  sync(alices);
  advance(Presence::kFlushEvery);
  sync(phone);
  for (int i = 0; i < 250; ++i) advance(Presence::kFlushEvery);
  EXPECT_EQ(presence(sync(phone)), (States{{alice.str(), "offline"}}));
}

TEST_F(PresenceInSync, AWaitingRequestKeepsItsUserOnline) {
  Client alices = client(alice);
  sync(alices);
  sync(phone);
  alices.set_presence = PresenceState::Online;
  alices.filter = filter_of(R"({"presence":{"not_types":["*"]}})");
  const auto parked = park(alices, Milliseconds(120'000));
  advance(Presence::kFlushEvery);
  EXPECT_EQ(presence(sync(phone)), (States{{alice.str(), "online"}}));
  for (int i = 0; i < 300; ++i) advance(Presence::kFlushEvery);
  EXPECT_EQ(presence(sync(phone)), States{}) << "no change in 75 seconds";
  EXPECT_FALSE(parked->is_done());
}

TEST_F(PresenceInSync, TheMostPresentDeviceCounts) {
  Client alices = client(alice, "ONE");
  Client idle = client(alice, "TWO");
  alices.set_presence = PresenceState::Online;
  idle.set_presence = PresenceState::Unavailable;
  sync(alices);
  advance(Presence::kFlushEvery);
  sync(phone);
  sync(idle);
  advance(Presence::kFlushEvery);
  EXPECT_EQ(presence(sync(phone)), States{});
}

TEST_F(PresenceInSync, AStatusMessageOutlivesARestart) {
  ASSERT_TRUE(run(services->presence.set(permit(alice, gate::Operation::PresenceSet), alice,
                                         PresenceState::Online, "in a meeting")));
  const auto before = run(services->presence.get(permit(bob, gate::Operation::PresenceRead), alice));
  ASSERT_TRUE(before);
  EXPECT_EQ(before->status_message, "in a meeting");
  scope.request_stop();
  executor.run_until_idle();
  restart();
  Client alices = client(alice);
  alices.set_presence = PresenceState::Online;
  sync(alices);
  const auto after = run(services->presence.get(permit(bob, gate::Operation::PresenceRead), alice));
  ASSERT_TRUE(after);
  EXPECT_EQ(after->status_message, "in a meeting");
  EXPECT_EQ(after->state, PresenceState::Online);
}

TEST_F(PresenceInSync, SharingARoomIsWhatCounts) {
  EXPECT_TRUE(*run(services->hub.share_room(bob, alice)));
  EXPECT_FALSE(*run(services->hub.share_room(bob, carol)));
  EXPECT_TRUE(*run(services->hub.share_room(carol, carol)));
  ASSERT_TRUE(leave(bob, room));
  EXPECT_FALSE(*run(services->hub.share_room(bob, alice)));
}

}  // namespace
}  // namespace kuramori::sync::testing
