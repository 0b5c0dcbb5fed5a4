#include "governance/normalise.hpp"

#include <gtest/gtest.h>

#include "governance/numbers.hpp"

namespace kuramori::governance {
namespace {

struct Case {
  const char* original;
  const char* normal;
};

TEST(Normalise, BringsTextToTheFormThatDetectorsRead) {
  const Case cases[] = {
      {"plain text, untouched", "plain text, untouched"},
      {"A123456(3)", "A123456(3)"},                    // full width
      {"4111‐1111–1111—1111", "4111-1111-1111-1111"},  // dashes
      {"4111\u00A01111\u30001111", "4111 1111 1111"},  // no-break and ideographic spaces
      {"41\u200B11\u2060 11\uFEFF11", "4111 1111"},    // zero width
      {"\u202E4111\u202C", "4111"},                    // bidirectional controls
      {"4\u0336"
       "1\u0336",
       "41"},                // struck through
      {"4️⃣1️⃣", "41"},          // keycaps
      {"𝟒𝟙𝟣①⑴", "4111(1)"},  // mathematical, circled, parenthesised
      {"❹⓿➀", "401"},        // negative circled
      {"٤١١١", "4111"},      // Arabic-Indic digits
      {"АВС", "ABC"},        // Cyrillic
      {"ΑΒ", "AB"},          // Greek
      {"【3】", "(3)"},
      {"ハンカク", "ハンカク"},
      {"ガ", "ガ"},                // half-width and voiced mark
      {"か\u3099", "が"},          // combining voiced mark
      {"机 密 文件", "机密文件"},  // spaced out
      {"機密 report", "機密 report"},
      {"三个人四点开会", "三个人四点开会"},  // digits in a sentence stay
      {"四一一一 一一一一", "41111111"},
      {"四一一一-一一一一", "4111-1111"},
      {"A一二三四五六(三)", "A123456(3)"},
      {"卡号肆壹壹壹壹壹壹壹", "卡号41111111"},
      {"a\x01"
       "b\x7F",
       "ab"},
      {"", ""},
  };
  for (const Case& c : cases) EXPECT_EQ(normalised(c.original), c.normal) << c.original;
}

TEST(Normalise, InvalidOctetsBecomeReplacementCharacters) {
  EXPECT_EQ(normalised("a\xFF"
                       "b"),
            "a\uFFFDb");
  EXPECT_EQ(normalised("\xE6\x9C"), "\uFFFD");
}

TEST(Normalise, KeepsTheWayBack) {
  const std::string original = "号码\u200BA123(三)四五六七八九";
  NormalisedText normal;
  normalise(original, normal);
  for (std::size_t i = 0; i < normal.size(); ++i) {
    EXPECT_LT(normal.begin_of(i), normal.end_of(i));
    EXPECT_LE(normal.end_of(i), original.size());
    if (i > 0) EXPECT_LE(normal.begin_of(i - 1), normal.begin_of(i));
  }
  const auto stands_for = [&](std::string_view wanted) {
    const auto at = normal.text().find(wanted);
    const auto begin = normal.begin_of(at);
    return original.substr(begin, normal.end_of(at + wanted.size() - 1) - begin);
  };
  EXPECT_EQ(stands_for("A"), "A");
  EXPECT_EQ(stands_for("码"), "码");
  EXPECT_EQ(stands_for("4"), "四");
  EXPECT_EQ(stands_for("码A"), "码\u200BA");
}

TEST(Normalise, ManyCombiningMarksAreBounded) {
  std::string text = "é";
  for (int i = 0; i < 10'000; ++i) text += "\u0301";
  EXPECT_LT(normalised(text).size(), text.size() + 100);
}

TEST(StripHtml, ShowsWhatAReaderSees) {
  const Case cases[] = {
      {"<b>41</b>11<i> </i>1111", "4111 1111"},
      {"4111&nbsp;1111", "4111 1111"},
      {"&#52;&#x31;11&#49", "41111"},
      {"4111<br>1111", "4111\n1111"},
      {"4111<!-- 9 > 8 -->1111", "41111111"},
      {"a < b & c > d", "a < b & c > d"},
      {"&bogus; &", "&bogus; &"},
      {"&#0;&#xD800;&#x110000;", "\uFFFD\uFFFD\uFFFD"},
      {"<unclosed", "<unclosed"},
  };
  for (const Case& c : cases) {
    NormalisedText stripped;
    strip_html(c.original, stripped);
    NormalisedText normal;
    normalise(stripped.text(), normal);
    EXPECT_EQ(normal.text(), normalised(c.normal)) << c.original;
  }
}

TEST(PlainAscii, IsToldApart) {
  EXPECT_TRUE(is_plain_ascii("Hello, world\n\t\r~"));
  EXPECT_TRUE(is_plain_ascii(""));
  EXPECT_FALSE(is_plain_ascii("a\x7F"));
  EXPECT_FALSE(is_plain_ascii("a\vb"));
  EXPECT_FALSE(is_plain_ascii("caf\xC3\xA9"));
}

constexpr NumberKinds kAll = 0x0F;

std::vector<std::string> digits_in(std::string_view text, NumberKinds wanted) {
  std::vector<NumberMatch> matches;
  find_numbers(text, wanted, 100, matches);
  std::vector<std::string> digits;
  for (const NumberMatch& match : matches) {
    EXPECT_LT(match.begin, match.end);
    EXPECT_LE(match.end, text.size());
    digits.push_back(match.digits);
  }
  return digits;
}

TEST(FindNumbers, ReportsWhereTheyStand) {
  const std::string_view text = "id: A123456 (3), card 4111-1111-1111-1111.";
  std::vector<NumberMatch> matches;
  find_numbers(text, kAll, 100, matches);
  ASSERT_EQ(matches.size(), 2U);
  EXPECT_EQ(text.substr(matches[0].begin, matches[0].end - matches[0].begin), "A123456 (3)");
  EXPECT_EQ(text.substr(matches[1].begin, matches[1].end - matches[1].begin), "4111-1111-1111-1111");
  EXPECT_EQ(matches[1].digits, "4111111111111111");
}

TEST(FindNumbers, OnlyTheWantedKinds) {
  EXPECT_TRUE(digits_in("4111111111111111", bit(NumberKind::HkIdentity)).empty());
  EXPECT_EQ(digits_in("4111111111111111", bit(NumberKind::PaymentCard)).size(), 1U);
}

TEST(FindNumbers, StopsAtTheLimit) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "4111111111111111, ";
  std::vector<NumberMatch> matches;
  find_numbers(text, kAll, 10, matches);
  EXPECT_EQ(matches.size(), 10U);
}

TEST(FindNumbers, LongRunsOfDigitsTakeLinearTime) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "7 ";
  EXPECT_TRUE(digits_in(text, bit(NumberKind::PaymentCard) | bit(NumberKind::HkIdentity)).empty());
}

}  // namespace
}  // namespace kuramori::governance
