#include "worm_brake/sliding_window.hpp"

#include <gtest/gtest.h>

namespace kuramori::worm_brake {
namespace {

constexpr Milliseconds kWindow = std::chrono::minutes(10);
const SteadyTime kStart{std::chrono::hours(1)};
const UserId kAlice("@alice:example.org");

std::vector<Fingerprint> same(std::int64_t hash = 7) {
  return {{.kind = Kind::Link, .hash = hash}};
}

SlidingWindow::Sent sent(int room, SteadyTime when, std::int64_t position = 0, UserId user = kAlice) {
  return {.user = std::move(user),
          .room = RoomId("!" + std::to_string(room)),
          .when = when,
          .position = {position}};
}

TEST(SlidingWindow, TheSameIntoMoreRoomsThanAllowedIsAnExcess) {
  SlidingWindow window(kWindow);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(window.count(sent(i, kStart, 100 + i), same(), 3));
  const auto excess = window.count(sent(3, kStart, 103), same(), 3);
  ASSERT_TRUE(excess);
  EXPECT_EQ(excess->rooms, 4U);
  EXPECT_EQ(excess->from.value, 100);
  EXPECT_EQ(excess->fingerprint, same()[0]);
}

TEST(SlidingWindow, ARoomCountsOnce) {
  SlidingWindow window(kWindow);
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(window.count(sent(1, kStart), same(), 3));
}

TEST(SlidingWindow, OthersAndOtherThingsAreCountedApart) {
  SlidingWindow window(kWindow);
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(window.count(sent(i, kStart), same(i), 3));
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(
        window.count(sent(i, kStart, 0, UserId("@u" + std::to_string(i) + ":example.org")), same(), 3));
  }
}

TEST(SlidingWindow, WhatIsLongAgoIsForgotten) {
  SlidingWindow window(kWindow);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(window.count(sent(i, kStart), same(), 3));
  EXPECT_FALSE(window.count(sent(3, kStart + kWindow + Milliseconds(1)), same(), 3));
  for (int i = 4; i < 6; ++i)
    EXPECT_FALSE(window.count(sent(i, kStart + kWindow + Milliseconds(1)), same(), 3));
  EXPECT_TRUE(window.count(sent(6, kStart + kWindow + Milliseconds(1)), same(), 3));
}

TEST(SlidingWindow, OldUsesOfWhatIsStillSentDoNotCount) {
  SlidingWindow window(kWindow);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(window.count(sent(i, kStart), same(), 3));
  // The fingerprint stays in use, in one of its rooms, while the others grow old.
  const SteadyTime later = kStart + kWindow / 2;
  EXPECT_FALSE(window.count(sent(0, later), same(), 3));
  const SteadyTime last = kStart + kWindow + Milliseconds(1);
  EXPECT_FALSE(window.count(sent(10, last), same(), 3));
  EXPECT_FALSE(window.count(sent(11, last), same(), 3));
  const auto excess = window.count(sent(12, last), same(), 3);
  ASSERT_TRUE(excess);
  EXPECT_EQ(excess->rooms, 4U);
}

TEST(SlidingWindow, WhatIsLongAgoMakesRoomForOtherThings) {
  SlidingWindow window(kWindow);
  const auto full = static_cast<std::int64_t>(SlidingWindow::kFingerprintsPerAccountMax);
  for (std::int64_t i = 0; i < full; ++i) EXPECT_FALSE(window.count(sent(0, kStart), same(i), 1));
  // No room for one more: it is not counted.
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(window.count(sent(i, kStart), same(full), 1));
  const SteadyTime later = kStart + kWindow + Milliseconds(1);
  EXPECT_FALSE(window.count(sent(0, later), same(full), 1));
  EXPECT_TRUE(window.count(sent(1, later), same(full), 1));
}

TEST(SlidingWindow, IsBounded) {
  SlidingWindow window(kWindow);
  for (std::size_t i = 0; i < SlidingWindow::kAccountsMax + 3; ++i) {
    const UserId user("@u" + std::to_string(i) + ":example.org");
    window.count(sent(0, kStart, 0, user), same(), 3);
  }
  EXPECT_EQ(window.accounts(), SlidingWindow::kAccountsMax);
}

std::vector<link_risk::Link> no_links(const json::Object&) {
  return {};
}

TEST(Fingerprints, TellTheSameFromTheDifferent) {
  const crypto::ShortHash hash{crypto::SecretKey({5})};
  const auto of = [&](const json::Object& content) { return fingerprints_of(content, hash, no_links); };
  const json::Object text{{"body", "Please look at the new salary table of this month at once!"}};
  const json::Object altered{{"body", "please look at the NEW salary table of this month, at once 4711"}};
  ASSERT_EQ(of(text).size(), 1U);
  EXPECT_EQ(of(text), of(altered));
  EXPECT_TRUE(of({{"body", "Thanks, see you 12:00"}}).empty());
  const json::Object file{{"msgtype", "m.file"}, {"body", "a.pdf"}, {"url", "mxc://example.org/abc"}};
  const json::Object other{{"msgtype", "m.file"}, {"body", "b.pdf"}, {"url", "mxc://example.org/abc"}};
  ASSERT_EQ(of(file).size(), 1U);
  EXPECT_EQ(of(file)[0].kind, Kind::File);
  EXPECT_EQ(of(file), of(other));
  EXPECT_TRUE(
      of({{"algorithm", "m.megolm.v1.aes-sha2"}, {"ciphertext", "abc"}, {"body", std::string(100, 'x')}})
          .empty());
}

}  // namespace
}  // namespace kuramori::worm_brake
