// Requests that wait: who is woken, by what, and how the waiting ends.
#include "fixture.hpp"

namespace kuramori::sync::testing {
namespace {

class Waiting : public SyncTest {
 protected:
  Waiting() {
    room = public_room(alice);
    EXPECT_TRUE(join(bob, room));
    phone = client(bob);
    sync(phone);
  }
  RoomId room;
  Client phone;
};

TEST_F(Waiting, AnEventWakesWhoMaySeeIt) {
  Client stranger = client(carol);
  sync(stranger);
  const auto mine = park(phone);
  const auto theirs = park(stranger);
  EXPECT_FALSE(mine->is_done());
  ASSERT_TRUE(send(alice, room, "hello"));
  executor.run_until_idle();
  ASSERT_TRUE(mine->is_done());
  EXPECT_EQ(brief(events_in(room_in(mine->body(), "join", room), "timeline")),
            std::vector<std::string>{"hello"});
  EXPECT_FALSE(theirs->is_done());
}

TEST_F(Waiting, WhatCameBetweenIsAnsweredAtOnce) {
  ASSERT_TRUE(send(alice, room, "hello"));
  EXPECT_TRUE(park(phone)->is_done());
}

TEST_F(Waiting, TimeoutAnswersEmpty) {
  const auto parked = park(phone, Milliseconds(5'000));
  advance(Milliseconds(4'999));
  EXPECT_FALSE(parked->is_done());
  advance(Milliseconds(1));
  ASSERT_TRUE(parked->is_done());
  EXPECT_FALSE((*parked->answer)->has_content);
  EXPECT_EQ(at(parked->body(), {"rooms"}), nullptr);
  EXPECT_NE(at(parked->body(), {"next_batch"}), nullptr);
}

TEST_F(Waiting, AnInvitationWakesTheInvited) {
  Client carols = client(carol);
  sync(carols);
  const auto parked = park(carols);
  ASSERT_TRUE(invite(alice, room, carol));
  executor.run_until_idle();
  ASSERT_TRUE(parked->is_done());
  EXPECT_NE(room_in(parked->body(), "invite", room), nullptr);
}

TEST_F(Waiting, AKickWakesTheKicked) {
  const auto parked = park(phone);
  ASSERT_TRUE(kick(alice, room, bob));
  executor.run_until_idle();
  ASSERT_TRUE(parked->is_done());
  EXPECT_NE(room_in(parked->body(), "leave", room), nullptr);
}

TEST_F(Waiting, WhoLeftIsNotWoken) {
  ASSERT_TRUE(leave(bob, room));
  sync(phone);
  const auto parked = park(phone);
  ASSERT_TRUE(send(alice, room, "behind the back"));
  executor.run_until_idle();
  EXPECT_FALSE(parked->is_done());
}

TEST_F(Waiting, AJoinElsewhereWakes) {
  const RoomId other = public_room(alice);
  const auto parked = park(phone);
  ASSERT_TRUE(join(bob, other));
  executor.run_until_idle();
  ASSERT_TRUE(parked->is_done());
  EXPECT_NE(room_in(parked->body(), "join", other), nullptr);
  phone.since = (*parked->answer)->to;
  const auto again = park(phone);
  ASSERT_TRUE(send(alice, other, "welcome"));
  executor.run_until_idle();
  EXPECT_TRUE(again->is_done());
}

TEST_F(Waiting, TypingAndReceiptsWake) {
  auto parked = park(phone);
  type(alice, room, Milliseconds(10'000));
  executor.run_until_idle();
  ASSERT_TRUE(parked->is_done());
  phone.since = (*parked->answer)->to;
  const EventId event = *send(alice, room, "1");
  sync(phone);
  parked = park(phone);
  ASSERT_TRUE(receipt(alice, room, event, "m.read.private"));
  executor.run_until_idle();
  EXPECT_FALSE(parked->is_done()) << "private to alice";
  ASSERT_TRUE(receipt(alice, room, event, "m.read"));
  executor.run_until_idle();
  EXPECT_TRUE(parked->is_done());
}

TEST_F(Waiting, AfterARestartTypingWakesTheSame) {
  restart();
  const auto parked = park(phone);
  ASSERT_FALSE(parked->is_done());
  type(alice, room, Milliseconds(10'000));
  executor.run_until_idle();
  EXPECT_TRUE(parked->is_done());
}

TEST_F(Waiting, OwnAccountDataWakes) {
  Client alices = client(alice);
  sync(alices);
  const auto mine = park(phone);
  const auto theirs = park(alices);
  set_account_data(bob, {}, "org.example", {{"a", 1}});
  executor.run_until_idle();
  EXPECT_TRUE(mine->is_done());
  EXPECT_FALSE(theirs->is_done());
}

TEST_F(Waiting, AFilteredEventDoesNotEndTheWait) {
  const RoomId loud = public_room(alice);
  ASSERT_TRUE(join(bob, loud));
  phone.filter = filter_of(R"({"room":{"not_rooms":[")" + loud.str() + R"("]}})");
  sync(phone);
  const auto parked = park(phone);
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(send(alice, loud, "noise"));
  executor.run_until_idle();
  EXPECT_FALSE(parked->is_done());
  ASSERT_TRUE(send(alice, room, "signal"));
  executor.run_until_idle();
  ASSERT_TRUE(parked->is_done());
  EXPECT_NE(room_in(parked->body(), "join", room), nullptr);
  EXPECT_EQ(room_in(parked->body(), "join", loud), nullptr);
}

TEST_F(Waiting, TheEndOfTheSessionEndsTheWait) {
  Client other = client(bob, "OTHER");
  sync(other);
  const auto mine = park(phone);
  const auto theirs = park(other);
  auto ended = std::make_shared<identity::SessionEnded>();
  ended->user = bob;
  ended->device = phone.session->device;
  ended->session = phone.session->id;
  storage::UnitOfWork work;
  work.publish(work.next(storage::Sequence::Stream), std::move(ended));
  ASSERT_TRUE(run(server->gate.commit(permit(bob, gate::Operation::AccountLogout), std::move(work), {})));
  executor.run_until_idle();
  ASSERT_TRUE(mine->is_done());
  ASSERT_FALSE(*mine->answer);
  EXPECT_EQ(mine->answer->error().reason(), "M_UNKNOWN_TOKEN");
  EXPECT_FALSE(theirs->is_done());
  EXPECT_TRUE(park(phone)->is_done()) << "and nobody waits for it again";
}

TEST_F(Waiting, AClientThatGoesEndsTheWait) {
  const auto parked = park(phone);
  phone.connection.request_stop();
  executor.run_until_idle();
  ASSERT_TRUE(parked->is_done());
  EXPECT_FALSE((*parked->answer)->has_content);
}

TEST_F(Waiting, DrainingAnswersAtOnce) {
  const auto parked = park(phone);
  services->hub.drain();
  executor.run_until_idle();
  ASSERT_TRUE(parked->is_done());
  EXPECT_TRUE(*parked->answer);
  EXPECT_TRUE(park(phone)->is_done());
}

TEST_F(Waiting, FullStateDoesNotWait) {
  phone.full_state = true;
  EXPECT_TRUE(park(phone)->is_done());
}

TEST_F(Waiting, ManyReadersGetEachEventOnce) {
  constexpr int kReaders = 100;
  std::vector<Client> readers;
  for (int i = 0; i < kReaders; ++i) {
    const UserId who = user("reader" + std::to_string(i));
    ASSERT_TRUE(join(who, room));
    readers.push_back(client(who));
  }
  for (Client& reader : readers) sync(reader);
  for (int round = 0; round < 5; ++round) {
    std::vector<std::shared_ptr<Parked>> parked;
    for (Client& reader : readers) parked.push_back(park(reader));
    const std::string body = "round " + std::to_string(round);
    ASSERT_TRUE(send(alice, room, body));
    executor.run_until_idle();
    for (int i = 0; i < kReaders; ++i) {
      const auto& one = parked[static_cast<std::size_t>(i)];
      ASSERT_TRUE(one->is_done());
      EXPECT_EQ(brief(events_in(room_in(one->body(), "join", room), "timeline")),
                std::vector<std::string>{body});
      readers[static_cast<std::size_t>(i)].since = (*one->answer)->to;
    }
  }
}

}  // namespace
}  // namespace kuramori::sync::testing
