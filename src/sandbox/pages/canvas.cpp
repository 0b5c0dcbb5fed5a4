#include "sandbox/pages/canvas.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace kuramori::sandbox::pages {
namespace {

constexpr int kDark = 110;  // the mean of a pixel's octets below which ground is dark
constexpr int kFull = 255;

std::uint8_t toward(std::uint8_t value, int target, int share) {
  return static_cast<std::uint8_t>(value + (target - value) * share / kFull);
}

}  // namespace

Mask Mask::empty(int width, int height) {
  ensure(width > 0 && height > 0, "a mask has a size");
  return {
      .width = width,
      .height = height,
      .cover = std::vector<std::uint8_t>(static_cast<std::size_t>(width) * static_cast<std::size_t>(height))};
}

void Mask::put(int x, int y, std::uint8_t value) {
  if (x < 0 || y < 0 || x >= width || y >= height) return;
  std::uint8_t& place = cover[index(x, y)];
  place = std::max(place, value);
}

Canvas::Canvas(int width, int height)
    : width_(width),
      height_(height),
      rgb_(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3, std::uint8_t{kFull}) {
  ensure(width > 0 && height > 0, "a canvas has a size");
}

void Canvas::put(ByteView rgb, int width, int height, int left, int top) {
  ensure(rgb.size() == static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3,
         "three octets a pixel");
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      if (!has(left + x, top + y)) continue;
      const std::size_t from =
          (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)) * 3;
      std::copy_n(rgb.data() + from, 3, pixel(left + x, top + y));
    }
  }
}

void Canvas::ink(int x, int y, std::uint8_t cover) {
  if (!has(x, y)) return;
  std::uint8_t* at = pixel(x, y);
  for (int i = 0; i < 3; ++i) at[i] = toward(at[i], 0, cover);
}

void Canvas::stamp(const Mask& mask, int left, int top, int strength) {
  const int first_y = std::max(0, -top);
  const int last_y = std::min(mask.height, height_ - top);
  const int first_x = std::max(0, -left);
  const int last_x = std::min(mask.width, width_ - left);
  for (int y = first_y; y < last_y; ++y) {
    for (int x = first_x; x < last_x; ++x) {
      const int cover = mask.at(x, y);
      if (cover == 0) continue;
      std::uint8_t* at = pixel(left + x, top + y);
      const int target = (at[0] + at[1] + at[2]) / 3 < kDark ? kFull : 0;
      for (int i = 0; i < 3; ++i) at[i] = toward(at[i], target, cover * strength / kFull);
    }
  }
}

}  // namespace kuramori::sandbox::pages
