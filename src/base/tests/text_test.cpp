#include "base/text.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <set>
#include <thread>

#include "base/clock.hpp"
#include "base/random.hpp"

namespace kuramori {
namespace {

TEST(Utf8, AcceptsWellFormedAndRefusesTheRest) {
  for (const char* good : {"", "abc", "倉守", "é", "\xF0\x9F\x98\x80"})
    EXPECT_TRUE(text::is_valid_utf8(good)) << good;
  for (const char* bad :
       {"\x80", "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE5\x80", "\xFF"}) {
    EXPECT_FALSE(text::is_valid_utf8(bad));
  }
}

TEST(Percent, RoundTripsAndRefusesMalformedEscapes) {
  EXPECT_EQ(text::percent_decode("%21a%3Ab"), "!a:b");
  EXPECT_EQ(text::percent_encode("!a:b/~"), "%21a%3Ab%2F~");
  EXPECT_EQ(text::percent_decode("a+b"), "a+b");
  for (const char* bad : {"%", "%1", "%zz", "abc%2"}) EXPECT_FALSE(text::percent_decode(bad)) << bad;
}

TEST(Glob, MatchesAsPushRulesNeed) {
  struct Case {
    const char* text;
    const char* pattern;
    bool matches;
  };
  for (const Case& c : {Case{"hello", "h*o", true},
                        {"hello", "H?LLO", true},
                        {"hello", "hell", false},
                        {"", "*", true},
                        {"倉守", "?守", true},
                        {"abcabd", "*ab?", true},
                        {"abc", "abc*", true},
                        {"abc", "*d", false}}) {
    EXPECT_EQ(text::matches_glob(c.text, c.pattern), c.matches) << c.text << " ~ " << c.pattern;
  }
}

TEST(Integer, IsStrict) {
  EXPECT_EQ(text::to_integer("-42"), -42);
  for (const char* bad : {"", "4x", " 4", "+4", "99999999999999999999", "1.0"})
    EXPECT_FALSE(text::to_integer(bad)) << bad;
}

TEST(Hex, RoundTrips) {
  EXPECT_EQ(text::to_hex(*text::from_hex("00ffA5")), "00ffa5");
  EXPECT_FALSE(text::from_hex("0"));
  EXPECT_FALSE(text::from_hex("0g"));
}

TEST(Rfc3339, IsUtcWithMilliseconds) {
  EXPECT_EQ(to_rfc3339(from_unix_ms(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_rfc3339(from_unix_ms(1'767'225'600'123)), "2026-01-01T00:00:00.123Z");
}

TEST(Random, SeededRepeatsAndAlphanumericIsAlphanumeric) {
  SeededRandom a(7);
  SeededRandom b(7);
  EXPECT_EQ(a.alphanumeric(40), b.alphanumeric(40));
  for (int i = 0; i < 1000; ++i) EXPECT_LT(a.below(10), 10u);
  SystemRandom system;
  EXPECT_NE(system.alphanumeric(20), system.alphanumeric(20));
}

// Small requests come from a stock that is filled now and then: nothing of it may be given out twice.
TEST(Random, SmallRequestsNeverRepeat) {
  SystemRandom system;
  std::set<std::string> seen;
  for (int i = 0; i < 2000; ++i) {
    std::string nonce(12 + static_cast<std::size_t>(i % 53), '\0');
    system.fill(std::span(reinterpret_cast<std::uint8_t*>(nonce.data()), nonce.size()));
    EXPECT_TRUE(seen.insert(nonce.substr(0, 12)).second);
  }
  std::thread other([&] {
    std::string nonce(12, '\0');
    system.fill(std::span(reinterpret_cast<std::uint8_t*>(nonce.data()), nonce.size()));
    EXPECT_TRUE(seen.insert(nonce).second);
  });
  other.join();
}

TEST(Random, AChildOfAForkDrawsItsOwn) {
  SystemRandom system;
  std::array<std::uint8_t, 12> first{};
  system.fill(first);  // the stock is filled, and most of it is left
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  const pid_t child = fork();
  std::array<std::uint8_t, 12> own{};
  system.fill(own);
  if (child == 0) _exit(write(ends[1], own.data(), own.size()) == 12 ? 0 : 1);
  std::array<std::uint8_t, 12> childs{};
  ASSERT_EQ(read(ends[0], childs.data(), childs.size()), 12);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_NE(own, childs);
}

}  // namespace
}  // namespace kuramori
