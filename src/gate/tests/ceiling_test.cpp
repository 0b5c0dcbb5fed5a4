// What a session may see: by label, class and place, compiled once and only for as long as it holds.
#include "gate/ceiling.hpp"

#include <gtest/gtest.h>

#include "gate/ceiling_book.hpp"
#include "gate/counter_book.hpp"
#include "gate/policy_in_force.hpp"
#include "gate/sight.hpp"
#include "gate/tests/gate_fixture.hpp"

namespace kuramori::gate {
namespace {

using governance::Destination;

struct People final : governance::PersonFacts {
  bool works_in(std::string_view, std::string_view unit) const override {
    ++asked;
    return unit == "lab";
  }
  bool has_role(std::string_view, std::string_view) const override { return false; }
  std::string_view clearance(std::string_view) const override { return {}; }
  std::string_view region(std::string_view) const override { return {}; }
  std::string_view employment(std::string_view) const override { return {}; }
  bool may_contact(std::string_view, std::string_view) const override { return true; }
  mutable int asked = 0;
};

// "!outside-sealed": where it is and what class it has stands in its name.
struct Rooms final : governance::RoomFacts {
  std::optional<Destination> destination(std::string_view, std::string_view room) const override {
    if (room.contains("nowhere")) return std::nullopt;
    return room.contains("outside") ? Destination::Outside : Destination::OwnDepartment;
  }
  Destination place_of(std::string_view, std::string_view) const override { return Destination::Outside; }
  bool is_encrypted(std::string_view room) const override { return room.contains("sealed"); }
  std::string_view label(std::string_view) const override { return room_label; }
  std::string room_label;
};

struct Facts final : OrganisationFacts {
  std::shared_ptr<const governance::PersonFacts> people() const override { return the_people; }
  std::shared_ptr<const governance::RoomFacts> rooms() const override { return the_rooms; }
  bool knows(const RoomId&) const override { return true; }
  runtime::Task<void> prepare(RoomId) const override { co_return; }
  std::shared_ptr<People> the_people = std::make_shared<People>();
  std::shared_ptr<Rooms> the_rooms = std::make_shared<Rooms>();
};

std::shared_ptr<const PolicyInForce> in_force(std::string_view rules, std::string_view more = "") {
  return std::make_shared<const PolicyInForce>(compiled(
      R"({"format":1,"name":"p",)" + std::string(more) + R"("rules":[)" + std::string(rules) + "]}", 1));
}

constexpr std::string_view kSecretsOfTheLab =
    R"({"id":"lab","operations":["content.see"],"effect":"refuse",
        "when":{"all":[{"label":{"is":["secret"]}},{"not":{"department":["lab"]}}]}})";
constexpr std::string_view kNothingOutside =
    R"({"id":"outside","operations":["content.see"],"effect":"refuse",
        "when":{"all":[{"label":{"at_least":"confidential"}},{"destination":["outside"]}]}},
       {"id":"sealed","operations":["content.see"],"effect":"refuse",
        "when":{"all":[{"label":{"is":["secret"]}},{"room_class":["sealed"]}]}})";

class CeilingOfSession : public ::testing::Test {
 protected:
  std::shared_ptr<const Ceiling> of(const std::shared_ptr<const PolicyInForce>& policy) {
    return book.of(subject, policy);
  }
  // The labels that are seen, in the order of the standard lattice.
  std::string seen(const Ceiling& ceiling, std::string_view room) {
    const governance::LabelSet visible = ceiling.visible_in(RoomId(room));
    std::string text;
    for (const std::string_view id : {"public", "internal", "confidential", "secret"}) {
      if ((visible >> *ceiling.labels().find(id) & 1U) != 0) text += std::string(id) + " ";
    }
    return text;
  }

  Facts facts;
  Gate::Providers providers{.organisation = &facts};
  CounterBook counters;
  ManualClock clock;
  CeilingBook book{{.providers = providers, .counters = counters, .clock = clock}};
  Subject subject = GateFixture::person();
};

TEST_F(CeilingOfSession, SaysByLabelClassAndPlace) {
  const auto ceiling = of(in_force(kNothingOutside));
  for (int again = 0; again < 2; ++again) {
    EXPECT_EQ(seen(*ceiling, "!inside"), "public internal confidential secret ");
    EXPECT_EQ(seen(*ceiling, "!inside-sealed"), "public internal confidential ");
    EXPECT_EQ(seen(*ceiling, "!outside"), "public internal ");
    EXPECT_EQ(seen(*ceiling, "!outside-sealed"), "public internal ");
    EXPECT_EQ(seen(*ceiling, "!nowhere"), "public internal confidential secret ");
    EXPECT_EQ(seen(*ceiling, "!nowhere-sealed"), "public internal confidential ");
  }
}

TEST_F(CeilingOfSession, IsAskedOnceForAllRooms) {
  const auto policy = in_force(kSecretsOfTheLab);
  EXPECT_EQ(seen(*of(policy), "!a"), "public internal confidential secret ");
  const int asked = facts.the_people->asked;
  EXPECT_GT(asked, 0);
  EXPECT_EQ(seen(*of(policy), "!b"), "public internal confidential secret ");
  EXPECT_EQ(seen(*of(policy), "!outside-sealed"), "public internal confidential secret ");
  EXPECT_EQ(facts.the_people->asked, asked) << "nothing new is asked in another permission or room";
}

TEST_F(CeilingOfSession, TheLabelOfTheRoomIsNoPartOfIt) {
  facts.the_rooms->room_label = "secret";
  EXPECT_EQ(seen(*of(in_force(kNothingOutside)), "!outside"), "public internal ");
}

TEST_F(CeilingOfSession, RulesAboutRoomsAreAskedForEach) {
  const auto ceiling = of(in_force(
      R"({"id":"one","operations":["content.see"],"effect":"hold","resource":{"rooms":["!one*"]},
          "when":{"label":{"is":["secret"]}}})"));
  EXPECT_EQ(seen(*ceiling, "!one"), "public internal confidential ");
  EXPECT_EQ(seen(*ceiling, "!two"), "public internal confidential secret ");
  EXPECT_EQ(seen(*ceiling, "!one-more"), "public internal confidential ");
}

TEST_F(CeilingOfSession, HoldsUntilSomethingChangesThatItFollowsFrom) {
  const auto policy = in_force(kSecretsOfTheLab);
  const auto first = of(policy);
  clock.advance(std::chrono::hours(30));
  EXPECT_EQ(of(policy), first) << "no rule looks at the clock";
  const auto renews = [&](std::string_view what, auto change) {
    const auto before = of(policy);
    change();
    EXPECT_NE(of(policy), before) << what;
    EXPECT_EQ(of(policy), of(policy)) << what;
  };
  renews("another network", [&] { subject.address = "198.51.100.7"; });
  renews("another client", [&] { subject.user_agent = "Other/1.0"; });
  renews("another role", [&] { subject.role = Role::Guest; });
  renews("another language", [&] { subject.language = "ja"; });
  renews("the organisation changed", [&] { facts.the_people = std::make_shared<People>(); });
  const auto before = of(policy);
  EXPECT_NE(of(in_force(kSecretsOfTheLab)), before) << "a policy swapped for one that says the same";
}

TEST_F(CeilingOfSession, HoldsForTheMinuteWhereRulesLookAtTheClock) {
  const auto policy = in_force(
      R"({"id":"night","operations":["content.see"],"effect":"refuse",
          "when":{"all":[{"label":{"is":["secret"]}},{"not":{"time":{"from":"09:00","to":"18:00","zone":"UTC"}}}]}})");
  const Timestamp evening = std::chrono::sys_days{std::chrono::November / 30 / 2026} + std::chrono::hours(18);
  clock.set_wall(evening - std::chrono::seconds(50));
  const auto day = of(policy);
  EXPECT_EQ(seen(*day, "!a"), "public internal confidential secret ");
  clock.set_wall(evening - std::chrono::seconds(1));
  EXPECT_EQ(of(policy), day);
  clock.set_wall(evening);
  EXPECT_EQ(seen(*of(policy), "!a"), "public internal confidential ");
}

TEST_F(CeilingOfSession, WhatIsCountedIsAskedAnew) {
  const auto policy = in_force(
      R"({"id":"bulk","operations":["content.see"],"effect":"refuse",
          "when":{"counter":{"id":"downloads","more_than":1}}})",
      R"("counters":[{"id":"downloads","within_minutes":60,"operations":["media.download"]}],)");
  EXPECT_EQ(seen(*of(policy), "!a"), "public internal confidential secret ");
  for (int download = 0; download < 2; ++download) {
    counters.count(policy->policy->document().counters[0],
                   {.subject = {.user = subject.user.view()}, .time = clock.now()});
  }
  EXPECT_EQ(seen(*of(policy), "!a"), "");
}

TEST_F(CeilingOfSession, IsKeptForManySessionsButNotForAll) {
  const auto policy = in_force(kSecretsOfTheLab);
  const std::weak_ptr<const Ceiling> first = of(policy);
  const auto others = [&](std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      subject.session = SessionId("other" + std::to_string(i));
      of(policy);
    }
    subject.session = SessionId("session");
  };
  others(CeilingBook::kSessions - 1);
  EXPECT_EQ(of(policy), first.lock());
  others(2 * CeilingBook::kSessions);
  EXPECT_EQ(first.lock(), nullptr);
  subject.session = SessionId();
  EXPECT_NE(of(policy), of(policy)) << "whoever has no session is not kept";
}

TEST(SightOfPermission, FollowsTheLabelOfTheRoom) {
  GateFixture f(compiled(R"({"format":1,"name":"p","rules":[)" + std::string(kNothingOutside) + "]}", 1));
  Facts facts;
  f.gate->provide({.organisation = &facts});
  const Permit permit = f.permitted(GateFixture::action(Operation::RoomRead));
  ASSERT_NE(permit.sight(), nullptr);
  const RoomId room("!outside");
  const json::Object plain, labelled{{"org.kuramori.label", json::Object{{"label", "secret"}}}};
  EXPECT_FALSE(permit.sight()->shows(room, plain)) << "nothing of a room that was not prepared";
  f.executor.run(permit.sight()->prepare(room));
  EXPECT_TRUE(permit.sight()->shows(room, plain));
  EXPECT_FALSE(permit.sight()->shows(room, labelled));
  facts.the_rooms->room_label = "confidential";
  f.executor.run(permit.sight()->prepare(room));
  EXPECT_FALSE(permit.sight()->shows(room, plain)) << "what is said in the room has at least its label";
}

}  // namespace
}  // namespace kuramori::gate
