// Who may give a message another label, and what the policy says to it.
#include <gmock/gmock.h>

#include "api/work/requests_routes.hpp"
#include "company.hpp"

namespace kuramori::api::work::testing {
namespace {

constexpr std::string_view kHolding = R"({"format":1,"name":"p","rules":[
  {"id":"lowered","operations":["label.set"],"effect":"hold",
   "when":{"all":[{"label_lowered":true},{"not":{"role":["security_officer"]}}]}}]})";

class Labels : public ::testing::Test {
 protected:
  Labels() {
    server.store.add_listener(rooms);
    add_label_routes(server.router, server.pipeline, services);
    auto parsed = governance::parse_policy_or_error(kHolding);
    ensure(parsed.has_value(), "the policy of the test is good");
    server.gate.swap_policy(*governance::CompiledPolicy::compile(*std::move(parsed), 1));
    gate::Subject subject;
    subject.user = server.user("aiko");
    room = *server.executor.run(rooms.create(server.permit(subject, gate::Operation::RoomCreate), {}));
    rooms::SendEvent message{.room = room, .type = "m.room.message"};
    message.content = {{"msgtype", "m.text"},
                       {"body", "the plan"},
                       {"org.kuramori.label", json::Object{{"label", "confidential"}}}};
    event = *server.executor.run(
        rooms.send(server.permit(subject, gate::Operation::RoomSend), std::move(message)));
  }
  Reply put(std::string_view body, std::string_view by) {
    return server.put("/_kuramori/v1/rooms/" + room.str() + "/events/" + event.str() + "/label",
                      std::string(body), by);
  }

  Server server{{.tables = tables()}};
  Profiles profiles;
  crypto::SigningKey signing_key = crypto::SigningKey::from_seed({1, 2, 3}, "1");
  rooms::RoomService rooms{{server.store, *server.keys, server.gate, profiles, signing_key, server.clock,
                            server.random, server.metrics, server.log},
                           {.server = ServerName("example.org")}};
  provenance::ContentBook book{provenance::MarkKey(server.keys->organisation_key()),
                               [this] { return server.gate.policy(); }};
  provenance::Relabelling relabelling{
      {.store = server.store, .keys = *server.keys, .gate = server.gate, .book = book}};
  LabelServices services{relabelling};
  const std::string aiko = server.sign_up("aiko");
  const std::string ken = server.sign_up("ken");
  const std::string officer = server.sign_up("officer", gate::Role::SecurityOfficer);
  RoomId room;
  EventId event;
};

TEST_F(Labels, TheSenderRaisesAndTheOfficerLowers) {
  const Reply raised = put(R"({"label":"secret","reason":"it names people"})", aiko);
  ASSERT_EQ(raised.status, 200) << raised.response.body;
  EXPECT_EQ(raised.text("before"), "confidential");
  const Reply lowered = put(R"({"label":"public","reason":"published"})", officer);
  ASSERT_EQ(lowered.status, 200) << lowered.response.body;
  EXPECT_EQ(lowered.text("before"), "secret");
  EXPECT_EQ(put(R"({"label":null,"reason":"published"})", officer).status, 200);
}

TEST_F(Labels, LoweringIsHeldForTheSender) {
  const Reply held = put(R"({"label":"internal","reason":"published"})", aiko);
  ASSERT_EQ(held.status, 403) << held.response.body;
  EXPECT_EQ(held.text("resolution"), "approval");
  EXPECT_EQ(held.text("rule"), "lowered");
  EXPECT_EQ(put(R"({"label":null,"reason":"published"})", aiko).status, 403);
  EXPECT_EQ(put(R"({"label":"confidential","reason":"the same"})", aiko).status, 200);
}

TEST_F(Labels, NobodyElseLearnsThatTheMessageExists) {
  const Reply other = put(R"({"label":"secret","reason":"r"})", ken);
  EXPECT_EQ(other.status, 404);
  const std::string nothing = "/_kuramori/v1/rooms/" + room.str() + "/events/$nothing/label";
  const Reply unknown = server.put(nothing, R"({"label":"secret","reason":"r"})", ken);
  EXPECT_EQ(other.text("detail"), unknown.text("detail"));
}

TEST_F(Labels, AReasonAndAKnownLabelAreNeeded) {
  for (const char* body :
       {R"({"label":"secret"})", R"({"label":"secret","reason":"  "})", R"({"reason":"r"})",
        R"({"label":"unknown","reason":"r"})", R"({"label":7,"reason":"r"})"})
    EXPECT_EQ(put(body, aiko).status, 400) << body;
}

}  // namespace
}  // namespace kuramori::api::work::testing
