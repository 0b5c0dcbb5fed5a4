// What a page is drawn on: opaque octets, red, green, blue. Nothing is drawn outside.
#pragma once
#include <cstdint>
#include <vector>

#include "base/bytes.hpp"

namespace kuramori::sandbox::pages {

// How much of each pixel is covered, 0 to 255.
struct Mask {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> cover = {};

  static Mask empty(int width, int height);
  std::uint8_t at(int x, int y) const { return cover[index(x, y)]; }
  // The most that anything put there covers.
  void put(int x, int y, std::uint8_t value);

 private:
  std::size_t index(int x, int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x);
  }
};

class Canvas {
 public:
  // White.
  Canvas(int width, int height);

  int width() const { return width_; }
  int height() const { return height_; }
  const Bytes& rgb() const { return rgb_; }

  // Another picture, of the same kind, with its upper left corner there.
  void put(ByteView rgb, int width, int height, int left, int top);
  // Black where it covers.
  void ink(int x, int y, std::uint8_t cover);
  // What covers is made darker on light ground and lighter on dark ground, by so much of 255.
  void stamp(const Mask& mask, int left, int top, int strength);

 private:
  std::uint8_t* pixel(int x, int y) {
    const auto place =
        static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x);
    return rgb_.data() + place * 3;
  }
  bool has(int x, int y) const { return x >= 0 && y >= 0 && x < width_ && y < height_; }

  int width_;
  int height_;
  Bytes rgb_;
};

}  // namespace kuramori::sandbox::pages
