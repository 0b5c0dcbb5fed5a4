#include "simulation/simulator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gate/policy_store.hpp"
#include "rooms/tests/fixture.hpp"

namespace kuramori::simulation {
namespace {

using rooms::testing::RoomsTest;
using rooms::testing::user;
using ::testing::HasSubstr;
using ::testing::Not;

class Members final : public Roles {
 public:
  runtime::Task<Result<std::optional<gate::Role>>> role_of(UserId who) override {
    if (who == user("gone")) co_return std::optional<gate::Role>();
    co_return std::optional(who == user("boss") ? gate::Role::Administrator : gate::Role::Member);
  }
};

constexpr std::string_view kDraft = R"({"format":1,"name":"draft",
  "dictionaries":[{"id":"projects","description":"projects","terms":["heron"]}],
  "counters":[{"id":"messages","per":"user","within_minutes":60,"operations":["room.send"]}],
  "rules":[
    {"id":"no-herons","operations":["room.send"],"when":{"keyword":{"dictionary":"projects"}},"effect":"refuse"},
    {"id":"boss-only","operations":["room.create"],"when":{"not":{"role":["administrator"]}},"effect":"hold"},
    {"id":"many","operations":["room.send"],"when":{"counter":{"id":"messages","more_than":5}},"effect":"warn"}]})";

class SimulatorTest : public RoomsTest {
 protected:
  SimulatorTest() : workers({.name = "test", .threads = 1}) {}

  // As the handlers ask the gate: with the room and the type.
  Result<EventId> say(const RoomId& room, std::string_view body) {
    gate::Action action{
        .subject = subject(user("aiko")), .operation = gate::Operation::RoomSend, .resource = {}};
    action.resource.room = room;
    action.resource.event_type = "m.room.message";
    auto admission = run(server->gate.admit(std::move(action)));
    rooms::SendEvent event{.room = room,
                           .type = "m.room.message",
                           .content = rooms::testing::text_message(body),
                           .transaction = {}};
    return run(rooms().send(std::get<gate::Permit>(std::move(admission)), std::move(event)));
  }
  std::shared_ptr<const governance::CompiledPolicy> draft(std::string_view document = kDraft) {
    auto compiled = gate::compile_policy(document, 0);
    EXPECT_TRUE(compiled.has_value()) << compiled.error().message();
    return *std::move(compiled);
  }
  Request request() {
    return {
        .draft = draft(), .from = clock.now() - std::chrono::days(7), .to = clock.now() + Milliseconds(1)};
  }
  Result<json::Object> simulate(Request wanted, Simulator::GoesOn goes_on = [](double) { return true; }) {
    Simulator simulator({.reader = store,
                         .keys = *server->keys,
                         .gate = server->gate,
                         .workers = workers,
                         .origins = origins,
                         .roles = roles,
                         .clock = clock});
    gate::Permit allowed = permit(gate::Subject::system(), gate::Operation::AdminPolicySimulate);
    return run(simulator.simulate(std::move(allowed), std::move(wanted), std::move(goes_on)));
  }
  // How many acts of the operation went to this verdict.
  static std::int64_t acts(const json::Object& told, std::string_view operation, std::string_view effect,
                           std::string_view rule = "") {
    std::int64_t count = 0;
    for (const json::Value& each : told.at("counts").as_array()) {
      const json::Object& kind = each.as_object();
      const json::Object& verdict = *json::object_at(kind, "draft");
      if (json::string_or(kind, "operation", "") == operation &&
          json::string_or(verdict, "effect", "") == effect && json::string_or(verdict, "rule", "") == rule)
        count += json::integer_or(kind, "acts", 0);
    }
    return count;
  }

  runtime::WorkerPool workers;
  Members roles;
  const gate::ContentOrigins* origins = nullptr;
};

// Knows one text: it was labelled secret.
class OneOrigin final : public gate::ContentOrigins {
 public:
  governance::ContentOrigin origin(const json::Object& content, std::string_view) const override {
    return {.label = json::string_or(content, "body", "") == "the plan" ? "secret" : ""};
  }
  std::string_view label_of_file(std::string_view) const override { return {}; }
};

TEST_F(SimulatorTest, AsksWhereContentComesFrom) {
  const RoomId room = make_room(user("aiko"));
  ASSERT_TRUE(say(room, "the plan"));
  ASSERT_TRUE(say(room, "another"));
  rooms::SendEvent passed_on{.room = room, .type = "m.room.message", .content = {}, .transaction = {}};
  passed_on.content = {{"body", "from elsewhere"}, {"org.kuramori.forwarded", json::Object{{"hops", 2}}}};
  ASSERT_TRUE(run(rooms().send(permit(user("aiko"), gate::Operation::RoomSend), std::move(passed_on))));
  const OneOrigin book;
  origins = &book;
  Request wanted = request();
  wanted.draft = draft(R"({"format":1,"name":"draft","rules":[
    {"id":"secrets","operations":["room.send"],"when":{"label":{"at_least":"secret"}},"effect":"refuse"},
    {"id":"forwards","operations":["room.send"],"when":{"forwarded":true},"effect":"hold",
     "obligations":[{"alert":"low"}]}]})");
  const auto told = simulate(std::move(wanted));
  ASSERT_TRUE(told) << told.error().to_log();
  EXPECT_EQ(acts(*told, "room.send", "refuse", "secrets"), 1);
  EXPECT_EQ(acts(*told, "room.send", "hold", "forwards"), 1);
  EXPECT_EQ(acts(*told, "room.send", "allow"), 1);
  EXPECT_EQ(json::serialize(told->at("obligations")),
            R"([{"rule":"forwards","obligation":"alert","acts":1}])");
}

TEST_F(SimulatorTest, TellsWhatTheDraftWouldHaveDecided) {
  const RoomId room = make_room(user("aiko"));
  make_room(user("boss"));
  ASSERT_TRUE(say(room, "good morning"));
  const auto told_heron = say(room, "the heron flies on Friday");
  ASSERT_TRUE(told_heron);
  const auto told = simulate(request());
  ASSERT_TRUE(told.has_value()) << told.error().message();
  EXPECT_TRUE(json::bool_or(*told, "complete", false));
  EXPECT_EQ(acts(*told, "room.send", "allow"), 1);
  EXPECT_EQ(acts(*told, "room.send", "refuse", "no-herons"), 1);
  EXPECT_EQ(acts(*told, "room.create", "hold", "boss-only"), 1);
  EXPECT_EQ(acts(*told, "room.create", "allow"), 1);
  EXPECT_EQ(json::integer_or(*told, "changed", 0), 2);
  const json::Array& examples = told->at("examples").as_array();
  ASSERT_EQ(examples.size(), 2U);
  const json::Object& heron = examples[1].as_object();
  EXPECT_EQ(json::string_or(heron, "event_id", ""), told_heron->view());
  EXPECT_EQ(json::string_or(heron, "sender", ""), "@aiko:example.org");
  EXPECT_EQ(json::string_or(heron, "room", ""), room.view());
  EXPECT_EQ(heron.at("rules").at(0).as_string(), "no-herons");
  EXPECT_EQ(heron.at("content").at("findings").at(0).at("source").as_string(), "projects");
  EXPECT_EQ(heron.at("content").at("characters").as_int64(), 25);
  EXPECT_THAT(json::serialize(*told), Not(HasSubstr("flies on Friday")));
  EXPECT_THAT(json::serialize(*told), Not(HasSubstr("good morning")));
}

TEST_F(SimulatorTest, CountersCountWhatHappenedAtItsTime) {
  const RoomId room = make_room(user("aiko"));
  for (int i = 0; i < 8; ++i) {
    ASSERT_TRUE(say(room, "number " + std::to_string(i)));
    clock.advance(std::chrono::minutes(1));
  }
  const auto told = simulate(request());
  ASSERT_TRUE(told.has_value());
  EXPECT_EQ(acts(*told, "room.send", "allow"), 5);
  EXPECT_EQ(acts(*told, "room.send", "warn", "many"), 3);
}

TEST_F(SimulatorTest, WhatIsRedactedHasNoContent) {
  const RoomId room = make_room(user("aiko"));
  const auto sent = say(room, "the heron");
  ASSERT_TRUE(sent);
  ASSERT_TRUE(redact(user("aiko"), room, *sent));
  const auto told = simulate(request());
  ASSERT_TRUE(told.has_value());
  EXPECT_EQ(acts(*told, "room.send", "refuse", "no-herons"), 0);
  EXPECT_EQ(json::integer_or(*told, "without_content", 0), 1);
}

TEST_F(SimulatorTest, StopsAtItsLimitAndGoesOn) {
  const RoomId room = make_room(user("aiko"));
  for (int i = 0; i < 150; ++i) ASSERT_TRUE(say(room, "a heron"));
  Request bounded = request();
  bounded.limit = 10;
  const auto first = simulate(bounded);
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(json::integer_or(*first, "examined", 0), 10);
  EXPECT_FALSE(json::bool_or(*first, "complete", true));
  Request rest = request();
  rest.after = static_cast<std::uint64_t>(json::integer_or(*first, "next", -1));
  const auto second = simulate(rest);
  ASSERT_TRUE(second.has_value());
  EXPECT_TRUE(json::bool_or(*second, "complete", false));
  const auto whole = simulate(request());
  EXPECT_EQ(json::integer_or(*whole, "examined", 0), json::integer_or(*second, "examined", 0) + 10);
  // Whoever asked goes away.
  std::vector<double> fractions;
  const auto cut = simulate(request(), [&](double fraction) {
    fractions.push_back(fraction);
    return false;
  });
  EXPECT_EQ(fractions.size(), 1U);
  EXPECT_FALSE(json::bool_or(*cut, "complete", true));
  EXPECT_LT(json::integer_or(*cut, "examined", 0), json::integer_or(*whole, "examined", 0));
}

TEST_F(SimulatorTest, TimeAndSenseAreAskedFor) {
  Request backwards = request();
  std::swap(backwards.from, backwards.to);
  EXPECT_FALSE(simulate(backwards).has_value());
  Request none = request();
  none.draft = nullptr;
  EXPECT_FALSE(simulate(none).has_value());
  const RoomId room = make_room(user("aiko"));
  Request before = request();
  before.to = clock.now() - std::chrono::days(1);
  const auto told = simulate(before);
  ASSERT_TRUE(told.has_value());
  EXPECT_EQ(json::integer_or(*told, "examined", -1), 0);
}

}  // namespace
}  // namespace kuramori::simulation
