#include "administration.hpp"

namespace kuramori::api::admin::testing {
namespace {

constexpr std::string_view kHoldRooms = R"({"policy":{"format":1,"name":"draft","rules":[
  {"id":"hold-rooms","operations":["room.create"],"effect":"hold"}]})";

class SimulationApi : public Administration {
 protected:
  void make_rooms(int count) {
    for (int i = 0; i < count; ++i) {
      gate::Subject subject;
      subject.user = server.user("aiko");
      auto made = server.executor.run(
          rooms.create(server.permit(std::move(subject), gate::Operation::RoomCreate), {}));
      ensure(made.has_value(), "a room is made");
    }
  }
  Reply simulate(std::string_view more = "}") {
    return server.post(target("/policy/simulations"), std::string(kHoldRooms) + std::string(more), chief);
  }
};

TEST_F(SimulationApi, TellsWhatADraftWouldHaveDecided) {
  make_rooms(3);
  server.clock.advance(Milliseconds(1));
  const Reply told = simulate();
  ASSERT_EQ(told.status, 200) << told.response.body;
  EXPECT_TRUE(json::bool_or(told.body, "complete", false));
  const json::Array& examples = told.body.at("examples").as_array();
  EXPECT_EQ(examples.size(), 3U);
  EXPECT_EQ(examples.front().at("draft").at("rule").as_string(), "hold-rooms");
  EXPECT_NE(examples.front().at("explanation").at("ja").as_string(), "");
  EXPECT_EQ(server.gate.policy()->version(), 0) << "nothing is put in force";
}

TEST_F(SimulationApi, GoesOnBehindACursor) {
  make_rooms(5);
  server.clock.advance(Milliseconds(1));
  const Reply first = simulate(R"(,"limit":2})");
  ASSERT_EQ(first.status, 200) << first.response.body;
  EXPECT_EQ(first.number("examined"), 2);
  EXPECT_FALSE(first.body.contains("next"));
  const Reply rest = simulate(R"(,"cursor":")" + first.text("next_cursor") + "\"}");
  ASSERT_EQ(rest.status, 200) << rest.response.body;
  EXPECT_EQ(rest.number("examined") + 2, simulate().number("examined"));
  EXPECT_EQ(rest.text("next_cursor"), "");
}

TEST_F(SimulationApi, StopsWhenItsClientHasGone) {
  make_rooms(200);
  server.clock.advance(Milliseconds(1));
  const auto examined_while = [&](std::stop_token gone) {
    net::Request request = server.make_request(net::Method::Post, target("/policy/simulations"),
                                               std::string(kHoldRooms) + "}", chief);
    request.disconnected = std::move(gone);
    const net::Response response = server.executor.run(server.start(request));
    EXPECT_EQ(response.status, 200) << response.body;
    return json::integer_or(*json::parse_object(response.body), "examined", -1);
  };
  std::stop_source source;
  EXPECT_GE(examined_while(source.get_token()), 200);
  source.request_stop();
  const auto examined = examined_while(source.get_token());
  EXPECT_GT(examined, 0);
  EXPECT_LE(examined, 128) << "one batch";
}

TEST_F(SimulationApi, MistakesNameTheirPlace) {
  const Reply reply = server.post(
      target("/policy/simulations"),
      R"({"policy":{"format":1,"name":"x","rules":[{"id":"a","operations":["room.send"],"effect":"perhaps"}]}})",
      chief);
  EXPECT_EQ(reply.status, 422);
  EXPECT_EQ(reply.body.at("errors").at(0).at("pointer").as_string(), "/rules/0/effect");
  EXPECT_EQ(server.post(target("/policy/simulations"), "{}", chief).status, 400);
  EXPECT_EQ(simulate(R"(,"limit":0})").status, 400);
  EXPECT_EQ(simulate(R"(,"cursor":"nonsense"})").status, 400);
  EXPECT_EQ(simulate(R"(,"from_ms":20,"to_ms":10})").status, 400);
}

TEST_F(SimulationApi, OfficersMayAndAuditorsMayNot) {
  const std::string officer = server.sign_up("officer", gate::Role::ComplianceOfficer);
  const std::string auditor = server.sign_up("auditor", gate::Role::Auditor);
  const std::string body = std::string(kHoldRooms) + "}";
  EXPECT_EQ(server.post(target("/policy/simulations"), body, officer).status, 200);
  EXPECT_EQ(server.post(target("/policy/simulations"), body, auditor).status, 403);
}

}  // namespace
}  // namespace kuramori::api::admin::testing
