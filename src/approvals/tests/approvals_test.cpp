// Requests from the hold to the delivery.
#include "approvals/tests/approvals_fixture.hpp"

namespace kuramori::approvals::testing {
namespace {

TEST_F(ApprovalsTest, ApprovedIsSentOnceOnBehalfOfItsSender) {
  const std::string id = held(alice, "the aubergine", "t1");
  live();
  EXPECT_EQ(sent(), Texts{});
  EXPECT_EQ(state_of(id), State::Waiting);
  EXPECT_EQ(decide(alice, id).error().code(), ErrorCode::Forbidden);
  EXPECT_EQ(decide(carol, id).error().code(), ErrorCode::Forbidden);
  ASSERT_TRUE(decide(bob, id));
  live();
  EXPECT_EQ(sent(), Texts{"the aubergine"});
  EXPECT_EQ(state_of(id), State::Delivered);
  EXPECT_EQ((*history(carol, room)).back()->event->sender(), alice);
  // The same transaction is the same message, now as then; another message is held like the first.
  const auto again = hold(alice, "the aubergine", "t1");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->id, id);
  EXPECT_EQ(again->event, (*history(carol, room)).back()->event->id());
  pass(std::chrono::hours(1));
  EXPECT_EQ(sent(), Texts{"the aubergine"});
}

TEST_F(ApprovalsTest, AReactionInTheRoomOfWhoDecides) {
  const std::string id = held(alice, "the aubergine costs 4111 1111 1111 1111", "t1");
  live();
  const auto questions = said(bob, id);
  ASSERT_EQ(questions.size(), 1U);
  EXPECT_TRUE(said(carol, id).empty());
  const auto shown =
      run(rooms().event(permit(bob, gate::Operation::RoomRead), room_with(bob), questions.front()));
  ASSERT_TRUE(shown);
  const std::string text = rooms::testing::body_of(*shown);
  EXPECT_NE(text.find("@alice:example.org"), std::string::npos) << text;
  EXPECT_NE(text.find("codeword"), std::string::npos) << text;
  EXPECT_EQ(text.find("4111 1111 1111 1111"), std::string::npos) << text;
  react(bob, questions.front(), "🎉");
  live();
  EXPECT_EQ(state_of(id), State::Waiting);
  react(bob, questions.front(), "👍");
  live();
  EXPECT_EQ(state_of(id), State::Delivered);
  EXPECT_EQ(sent(), Texts{"the aubergine costs 4111 1111 1111 1111"});
  EXPECT_GE(said(alice, id).size(), 2U) << "that it waits, and that it was sent";
}

TEST_F(ApprovalsTest, AReplyRefusesWithItsReason) {
  const std::string id = held(alice, "the aubergine", "t1");
  live();
  const auto questions = said(bob, id);
  ASSERT_EQ(questions.size(), 1U);
  answer(bob, "m.room.message",
         {{"msgtype", "m.text"},
          {"body", "拒绝 内容不妥"},
          {"m.relates_to",
           json::Object{{"m.in_reply_to", json::Object{{"event_id", questions.front().view()}}}}}});
  live();
  EXPECT_EQ(state_of(id), State::Refused);
  EXPECT_EQ(run(approvals->find(id))->decisions.back().reason, "内容不妥");
  EXPECT_EQ(sent(), Texts{});
  EXPECT_EQ(decide(bob, id).error().code(), ErrorCode::Conflict);
}

TEST_F(ApprovalsTest, NothingOvertakes) {
  const std::string first = held(alice, "first aubergine", "t1");
  const std::string second = held(alice, "second aubergine", "t2");
  const std::string other = held(carol, "another aubergine", "t3");
  live();
  ASSERT_TRUE(decide(bob, second));
  ASSERT_TRUE(decide(bob, other));
  live();
  EXPECT_EQ(sent(), Texts{"another aubergine"});
  EXPECT_EQ(state_of(second), State::Approved);
  restart();
  live();
  EXPECT_EQ(sent(), Texts{"another aubergine"});
  ASSERT_TRUE(decide(bob, first));
  live();
  EXPECT_EQ(sent(), (Texts{"another aubergine", "first aubergine", "second aubergine"}));
}

TEST_F(ApprovalsTest, ARefusalLetsTheNextOneGo) {
  const std::string first = held(alice, "first aubergine", "t1");
  const std::string second = held(alice, "second aubergine", "t2");
  ASSERT_TRUE(decide(bob, second));
  live();
  ASSERT_TRUE(decide(bob, first, Verdict::Refuse));
  live();
  EXPECT_EQ(sent(), Texts{"second aubergine"});
}

TEST_F(ApprovalsTest, ARestartLosesNoneAndSendsNoneTwice) {
  const std::string waiting = held(alice, "first aubergine", "t1");
  restart();
  live();
  EXPECT_EQ(state_of(waiting), State::Waiting);
  EXPECT_EQ(said(bob, waiting).size(), 1U);
  restart();
  live();
  EXPECT_EQ(said(bob, waiting).size(), 1U) << "nobody is asked twice";
  ASSERT_TRUE(decide(bob, waiting));
  restart();  // approved, and not sent yet
  live();
  EXPECT_EQ(sent(), Texts{"first aubergine"});
  restart();
  live();
  EXPECT_EQ(sent(), Texts{"first aubergine"});
  EXPECT_EQ(state_of(waiting), State::Delivered);
}

TEST_F(ApprovalsTest, AnAnswerThatNobodyHeardIsHeardLater) {
  const std::string id = held(alice, "the aubergine", "t1");
  live();
  const auto questions = said(bob, id);
  ASSERT_EQ(questions.size(), 1U);
  end();
  react(bob, questions.front(), "✅");
  restart();
  live();
  pass(std::chrono::seconds(10));
  EXPECT_EQ(state_of(id), State::Delivered);
}

TEST_F(ApprovalsTest, WhatCannotBeSentAnyMoreEnds) {
  const std::string refused = held(alice, "first aubergine", "t1");
  const std::string gone = held(carol, "another aubergine", "t2");
  live();
  set_policy(kRefuses);
  ASSERT_TRUE(decide(bob, refused));
  live();
  EXPECT_EQ(state_of(refused), State::Undeliverable);
  EXPECT_NE(run(approvals->find(refused))->failure.find("No code words."), std::string::npos);
  set_policy(kHolds);
  ASSERT_TRUE(leave(carol, room));
  ASSERT_TRUE(decide(bob, gone));
  live();
  EXPECT_EQ(state_of(gone), State::Undeliverable);
  EXPECT_EQ(bodies(bob, room), Texts{});
}

TEST_F(ApprovalsTest, AGrantIsForItsContentAlone) {
  held(alice, "first aubergine", "t1");
  const std::string id = held(alice, "second aubergine", "t2");
  ASSERT_TRUE(decide(bob, id));  // not sent: the first one waits
  EXPECT_TRUE(refusal_of(alice, rooms::testing::text_message("third aubergine")));
  EXPECT_TRUE(refusal_of(carol, rooms::testing::text_message("second aubergine")));
}

TEST_F(ApprovalsTest, WhatNobodyAnswersInTimeEnds) {
  const std::string id = held(alice, "the aubergine", "t1");
  live();
  pass(std::chrono::hours(72));
  EXPECT_EQ(state_of(id), State::Expired);
  EXPECT_EQ(decide(bob, id).error().code(), ErrorCode::Conflict);
  EXPECT_EQ(sent(), Texts{});
}

TEST_F(ApprovalsTest, WhoIsNotInTheRoomHoldsNothing) {
  const UserId dave = rooms::testing::user("dave");
  EXPECT_EQ(hold(dave, "an aubergine", "t1").error().code(), ErrorCode::Forbidden);
  EXPECT_TRUE(approvals->open().empty());
}

}  // namespace
}  // namespace kuramori::approvals::testing
