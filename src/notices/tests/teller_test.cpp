#include "notices/teller.hpp"

#include <gmock/gmock.h>

#include "notices/tests/company.hpp"

namespace kuramori::notices {
namespace {

class SmallHouse final : public House, public Messenger {
 public:
  organisation::DirectoryPtr directory() const override { return company_; }
  UserId owner_of(const RoomId&) override { return UserId("@ken:example.org"); }
  std::vector<UserId> officers() override {
    ++looked_up;
    return {UserId("@officer:example.org")};
  }
  bool is_account(const UserId& person) override { return person.view() != "@gone:example.org"; }
  bool tell(const UserId& person, const gate::Localised& text) override {
    told.emplace_back(person.str(), text.en);
    return true;
  }
  std::vector<std::pair<std::string, std::string>> told;
  int looked_up = 0;

 private:
  organisation::DirectoryPtr company_ = testing::company();
};

class TellerTest : public ::testing::Test {
 protected:
  static gate::Occurrence act(std::vector<std::string> to, bool alerts = false) {
    gate::Occurrence occurrence;
    occurrence.who = UserId("@aiko:example.org");
    occurrence.operation = gate::Operation::RoomSend;
    occurrence.resource.room = RoomId("!a:example.org");
    occurrence.outcome = "allowed";
    if (!to.empty()) occurrence.notices.push_back({.rule = "r", .to = std::move(to)});
    if (alerts) occurrence.alerts.push_back({.rule = "r", .severity = governance::Severity::High});
    return occurrence;
  }
  SmallHouse house;
  ManualClock clock;
  MetricsRegistry metrics;
  Teller teller{
      {.house = house, .messenger = house, .clock = clock, .metrics = metrics, .log = Logger::silent()}, {}};
};

TEST_F(TellerTest, TellsWhoIsNamed) {
  teller.happened(act({"manager", "owner"}));
  EXPECT_TRUE(house.told.empty()) << "the act does not wait for it";
  teller.step();
  ASSERT_EQ(house.told.size(), 2U);
  EXPECT_THAT(house.told[0].second, ::testing::HasSubstr("@aiko:example.org"));
}

TEST_F(TellerTest, AStormIsOneNotice) {
  teller.happened(act({}, true));
  teller.step();
  ASSERT_EQ(house.told.size(), 1U);
  EXPECT_EQ(house.told[0].first, "@officer:example.org");
  for (int i = 0; i < 5'000; ++i) teller.happened(act({}, true));
  teller.step();
  EXPECT_EQ(house.told.size(), 1U);
  EXPECT_EQ(house.looked_up, 2) << "once a round";
  clock.advance(std::chrono::seconds(60));
  teller.step();
  ASSERT_EQ(house.told.size(), 2U);
  EXPECT_THAT(house.told[1].second, ::testing::HasSubstr("5000 acts"));
}

TEST_F(TellerTest, WhoIsNoAccountIsPassedOver) {
  teller.happened(act({"@gone:example.org", "manager"}));
  teller.step();
  ASSERT_EQ(house.told.size(), 1U);
  EXPECT_EQ(house.told[0].first, "@mia:example.org");
}

TEST_F(TellerTest, WhatWaitsIsToldWhenItStops) {
  teller.start();
  for (int i = 0; i < 100; ++i) teller.happened(act({"manager"}));
  teller.stop();
  ASSERT_FALSE(house.told.empty());
  EXPECT_LE(house.told.size(), 2U);
}

}  // namespace
}  // namespace kuramori::notices
