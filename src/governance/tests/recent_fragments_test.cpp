#include "governance/recent_fragments.hpp"

#include <gtest/gtest.h>

#include "governance/built_in_detection.hpp"
#include "governance/normalise.hpp"
#include "governance/numbers.hpp"

namespace kuramori::governance {
namespace {

using namespace std::chrono_literals;

TEST(RecentFragments, JoinWhatOneSenderWritesInOneRoomWithinAMinute) {
  RecentFragments fragments;
  EXPECT_EQ(fragments.joined("@a:x", "!r", 0ms, "4111 1111"), "");
  fragments.remember("@a:x", "!r", 0ms, "4111 1111");
  EXPECT_EQ(fragments.joined("@a:x", "!r", 30s, "1111 1111"), "4111 1111\n1111 1111");
  EXPECT_EQ(fragments.joined("@b:x", "!r", 30s, "1111 1111"), "");
  EXPECT_EQ(fragments.joined("@a:x", "!other", 30s, "1111 1111"), "");
  EXPECT_EQ(fragments.joined("@a:x", "!r", 60'001ms, "1111 1111"), "");
  EXPECT_EQ(fragments.conversations(), 0U);
}

TEST(RecentFragments, EveryMessageProlongsTheTail) {
  RecentFragments fragments;
  fragments.remember("@a:x", "!r", 0s, "41");
  fragments.remember("@a:x", "!r", 50s, "11");
  EXPECT_EQ(fragments.joined("@a:x", "!r", 100s, "11"), "41\n11\n11");
  fragments.forget("@a:x", "!r");
  EXPECT_EQ(fragments.joined("@a:x", "!r", 100s, "11"), "");
}

TEST(RecentFragments, AreFoundByTheDetectorsWhateverTheSplit) {
  const BuiltInDetection detection(bit(Detector::PaymentCard) | bit(Detector::PrcResidentIdentity));
  const std::vector<std::vector<std::string>> splits{
      {"4111", "1111", "1111", "1111"},         {"4111 11", "11 1111 1111"},
      {"card 411111111111", "1111 thanks"},     {"110105", "19491231", "002X"},
      {"四一一一一一一一", "一一一一一一一一"},
  };
  for (const auto& split : splits) {
    RecentFragments fragments;
    bool found = false;
    auto now = 0ms;
    for (const std::string& text : split) {
      std::vector<Candidate> hits;
      ASSERT_TRUE(detection.find(normalised(fragments.joined("@a:x", "!r", now, text)), hits));
      found = found || !hits.empty();
      fragments.remember("@a:x", "!r", now, text);
      now += 5s;
    }
    EXPECT_TRUE(found) << split.front();
  }
}

TEST(RecentFragments, TheBeginningTellsWhatMayEndANumber) {
  for (const char* text :
       {"3456(3)", " - 1111", "l23456(3)", "(A)", "x", "OO(3)", "BC123456(3)", "１２３４", "一二"}) {
    EXPECT_TRUE(may_end_number(text)) << text;
  }
  for (const char* text : {"", "...", "The figures of 2024", "please call 9123 4567"}) {
    EXPECT_FALSE(may_end_number(text)) << text;
  }
}

// Whatever is found across the joint of two messages, the second begins like the end of a number.
TEST(RecentFragments, NoEndOfANumberIsTakenForWords) {
  constexpr DetectorSet kWanted = kCheckedNumbers & ~bit(Detector::Iban);
  const BuiltInDetection detection(kWanted);
  std::size_t across = 0;
  for (const std::string number : {"G123456(A)", "g 123456 A", "A123456(3)", "Al23456(3)", "HKIDA123456(3)",
                                   "WX123456(9)", "11010519491231002X", "110105 19491231 002 x",
                                   "4111 1111 1111 1111", "4*1*1*1*1*1*1*1*1*1*1*1*1*1*1*1",
                                   "4lll-llll-1111-1111", "A123456789", "1234-5678-9018", "7000012050002"}) {
    const std::string text = "it is " + number + " thanks";
    for (std::size_t cut = 1; cut < text.size(); ++cut) {
      for (const std::string_view joint : {"", "\n"}) {
        std::vector<Candidate> found;
        ASSERT_TRUE(detection.find(text.substr(0, cut) + std::string(joint) + text.substr(cut), found));
        for (const Candidate& candidate : found) {
          if (candidate.begin >= cut || candidate.end <= cut + joint.size()) continue;
          ++across;
          EXPECT_TRUE(may_end_number(text.substr(cut))) << text.substr(cut);
        }
      }
    }
  }
  EXPECT_GT(across, 150U);
}

TEST(RecentFragments, AreBounded) {
  RecentFragments fragments(100);
  const std::string text(10'000, '7');
  for (int i = 0; i < 1000; ++i) fragments.remember("@" + std::to_string(i), "!r", 1s, text);
  EXPECT_EQ(fragments.conversations(), 100U);
  EXPECT_EQ(fragments.joined("@0", "!r", 2s, "1"), "");  // the oldest are dropped first
  EXPECT_LE(fragments.joined("@999", "!r", 2s, text).size(),
            RecentFragments::kTailBytesMax + RecentFragments::kMessageBytesMax + 1);
  fragments.forget_before(100s);
  EXPECT_EQ(fragments.conversations(), 0U);
}

TEST(RecentFragments, TheSameTextAtOnceIsTheSameMessage) {
  RecentFragments fragments;
  fragments.remember("@a", "!r", 0ms, "41");
  fragments.remember("@a", "!r", 5s, "1111");
  EXPECT_EQ(fragments.joined("@a", "!r", 5100ms, "1111"), "41\n1111");  // sent again: not twice
  fragments.remember("@a", "!r", 5100ms, "1111");
  EXPECT_EQ(fragments.joined("@a", "!r", 8s, "1111"), "41\n1111\n1111");  // typed once more
  EXPECT_EQ(fragments.joined("@a", "!r", 5200ms, "11"), "41\n1111\n11");  // the end of it alone
}

TEST(RecentFragments, NeverCutACharacter) {
  RecentFragments fragments;
  std::string text;
  for (int i = 0; i < 200; ++i) text += "壹";
  fragments.remember("@a", "!r", 0s, "x" + text);
  const std::string joined = fragments.joined("@a", "!r", 1s, "y" + text);
  EXPECT_EQ(joined.find("\uFFFD"), std::string::npos);
  EXPECT_EQ(normalised(joined).find("\uFFFD"), std::string::npos);
}

TEST(RecentFragments, AClockThatIsSetBackForgets) {
  RecentFragments fragments;
  fragments.remember("@a", "!r", 100s, "41");
  EXPECT_EQ(fragments.joined("@a", "!r", 50s, "11"), "");
}

}  // namespace
}  // namespace kuramori::governance
