#include "governance/recent_fragments.hpp"

#include <gtest/gtest.h>

#include "governance/built_in_detection.hpp"
#include "governance/normalise.hpp"

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
  EXPECT_EQ(fragments.joined("@a:x", "!r", 30s, "ok then"), "");  // nothing that goes on
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
