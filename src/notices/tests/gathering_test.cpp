#include "notices/gathering.hpp"

#include <gmock/gmock.h>

#include "notices/words.hpp"

namespace kuramori::notices {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

gate::Occurrence act_by(std::string_view who, std::string_view room = "!a:x") {
  gate::Occurrence occurrence;
  occurrence.who = UserId(who);
  occurrence.operation = gate::Operation::RoomSend;
  occurrence.resource.room = RoomId(room);
  occurrence.outcome = "allowed";
  return occurrence;
}

const Heading kHeading{.to = UserId("@boss:x"), .rule = "deals"};
constexpr Milliseconds kEvery = std::chrono::minutes(1);

TEST(Gathering, TheFirstIsToldAtOnceAndTheRestTogether) {
  Gathering gathering(kEvery);
  SteadyTime now{};
  EXPECT_TRUE(gathering.add(kHeading, act_by("@a:x")));
  ASSERT_EQ(gathering.take_due(now).size(), 1U);
  for (int i = 0; i < 1'000; ++i) gathering.add(kHeading, act_by("@a:x"));
  EXPECT_TRUE(gathering.take_due(now + kEvery / 2).empty());
  const auto later = gathering.take_due(now + kEvery);
  ASSERT_EQ(later.size(), 1U);
  EXPECT_EQ(later[0].acts, 1'000);
  EXPECT_TRUE(gathering.take_due(now + 2 * kEvery).empty());
  EXPECT_TRUE(gathering.empty()) << "what is quiet is forgotten";
}

TEST(Gathering, PeopleAndRulesAreApart) {
  Gathering gathering(kEvery);
  gathering.add(kHeading, act_by("@a:x"));
  gathering.add({.to = UserId("@counsel:x"), .rule = "deals"}, act_by("@a:x"));
  gathering.add({.to = UserId("@boss:x"), .rule = "deals", .alert = governance::Severity::High},
                act_by("@a:x"));
  EXPECT_EQ(gathering.take_due({}).size(), 3U);
}

TEST(Gathering, NamesAFewAndSaysThatThereAreMore) {
  Gathering gathering(kEvery);
  for (int i = 0; i < 9; ++i) gathering.add(kHeading, act_by("@p" + std::to_string(i) + ":x"));
  const auto told = gathering.take_all();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].people.size(), Gathering::kNamesMax);
  EXPECT_EQ(told[0].rooms.size(), 1U);
  EXPECT_TRUE(told[0].names_more);
  EXPECT_TRUE(gathering.empty());
}

TEST(Gathering, HasABound) {
  Gathering gathering(kEvery);
  for (std::size_t i = 0; i < Gathering::kHeapsMax; ++i)
    ASSERT_TRUE(gathering.add({.to = UserId("@" + std::to_string(i) + ":x"), .rule = "r"}, act_by("@a:x")));
  EXPECT_FALSE(gathering.add(kHeading, act_by("@a:x")));
}

TEST(Words, TellOneActInFourLanguages) {
  Gathering gathering(kEvery);
  gathering.add(kHeading, act_by("@aiko:x"));
  const gate::Localised text = words_of(gathering.take_all().front());
  for (const std::string* one : {&text.en, &text.zh_hans, &text.zh_hant, &text.ja}) {
    for (const char* part : {"@aiko:x", "room.send", "!a:x", "deals"}) EXPECT_THAT(*one, HasSubstr(part));
  }
  EXPECT_THAT(text.en, HasSubstr("let through"));
  EXPECT_THAT(text.ja, HasSubstr("お知らせ"));
}

TEST(Words, TellManyWithACount) {
  Gathering gathering(kEvery);
  const Heading alert{.to = UserId("@boss:x"), .rule = "leaks", .alert = governance::Severity::High};
  for (int i = 0; i < 42; ++i) gathering.add(alert, act_by("@aiko:x"));
  const gate::Localised text = words_of(gathering.take_all().front());
  EXPECT_THAT(text.en, HasSubstr("Alert (high)"));
  EXPECT_THAT(text.en, HasSubstr("42 acts"));
  EXPECT_THAT(text.zh_hans, HasSubstr("共 42 次"));
  EXPECT_THAT(text.zh_hant, HasSubstr("警示(高)"));
  EXPECT_THAT(text.ja, HasSubstr("42 件"));
  EXPECT_THAT(text.en, Not(HasSubstr("…")));
}

}  // namespace
}  // namespace kuramori::notices
