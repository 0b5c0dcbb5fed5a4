#include <fstream>
#include <set>
#include <sstream>

#include "api/work/explained_decisions.hpp"
#include "api/work/requests_routes.hpp"
#include "api/work/step_up.hpp"
#include "api/work/viewing_routes.hpp"
#include "company.hpp"

namespace kuramori::api::work::testing {
namespace {

class WorkTest : public ::testing::Test {
 protected:
  WorkTest() {
    server.store.add_listener(rooms);
    add_request_routes(server.router, server.pipeline, services);
    add_decision_routes(server.router, server.pipeline, services);
    add_delegation_routes(server.router, server.pipeline, services);
    add_explained_decision_routes(server.router, server.pipeline, decision_services);
    add_provenance_routes(server.router, server.pipeline, provenance_services);
    add_viewing_routes(server.router, server.pipeline, viewing_services);
    add_label_routes(server.router, server.pipeline, label_services);
    add_step_up_routes(server.router, server.pipeline, step_up_services);
  }
  ViewingServices viewing_services;  // of which the routes alone are looked at
  static std::string at(std::string_view rest) { return "/_kuramori/v1" + std::string(rest); }
  Reply erase(const std::string& target, std::string_view by) {
    return server.request(net::Method::Delete, target, {}, by);
  }
  static std::string wish(std::string_view reason = "the auditors asked") {
    return R"({"operation":"room.send","rules":["secret"],"room":"!r","reason":")" + std::string(reason) +
           R"(","minutes":60})";
  }
  std::string ask(std::string_view by) {
    const Reply made = server.post(at("/requests"), wish(), by);
    EXPECT_EQ(made.status, 201) << made.response.body;
    EXPECT_EQ(made.header("Location"), at("/requests/" + made.text("id")));
    return made.text("id");
  }
  Reply decide(const std::string& id, std::string_view by, std::string_view verdict = "approve") {
    return server.post(at("/approvals/" + id + "/decision"),
                       R"({"decision":")" + std::string(verdict) + R"(","reason":"as agreed"})", by);
  }
  std::size_t asked(std::string_view by) {
    const Reply listed = server.get(at("/approvals"), by);
    EXPECT_EQ(listed.status, 200) << listed.response.body;
    return json::array_at(listed.body, "approvals")->size();
  }
  bool is_covered(std::string_view user) {
    gate::Action action{.subject = {}, .operation = gate::Operation::RoomSend, .resource = {}};
    action.subject.user = server.user(user);
    action.resource.room = RoomId("!r");
    const std::vector<std::string> rules{"secret"};
    return approvals.grants().covers(action, rules);
  }

  Server server{{.tables = tables()}};
  Profiles profiles;
  Authors authors;
  Company company;
  crypto::SigningKey signing_key = crypto::SigningKey::from_seed({1, 2, 3}, "1");
  rooms::RoomService rooms{{server.store, *server.keys, server.gate, profiles, signing_key, server.clock,
                            server.random, server.metrics, server.log},
                           {.server = ServerName("example.org")}};
  approvals::Approvals approvals{{.store = server.store,
                                  .keys = *server.keys,
                                  .gate = server.gate,
                                  .rooms = rooms,
                                  .authors = authors,
                                  .organisation = company,
                                  .clock = server.clock,
                                  .random = server.random,
                                  .metrics = server.metrics,
                                  .log = server.log},
                                 {.server = ServerName("example.org")}};
  ApprovalServices services{.approvals = approvals};
  provenance::MarkKey mark_key{server.keys->organisation_key()};
  provenance::History provenance{server.store, mark_key};
  ProvenanceServices provenance_services{.history = provenance, .rooms = rooms};
  provenance::ContentBook book{provenance::MarkKey(server.keys->organisation_key()),
                               [this] { return server.gate.policy(); }};
  provenance::Relabelling relabelling{
      {.store = server.store, .keys = *server.keys, .gate = server.gate, .book = book}};
  LabelServices label_services{relabelling};
  ExplainedDecisionServices decision_services{
      .reader = server.store, .keys = *server.keys, .workers = server.workers, .organisation = company};
  identity::InteractiveAuthentication authentication{
      server.accounts, server.clock, server.random, {.registration_token = ""}};
  StepUpServices step_up_services{authentication};
  const std::string aiko = server.sign_up("aiko");
  const std::string ken = server.sign_up("ken");
  const std::string mia = server.sign_up("mia");
  const std::string boss = server.sign_up("boss");
};

TEST_F(WorkTest, TheManagerIsAskedAndApproves) {
  const std::string id = ask(aiko);
  EXPECT_EQ(asked(mia), 1U);
  EXPECT_EQ(asked(aiko), 0U);
  EXPECT_EQ(asked(ken), 0U);
  EXPECT_FALSE(is_covered("aiko"));
  EXPECT_EQ(decide(id, aiko).status, 403);
  EXPECT_EQ(decide(id, ken).status, 403);
  const Reply decided = decide(id, mia);
  ASSERT_EQ(decided.status, 200) << decided.response.body;
  EXPECT_EQ(decided.text("state"), "approved");
  EXPECT_EQ(asked(mia), 0U);
  EXPECT_EQ(decide(id, mia).status, 409);
  EXPECT_TRUE(is_covered("aiko"));
  EXPECT_FALSE(is_covered("ken"));
  server.clock.advance(std::chrono::minutes(61));
  EXPECT_FALSE(is_covered("aiko"));
}

TEST_F(WorkTest, WhomItDoesNotConcernLearnsNothing) {
  const std::string id = ask(aiko);
  const Reply own = server.get(at("/requests/" + id), aiko);
  ASSERT_EQ(own.status, 200) << own.response.body;
  EXPECT_EQ(own.text("state"), "waiting");
  EXPECT_EQ(server.get(at("/requests/" + id), mia).status, 200);
  const Reply other = server.get(at("/requests/" + id), ken);
  EXPECT_EQ(other.status, 404);
  EXPECT_EQ(other.response.body.find(id), std::string::npos);
  EXPECT_EQ(server.get(at("/requests/none"), aiko).status, 404);
  EXPECT_EQ(decide(id, mia, "refuse").text("state"), "refused");
  // Who decided may look at it afterwards.
  EXPECT_EQ(server.get(at("/requests/" + id), mia).status, 200);
  EXPECT_FALSE(is_covered("aiko"));
}

TEST_F(WorkTest, OwnRequestsAreListedAndWithdrawn) {
  const std::string first = ask(aiko);
  server.clock.advance(Milliseconds(1));
  const std::string second = ask(aiko);
  const Reply listed = server.get(at("/requests"), aiko);
  const json::Array& entries = *json::array_at(listed.body, "requests");
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(json::string_or(entries.front().as_object(), "id", ""), second);
  EXPECT_EQ(json::array_at(server.get(at("/requests"), ken).body, "requests")->size(), 0U);
  EXPECT_EQ(erase(at("/requests/" + first), ken).status, 404);
  EXPECT_EQ(erase(at("/requests/" + first), aiko).text("state"), "withdrawn");
  EXPECT_EQ(erase(at("/requests/" + first), aiko).status, 409);
  EXPECT_EQ(asked(mia), 1U);
  // What was given can be given back.
  EXPECT_EQ(decide(second, mia).status, 200);
  EXPECT_TRUE(is_covered("aiko"));
  EXPECT_EQ(erase(at("/requests/" + second), aiko).status, 200);
  EXPECT_FALSE(is_covered("aiko"));
}

TEST_F(WorkTest, ADelegateDecides) {
  const std::string id = ask(aiko);
  const std::string until = std::to_string(server.clock.now_ms() + 3'600'000);
  const Reply set =
      server.put(at("/delegations"), R"({"delegate":"@ken:example.org","until_ms":)" + until + "}", mia);
  ASSERT_EQ(set.status, 200) << set.response.body;
  EXPECT_EQ(json::array_at(server.get(at("/delegations"), mia).body, "delegations")->size(), 1U);
  EXPECT_EQ(asked(ken), 1U);
  EXPECT_EQ(erase(at("/delegations"), mia).status, 204);
  EXPECT_EQ(json::array_at(server.get(at("/delegations"), mia).body, "delegations")->size(), 0U);
  EXPECT_EQ(asked(ken), 0U);
  EXPECT_EQ(asked(mia), 1U);
  EXPECT_EQ(decide(id, ken).status, 403);
}

TEST_F(WorkTest, WhatCannotBeReadIsRefused) {
  for (const std::string_view body :
       {R"({})", R"({"operation":"no.such","rules":["a"],"reason":"r","minutes":1})",
        R"({"operation":"room.send","reason":"r","minutes":1})",
        R"({"operation":"room.send","rules":[],"reason":"r","minutes":1})",
        R"({"operation":"room.send","rules":[1],"reason":"r","minutes":1})",
        R"({"operation":"room.send","rules":["a"],"reason":" ","minutes":1})",
        R"({"operation":"room.send","rules":["a"],"reason":"r"})",
        R"({"operation":"room.send","rules":["a"],"reason":"r","minutes":0})",
        R"({"operation":"room.send","rules":["a"],"reason":"r","minutes":99999999})",
        R"({"operation":"room.send","rules":["a"],"user":"ken","reason":"r","minutes":1})"}) {
    EXPECT_EQ(server.post(at("/requests"), std::string(body), aiko).status, 400) << body;
  }
  const std::string id = ask(aiko);
  EXPECT_EQ(decide(id, mia, "perhaps").status, 400);
  EXPECT_EQ(
      server.post(at("/approvals/" + id + "/decision"), R"({"decision":"approve","reason":1})", mia).status,
      400);
  EXPECT_EQ(asked(mia), 1U);
  for (const std::string_view body :
       {R"({})", R"({"delegate":"ken","until_ms":9000000000000})", R"({"delegate":"@ken:example.org"})",
        R"({"delegate":"@ken:example.org","until_ms":1})",
        R"({"delegate":"@mia:example.org","until_ms":9000000000000})"}) {
    EXPECT_EQ(server.put(at("/delegations"), std::string(body), mia).status, 400) << body;
  }
  EXPECT_EQ(server.get(at("/requests"), "").status, 401);
  EXPECT_EQ(server.get(at("/approvals"), "").status, 401);
}

TEST_F(WorkTest, EveryRouteIsDescribedAndEveryDescribedPathIsRouted) {
  std::ifstream file(KURAMORI_WORK_DESCRIPTION);
  std::stringstream text;
  text << file.rdbuf();
  const json::Object document = *json::parse_object(text.str());
  std::set<std::string> described;
  for (const auto& [path, item] : *json::object_at(document, "paths")) {
    for (const auto& [method, operation] : item.as_object()) {
      std::string name(method);
      for (char& c : name) c = static_cast<char>(c - 'a' + 'A');
      described.insert(name + " " + std::string(path));
      EXPECT_TRUE(gate::parse_operation(json::string_or(operation.as_object(), "x-kuramori-operation", "")))
          << name << " " << path;
    }
  }
  std::set<std::string> routed;
  for (const auto& [method, pattern] : server.router.routes())
    routed.insert(std::string(net::to_string(method)) + " " + pattern);
  EXPECT_EQ(routed, described);
  EXPECT_EQ(routed.size(), 16U);
}

}  // namespace
}  // namespace kuramori::api::work::testing
