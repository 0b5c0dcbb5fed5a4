// Text on pages of paper: broken into lines between words, or anywhere in Chinese and Japanese, and the lines
// put on pages. What page a line is on does not depend on how large the page is drawn.
//
//   TextPages pages = lay_out(text, face, {.pages_max = 500});
//   Canvas canvas = draw_text_page(pages.page(3), face, 1'000);
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/pages/canvas.hpp"
#include "sandbox/pages/typeface.hpp"

namespace kuramori::sandbox::pages {

struct Paper {
  static constexpr int kWidth = 1'000;  // in units of its own
  static constexpr int kMargin = 70;
  static constexpr int kFontSize = 22;
  static constexpr int kLineHeight = 34;
  static constexpr std::size_t kLines = 37;
  static constexpr std::size_t kLinesMax = 120;  // of a page that must take what another program put on one
};

struct TextLimits {
  std::uint32_t pages_max = 500;
};

struct TextPages {
  std::vector<std::u32string> lines = {};
  bool is_cut = false;  // there was more text than pages

  std::uint32_t count() const;
  // From 1; empty for one that there is not.
  std::span<const std::u32string> page(std::uint32_t number) const;
};

TextPages lay_out(std::string_view utf8, const Typeface& face, const TextLimits& limits);
// As wide as is asked for; as high as a sheet, or as its lines need.
Canvas draw_text_page(std::span<const std::u32string> lines, const Typeface& face, int width);

}  // namespace kuramori::sandbox::pages
