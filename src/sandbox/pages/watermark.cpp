#include "sandbox/pages/watermark.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace kuramori::sandbox::pages {
namespace {

constexpr double kDegrees = 24;
constexpr int kStrength = 64;  // of 255: the page stays readable, the mark does as well
constexpr double kSizeLeast = 9;
constexpr double kSizeShare = 1.0 / 52;  // of the width
constexpr double kLineStep = 1.3;        // of the size
constexpr int kLettersMax = 120;         // of a line

struct Block {
  std::vector<std::u32string> lines = {};
  double size = kSizeLeast;
  double width = 0;
  double height = 0;
};

Block block_of(std::span<const std::string> lines, const Typeface& face, int canvas_width) {
  Block block{.size = std::max(kSizeLeast, canvas_width * kSizeShare)};
  for (const std::string& line : lines) {
    block.lines.push_back(to_utf32(line).substr(0, kLettersMax));
    const double width = face.width_of(block.lines.back()) * block.size / Typeface::kUnits;
    block.width = std::max(block.width, width);
  }
  block.height = static_cast<double>(block.lines.size()) * block.size * kLineStep;
  return block;
}

// The block, turned, in the middle of a mask that just takes it.
Mask turned(const Block& block, const Typeface& face) {
  const double angle = kDegrees * std::numbers::pi / 180;
  const double width = block.width * std::cos(angle) + block.height * std::sin(angle);
  const double height = block.width * std::sin(angle) + block.height * std::cos(angle);
  Mask mask = Mask::empty(static_cast<int>(width) + 4, static_cast<int>(height) + 4);
  // The first baseline begins at the lower end of the upper edge's left corner.
  double left = 2;
  double top = 2 + block.width * std::sin(angle);
  for (const std::u32string& line : block.lines) {
    left += std::sin(angle) * block.size * kLineStep;
    top += std::cos(angle) * block.size * kLineStep;
    face.draw_turned(line,
                     {.size = block.size,
                      .left = left - std::sin(angle) * block.size * 0.3,
                      .baseline = top - std::cos(angle) * block.size * 0.3},
                     kDegrees, mask);
  }
  return mask;
}

}  // namespace

void add_watermark(Canvas& canvas, std::span<const std::string> lines, const Typeface& face) {
  const Block block = block_of(lines, face, canvas.width());
  if (block.lines.empty() || block.width < 1) return;
  const Mask mask = turned(block, face);
  // Each row half a step beside the last, so that no straight strip between them is free.
  const int step_x = mask.width + static_cast<int>(block.size);
  const int step_y = std::max(1, mask.height * 2 / 3);
  int row = 0;
  for (int top = -mask.height / 2; top < canvas.height(); top += step_y, ++row) {
    const int first = -mask.width / 2 - (row % 2 == 0 ? 0 : step_x / 2);
    for (int left = first; left < canvas.width(); left += step_x) canvas.stamp(mask, left, top, kStrength);
  }
}

}  // namespace kuramori::sandbox::pages
