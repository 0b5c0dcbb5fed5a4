#include "sandbox/pages/text_pages.hpp"

#include <gtest/gtest.h>

#include "sandbox/pages/watermark.hpp"

namespace kuramori::sandbox::pages {
namespace {

std::string joined_lines(const TextPages& pages) {
  std::string all;
  for (const std::u32string& line : pages.lines) {
    for (const char32_t letter : line) all.push_back(letter < 0x80 ? static_cast<char>(letter) : '?');
    all += "|";
  }
  return all;
}

class TextPagesTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_NE(Typeface::shared(), nullptr) << "the package fonts-noto-cjk is missing"; }
  TextPages laid_out(std::string_view text, std::uint32_t pages_max = 500) {
    return lay_out(text, *Typeface::shared(), {.pages_max = pages_max});
  }
};

TEST(Utf32, WhatIsNoUtf8IsReplacedOctetByOctet) {
  EXPECT_EQ(to_utf32("aé漢😀"), U"aé漢😀");
  EXPECT_EQ(to_utf32("\xC0\x80"), U"\uFFFD\uFFFD");            // overlong
  EXPECT_EQ(to_utf32("\xED\xA0\x80"), U"\uFFFD\uFFFD\uFFFD");  // a surrogate
  EXPECT_EQ(to_utf32("\xE6\xBC"), U"\uFFFD\uFFFD");            // cut off
  EXPECT_EQ(to_utf32("\xF4\x90\x80\x80").size(), 4U);          // beyond the last letter
}

TEST_F(TextPagesTest, LinesEndBetweenWordsAndAnywhereInChinese) {
  EXPECT_EQ(joined_lines(laid_out("one\ntwo\n\nthree")), "one|two||three|");
  std::string words;
  for (int i = 0; i < 60; ++i) words += "window ";
  for (const std::u32string& line : laid_out(words).lines)
    EXPECT_EQ(line.size() % 7, 0U) << "a word is broken";
  std::string han;
  for (int i = 0; i < 100; ++i) han += "漢";
  EXPECT_EQ(laid_out(han).lines.front().size(), static_cast<std::size_t>((1000 - 140) / 22));
  const auto long_word = laid_out(std::string(500, 'w'));
  EXPECT_GT(long_word.lines.size(), 3U);
}

TEST_F(TextPagesTest, NoLineIsWiderThanThePaper) {
  // The word after the break is as long as the line; one more letter does not fit behind it.
  for (int words = 30; words < 90; ++words) {
    const TextPages pages = laid_out("i " + std::string(static_cast<std::size_t>(words), 'i') + "WWWWWWWW");
    for (const std::u32string& line : pages.lines)
      EXPECT_LE(Typeface::shared()->width_of(line), (1000 - 140) * 1000 / 22) << words;
  }
  for (std::size_t letters = 60; letters < 200; ++letters) {
    const TextPages pages = laid_out("i " + std::string(letters, 'i') + "W");
    for (const std::u32string& line : pages.lines)
      EXPECT_LE(Typeface::shared()->width_of(line), (1000 - 140) * 1000 / 22) << letters;
  }
}

TEST_F(TextPagesTest, NothingIsHiddenByLettersThatTurnTheOthers) {
  EXPECT_EQ(joined_lines(laid_out("a\u202Eb\u200Bc\x01\td")), "abc    d|");
}

TEST_F(TextPagesTest, PagesAreCountedAndCutAtTheLimit) {
  std::string lines;
  for (std::size_t i = 0; i < Paper::kLines * 2 + 1; ++i) lines += "line\n";
  const TextPages pages = laid_out(lines);
  EXPECT_EQ(pages.count(), 3U);
  EXPECT_EQ(pages.page(1).size(), Paper::kLines);
  EXPECT_EQ(pages.page(3).size(), 1U);
  EXPECT_TRUE(pages.page(4).empty());
  EXPECT_TRUE(pages.page(0).empty());
  EXPECT_FALSE(pages.is_cut);
  const TextPages cut = laid_out(lines, 2);
  EXPECT_TRUE(cut.is_cut);
  EXPECT_EQ(cut.count(), 2U);
  EXPECT_EQ(laid_out("").count(), 1U);
}

TEST_F(TextPagesTest, EveryPartOfAPageBearsTheWatermark) {
  for (const std::uint8_t ground : {std::uint8_t{255}, std::uint8_t{0}, std::uint8_t{128}}) {
    Canvas canvas(1'000, 1'400);
    const Bytes plain(std::size_t{1'000} * 1'400 * 3, ground);
    canvas.put(plain, 1'000, 1'400, 0, 0);
    const std::vector<std::string> mark{"@aiko:example.org  山田 愛子", "2026-11-29 14:03 UTC · Kura"};
    add_watermark(canvas, mark, *Typeface::shared());
    constexpr int kWide = 300;
    constexpr int kHigh = 220;
    for (int top = 0; top + kHigh <= 1'400; top += 60) {
      for (int left = 0; left + kWide <= 1'000; left += 50) {
        int changed = 0;
        for (int y = top; y < top + kHigh; ++y) {
          for (int x = left; x < left + kWide; ++x) {
            const auto at = (static_cast<std::size_t>(y) * 1'000 + static_cast<std::size_t>(x)) * 3;
            changed += canvas.rgb()[at] != ground ? 1 : 0;
          }
        }
        ASSERT_GT(changed, 400) << "a part without a mark at " << left << ", " << top << " on "
                                << int{ground};
      }
    }
  }
}

}  // namespace
}  // namespace kuramori::sandbox::pages
