// What the gate does about obligations besides its answer: entries, counts, witnesses.
#include <gmock/gmock.h>

#include "gate/tests/gate_fixture.hpp"

namespace kuramori::gate {
namespace {

class Notebook final : public Witness {
 public:
  void happened(Occurrence occurrence) override { heard.push_back(std::move(occurrence)); }
  std::vector<Occurrence> heard;
};

constexpr std::string_view kAlerting = R"({"format":1,"name":"p","rules":[
  {"id":"sends","operations":["room.send"],"effect":"allow","obligations":[{"alert":"medium"}]},
  {"id":"reads","operations":["room.read"],"effect":"allow","obligations":[{"alert":"low"},{"notify":["manager"]}]},
  {"id":"joins","operations":["room.join"],"effect":"warn","obligations":[{"alert":"low"}]},
  {"id":"leaves","operations":["room.leave"],"effect":"refuse","obligations":[{"alert":"high"}]}]})";

class GateDuties : public ::testing::Test {
 protected:
  GateDuties() { f.gate->provide({.witness = &notebook}); }
  std::vector<std::string> outcomes() {
    std::vector<std::string> found;
    auto query = [](storage::Snapshot& snapshot) { return audit::entry_count(snapshot); };
    const auto count = *f.store.read_blocking(query);
    for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(count); ++i) {
      auto read = [i](storage::Snapshot& snapshot) { return audit::read_entry(snapshot, i); };
      const auto entry = *audit::parse_entry((**f.store.read_blocking(read)).bytes);
      found.push_back(entry.outcome + " " + entry.rule + " " +
                      (entry.outcome == "alerted" ? entry.detail : ""));
    }
    return found;
  }
  GateFixture f{compiled(kAlerting, 1)};
  Notebook notebook;
};

TEST_F(GateDuties, AnAlertStandsInTheCommitOfItsAct) {
  Permit permit = f.permitted(GateFixture::action(Operation::RoomSend));
  EXPECT_EQ(f.entries(), 0) << "nothing has happened yet";
  EXPECT_TRUE(notebook.heard.empty());
  ASSERT_TRUE(f.executor.run(f.gate->commit(std::move(permit), {}, {.detail = "$event"})));
  EXPECT_THAT(outcomes(), ::testing::ElementsAre("alerted sends medium", "allowed sends "));
  ASSERT_EQ(notebook.heard.size(), 1U);
  EXPECT_EQ(notebook.heard[0].who.view(), "@chan:corp.example");
  EXPECT_EQ(notebook.heard[0].operation, Operation::RoomSend);
  EXPECT_EQ(notebook.heard[0].outcome, "allowed");
}

TEST_F(GateDuties, ARefusalIsTold) {
  ASSERT_TRUE(std::holds_alternative<Refusal>(f.admit(GateFixture::action(Operation::RoomLeave))));
  EXPECT_THAT(outcomes(), ::testing::ElementsAre("alerted leaves high", "refused leaves "));
  ASSERT_EQ(notebook.heard.size(), 1U);
  EXPECT_EQ(notebook.heard[0].outcome, "refused");
}

TEST_F(GateDuties, AQuestionIsNotToldButWhatIsConfirmedIs) {
  ASSERT_TRUE(std::holds_alternative<Refusal>(f.admit(GateFixture::action(Operation::RoomJoin))));
  EXPECT_TRUE(notebook.heard.empty());
  Permit permit = f.permitted(GateFixture::action(Operation::RoomJoin));
  ASSERT_TRUE(f.executor.run(f.gate->commit(std::move(permit), {}, {})));
  ASSERT_EQ(notebook.heard.size(), 1U);
  EXPECT_EQ(notebook.heard[0].outcome, "confirmed");
}

TEST_F(GateDuties, AReadIsToldWhenItIsAdmitted) {
  Permit permit = f.permitted(GateFixture::action(Operation::RoomRead));
  EXPECT_THAT(outcomes(), ::testing::ElementsAre("alerted reads low", "allowed reads "));
  ASSERT_EQ(notebook.heard.size(), 1U);
  ASSERT_TRUE(f.executor.run(f.gate->record(std::move(permit), {})));
  EXPECT_EQ(notebook.heard.size(), 1U) << "once";
}

TEST_F(GateDuties, WhatTheServerDoesItselfIsNot) {
  Action action = GateFixture::action(Operation::RoomSend);
  action.subject = Subject::system();
  Permit permit = f.permitted(std::move(action));
  ASSERT_TRUE(f.executor.run(f.gate->commit(std::move(permit), {}, {})));
  EXPECT_TRUE(notebook.heard.empty());
  EXPECT_THAT(outcomes(), ::testing::ElementsAre("allowed sends "));
}

class Proofs final : public PasswordProofs {
 public:
  std::optional<Timestamp> proved(const SessionId& session) const override {
    return session.view() == "session" ? at : std::nullopt;
  }
  std::optional<Timestamp> at;
};

TEST(GateStepUp, AsksForThePasswordUntilItIsGiven) {
  GateFixture f(compiled(R"({"format":1,"name":"p","rules":[
    {"id":"keys","operations":["keys.upload"],"effect":"allow","obligations":[{"step_up":10}]}]})",
                         1));
  Proofs proofs;
  f.gate->provide({.proofs = &proofs});
  const auto attempt = [&] { return f.admit(GateFixture::action(Operation::KeysUpload)); };
  const Admission first = attempt();
  const auto* refusal = std::get_if<Refusal>(&first);
  ASSERT_NE(refusal, nullptr);
  EXPECT_EQ(refusal->kind, Refusal::Kind::StepUp);
  EXPECT_EQ(refusal->rule, "keys");
  EXPECT_EQ(refusal->step_up_minutes, 10);
  EXPECT_EQ(f.last_entry()->outcome, "step_up");
  proofs.at = f.clock.now();
  EXPECT_TRUE(std::holds_alternative<Permit>(attempt()));
  f.clock.advance(std::chrono::minutes(11));
  EXPECT_TRUE(std::holds_alternative<Refusal>(attempt()));
  Action other = GateFixture::action(Operation::KeysUpload);
  other.subject.session = SessionId("another");
  proofs.at = f.clock.now();
  EXPECT_TRUE(std::holds_alternative<Refusal>(f.admit(std::move(other))));
}

TEST(GateStepUp, IsAskedOfNobodyWhoIsTheServer) {
  GateFixture f(compiled(R"({"format":1,"name":"p","rules":[
    {"id":"all","operations":["room.send"],"effect":"allow","obligations":[{"step_up":10}]}]})",
                         1));
  Action action = GateFixture::action(Operation::RoomSend);
  action.subject = Subject::system();
  EXPECT_TRUE(std::holds_alternative<Permit>(f.admit(std::move(action))));
  Action sessionless = GateFixture::action(Operation::RoomSend);
  sessionless.subject.session = SessionId();
  EXPECT_TRUE(std::holds_alternative<Refusal>(f.admit(std::move(sessionless))));
}

TEST(GateOutsiders, ArePeopleToThePolicyAndNobodyToTheRecord) {
  GateFixture f(compiled(R"({"format":1,"name":"p","rules":[
    {"id":"spam","operations":["policy_server.sign"],"effect":"refuse","when":{"user_server":["bad.example"]}}]})",
                         1));
  const json::Object content{{"body", "hello"}};
  const auto from = [&](std::string_view sender) {
    Action action{
        .subject = {}, .operation = Operation::PolicyServerSign, .resource = {}, .content = &content};
    action.subject.outsider = UserId(sender);
    action.subject.role = Role::Guest;
    action.resource.user = UserId(sender);
    return f.admit(std::move(action));
  };
  EXPECT_TRUE(std::holds_alternative<Permit>(from("@a:good.example")));
  EXPECT_TRUE(std::holds_alternative<Refusal>(from("@a:bad.example")));
  EXPECT_EQ(f.last_entry()->rule, "spam");
  EXPECT_FALSE(f.keys->cached(crypto::KeyScope::Person, "@a:bad.example").has_value());
}

}  // namespace
}  // namespace kuramori::gate
