#include "administration.hpp"

namespace kuramori::api::admin::testing {
namespace {

class ApprovalsApi : public Administration {
 protected:
  approvals::Request ask(std::string_view who) {
    gate::Subject subject;
    subject.user = server.user(who);
    approvals::GeneralRequest wish{.operation = gate::Operation::RoomSend,
                                   .rules = {"secret"},
                                   .reason = "the auditors asked",
                                   .duration = std::chrono::hours(1)};
    auto made = server.executor.run(approvals.ask(std::move(subject), std::move(wish)));
    ensure(made.has_value(), "the request is made");
    return *std::move(made);
  }
};

TEST_F(ApprovalsApi, WhatIsOpenIsListedInPages) {
  for (const std::string_view who : {"aiko", "ken"}) server.sign_up(std::string(who));
  const std::string officer = server.sign_up("officer", gate::Role::ComplianceOfficer);
  const approvals::Request first = ask("aiko");
  const approvals::Request second = ask("ken");
  const Reply page = server.get(target("/approvals?limit=1"), officer);
  ASSERT_EQ(page.status, 200) << page.response.body;
  const json::Array& entries = *json::array_at(page.body, "approvals");
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(json::string_or(entries.front().as_object(), "id", ""), first.id);
  const Reply rest = server.get(target("/approvals?limit=1&cursor=" + page.text("next_cursor")), officer);
  const json::Array& others = *json::array_at(rest.body, "approvals");
  ASSERT_EQ(others.size(), 1U);
  EXPECT_EQ(json::string_or(others.front().as_object(), "id", ""), second.id);
  EXPECT_EQ(rest.text("next_cursor"), "");
}

TEST_F(ApprovalsApi, OneSaysWhoIsAskedAndWhatBecameOfIt) {
  server.sign_up("aiko");
  const approvals::Request request = ask("aiko");
  const Reply waiting = server.get(target("/approvals/" + request.id), chief);
  ASSERT_EQ(waiting.status, 200) << waiting.response.body;
  // Nobody stands above in an organisation that was not imported: the administrators decide.
  EXPECT_EQ(json::serialize(json::Value(*json::array_at(waiting.body, "asked"))),
            R"(["@chief:example.org"])");
  gate::Subject decider;
  decider.user = server.user("chief");
  decider.role = gate::Role::Administrator;
  const auto decided = server.executor.run(
      approvals.decide(std::move(decider), request.id, approvals::Verdict::Refuse, "not now"));
  ASSERT_TRUE(decided);
  const Reply ended = server.get(target("/approvals/" + request.id), chief);
  EXPECT_EQ(ended.text("state"), "refused");
  EXPECT_EQ(json::array_at(ended.body, "asked")->size(), 0U);
  EXPECT_EQ(json::array_at(server.get(target("/approvals"), chief).body, "approvals")->size(), 0U);
  EXPECT_EQ(server.get(target("/approvals/none"), chief).status, 404);
}

}  // namespace
}  // namespace kuramori::api::admin::testing
