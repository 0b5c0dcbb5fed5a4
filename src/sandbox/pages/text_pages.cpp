#include "sandbox/pages/text_pages.hpp"

#include <algorithm>

namespace kuramori::sandbox::pages {
namespace {

constexpr char32_t kFirstOfTheEast = 0x2E80;  // radicals, ideographs, kana and what follows: broken anywhere
constexpr int kTabSpaces = 4;
// In units of the em, as letters are measured.
constexpr int kLineWidth = (Paper::kWidth - 2 * Paper::kMargin) * Typeface::kUnits / Paper::kFontSize;

bool breaks_anywhere(char32_t letter) {
  return letter >= kFirstOfTheEast;
}

// Letters that turn or hide what is around them, and controls.
bool is_shown(char32_t letter) {
  const bool is_control = letter < 0x20 || (letter >= 0x7F && letter < 0xA0);
  const bool is_direction = (letter >= 0x200B && letter <= 0x200F) ||
                            (letter >= 0x202A && letter <= 0x202E) ||
                            (letter >= 0x2060 && letter <= 0x206F) || letter == 0xFEFF;
  return !is_control && !is_direction;
}

class LineBreaker {
 public:
  LineBreaker(const Typeface& face, std::size_t lines_max) : face_(face), lines_max_(lines_max) {}

  void add(char32_t letter) {
    if (letter == U'\n') {
      end_line();
    } else if (letter == U'\t') {
      for (int i = 0; i < kTabSpaces; ++i) put(U' ');
    } else if (is_shown(letter)) {
      put(letter);
    }
  }
  bool is_full() const { return lines_.size() >= lines_max_; }
  std::vector<std::u32string> finish() {
    if (!line_.empty() && !is_full()) end_line();
    return std::move(lines_);
  }

 private:
  void put(char32_t letter) {
    const int advance = face_.advance(letter);
    // What is left of a broken line may be too long for one more letter, too.
    while (width_ + advance > kLineWidth && !line_.empty()) break_line();
    line_.push_back(letter);
    width_ += advance;
    if (letter == U' ' || breaks_anywhere(letter)) break_at_ = line_.size();
  }
  // After the last place where it may be, else where it is.
  void break_line() {
    const std::size_t at = break_at_ == 0 ? line_.size() : break_at_;
    std::u32string rest = line_.substr(at);
    line_.resize(at);
    end_line();
    line_ = std::move(rest);
    width_ = face_.width_of(line_);
  }
  void end_line() {
    if (!is_full()) lines_.push_back(std::move(line_));
    line_.clear();
    width_ = 0;
    break_at_ = 0;
  }

  const Typeface& face_;
  std::size_t lines_max_;
  std::vector<std::u32string> lines_;
  std::u32string line_;
  int width_ = 0;
  std::size_t break_at_ = 0;
};

}  // namespace

std::uint32_t TextPages::count() const {
  return static_cast<std::uint32_t>(
      std::max<std::size_t>(1, (lines.size() + Paper::kLines - 1) / Paper::kLines));
}

std::span<const std::u32string> TextPages::page(std::uint32_t number) const {
  const std::size_t first = std::size_t{number - 1} * Paper::kLines;
  if (number == 0 || first >= lines.size()) return {};
  return std::span(lines).subspan(first, std::min(Paper::kLines, lines.size() - first));
}

TextPages lay_out(std::string_view utf8, const Typeface& face, const TextLimits& limits) {
  const std::u32string text = to_utf32(utf8);
  LineBreaker breaker(face, std::size_t{limits.pages_max} * Paper::kLines);
  std::size_t at = 0;
  for (; at < text.size() && !breaker.is_full(); ++at) breaker.add(text[at]);
  return {.lines = breaker.finish(), .is_cut = at < text.size()};
}

Canvas draw_text_page(std::span<const std::u32string> lines, const Typeface& face, int width) {
  const double scale = static_cast<double>(width) / Paper::kWidth;
  const auto rows = static_cast<int>(std::max(Paper::kLines, std::min(lines.size(), Paper::kLinesMax)));
  Canvas canvas(width, static_cast<int>((2 * Paper::kMargin + rows * Paper::kLineHeight) * scale));
  double baseline = (Paper::kMargin + Paper::kFontSize) * scale;
  for (const std::u32string& line : lines.first(std::min(lines.size(), Paper::kLinesMax))) {
    face.draw(line, {.size = Paper::kFontSize * scale, .left = Paper::kMargin * scale, .baseline = baseline},
              canvas);
    baseline += Paper::kLineHeight * scale;
  }
  return canvas;
}

}  // namespace kuramori::sandbox::pages
