#include "api/work/explained_decisions.hpp"

#include <gmock/gmock.h>

#include "company.hpp"

namespace kuramori::api::work::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kRules = R"({"format":1,"name":"rules",
  "dictionaries":[{"id":"projects","terms":["heron"],
     "names":{"en":"code names","zh-Hans":"代号","zh-Hant":"代號","ja":"コード名"}}],
  "rules":[
    {"id":"no-herons","operations":["room.send"],"when":{"keyword":{"dictionary":"projects"}},"effect":"refuse"},
    {"id":"ask","operations":["room.join"],"effect":"warn"},
    {"id":"wait","operations":["room.invite"],"effect":"hold"}]})";

class ExplainedDecisions : public ::testing::Test {
 protected:
  ExplainedDecisions() {
    add_explained_decision_routes(server.router, server.pipeline, services);
    put_in_force(std::string(kRules));
  }
  void put_in_force(std::string document) {
    auto swapped = server.executor.run(
        policies.swap(server.permit(gate::Subject::system(), gate::Operation::AdminPolicySwap),
                      std::move(document), {.reason = "a test"}));
    ensure(swapped.has_value(), "the policy is put in force");
  }
  // What the gate says to the person: the name of the refusal.
  std::string refused(std::string_view who, gate::Operation operation, std::string_view body = "",
                      gate::Role role = gate::Role::Member) {
    gate::Action action{.subject = {}, .operation = operation, .resource = {}};
    action.subject.user = server.user(who);
    action.subject.role = role;
    action.resource.room = RoomId("!room:example.org");
    const json::Object content{{"body", body}};
    action.content = &content;
    const auto admission = server.executor.run(server.gate.admit(std::move(action)));
    const auto* refusal = std::get_if<gate::Refusal>(&admission);
    ensure(refusal != nullptr, "the gate refuses");
    explanation = refusal->explanation;
    return refusal->decision_id;
  }
  Reply ask(const std::string& id, std::string_view by) {
    return server.get("/_kuramori/v1/decisions/" + id, by);
  }

  Server server{{.tables = tables()}};
  Company company;
  gate::PolicyStore policies{server.gate, server.store, server.workers, server.clock};
  ExplainedDecisionServices services{
      .reader = server.store, .keys = *server.keys, .workers = server.workers, .organisation = company};
  const std::string aiko = server.sign_up("aiko");
  const std::string ken = server.sign_up("ken");
  gate::Localised explanation;
};

TEST_F(ExplainedDecisions, TellWhatTheRefusalTold) {
  server.sign_up("officer", gate::Role::ComplianceOfficer);
  const std::string id = refused("aiko", gate::Operation::RoomSend, "the heron flies");
  server.clock.advance(std::chrono::hours(5));
  const Reply told = ask(id, aiko);
  ASSERT_EQ(told.status, 200) << told.response.body;
  EXPECT_EQ(told.text("id"), id);
  EXPECT_EQ(told.text("rule"), "no-herons");
  EXPECT_EQ(told.text("outcome"), "refused");
  EXPECT_EQ(told.text("operation"), "room.send");
  EXPECT_EQ(told.text("room"), "!room:example.org");
  EXPECT_EQ(told.number("policy_version"), 1);
  const json::Object& texts = *json::object_at(told.body, "explanation");
  EXPECT_EQ(json::string_or(texts, "en", ""), explanation.en);
  EXPECT_EQ(json::string_or(texts, "ja", ""), explanation.ja);
  EXPECT_THAT(std::string(json::string_or(texts, "zh-Hant", "")), HasSubstr("代號"));
  for (const char* language : {"en", "zh-Hans", "zh-Hant", "ja"})
    EXPECT_NE(json::string_or(*json::object_at(told.body, "what_to_do"), language, ""), "") << language;
  EXPECT_EQ(
      json::serialize(*json::array_at(told.body, "ask")),
      R"([{"user":"@mia:example.org","as":"manager"},{"user":"@officer:example.org","as":"compliance_officer"}])");
  EXPECT_EQ(json::serialize(*json::array_at(told.body, "findings")), R"([{"source":"projects","count":1}])");
  EXPECT_THAT(told.response.body, Not(HasSubstr("flies")));
}

TEST_F(ExplainedDecisions, NameEachPersonOnce) {
  server.sign_up("mia", gate::Role::SecurityOfficer);
  const Reply told = ask(refused("aiko", gate::Operation::RoomSend, "heron"), aiko);
  EXPECT_EQ(json::serialize(*json::array_at(told.body, "ask")),
            R"([{"user":"@mia:example.org","as":"manager"}])");
}

TEST_F(ExplainedDecisions, SayThatThePasswordIsAskedFor) {
  put_in_force(R"({"format":1,"name":"p","rules":[
    {"id":"careful","operations":["room.leave"],"effect":"allow","obligations":[{"step_up":15}]}]})");
  const Reply told = ask(refused("aiko", gate::Operation::RoomLeave), aiko);
  EXPECT_EQ(told.text("resolution"), "step_up");
  EXPECT_EQ(told.text("rule"), "careful");
  EXPECT_EQ(json::string_or(*json::object_at(told.body, "explanation"), "en", ""), explanation.en);
}

TEST_F(ExplainedDecisions, BelongToWhomTheyConcern) {
  const std::string id = refused("aiko", gate::Operation::RoomSend, "heron");
  EXPECT_EQ(ask(id, aiko).status, 200);
  EXPECT_EQ(ask(id, ken).status, 404);
  EXPECT_EQ(ask(id, "").status, 401);
  for (const char* other : {"0123456789abcdef", "short", "0000000000000000"})
    EXPECT_EQ(ask(other, aiko).status, 404);
}

TEST_F(ExplainedDecisions, AreExplainedByThePolicyThatMadeThem) {
  const std::string id = refused("aiko", gate::Operation::RoomSend, "heron");
  put_in_force(R"({"format":1,"name":"nothing","rules":[]})");
  const Reply told = ask(id, aiko);
  ASSERT_EQ(told.status, 200) << told.response.body;
  EXPECT_EQ(told.number("policy_version"), 1);
  EXPECT_EQ(json::string_or(*json::object_at(told.body, "explanation"), "en", ""), explanation.en);
}

TEST_F(ExplainedDecisions, SayHowTheActStillGoesThrough) {
  const Reply asked = ask(refused("aiko", gate::Operation::RoomJoin), aiko);
  EXPECT_EQ(asked.text("outcome"), "asked");
  EXPECT_EQ(asked.text("resolution"), "confirm");
  const Reply held = ask(refused("aiko", gate::Operation::RoomInvite), aiko);
  EXPECT_EQ(held.text("outcome"), "held");
  EXPECT_EQ(held.text("resolution"), "approval");
  const Reply limited = ask(refused("aiko", gate::Operation::AdminPolicySwap), aiko);
  EXPECT_EQ(limited.text("rule"), "role.member");
  EXPECT_EQ(json::string_or(*json::object_at(limited.body, "explanation"), "en", ""), explanation.en);
}

}  // namespace
}  // namespace kuramori::api::work::testing
