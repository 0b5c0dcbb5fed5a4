// Pictures for tests, made with libvips or by hand.
#pragma once
#include <string>

#include "sandbox/pictures/picture.hpp"

namespace kuramori::sandbox::pictures::testing {

// A red square of this size, with something to see in it. Bands: 1 grey, 3, 4 (half transparent).
Picture drawing(Size size, int bands, int frames = 1);
// `suffix` names the type and its options as libvips does: ".jpg[interlace]".
Bytes encode(VipsImage* picture, const std::string& suffix);
Bytes sample(Size size, const std::string& suffix, int bands = 3, int frames = 1);
void turn(VipsImage* picture, int orientation);
void add_comment(VipsImage* picture, const std::string& text);

Bytes png_chunk(std::string_view type, ByteView data);
std::string big_endian(std::uint32_t value);
// A moving PNG: the first frame fills `size`, the others are placed as they say.
struct Placed {
  Bytes png;
  Size size;
  std::uint32_t x = 0;
  std::uint32_t y = 0;
  std::uint8_t dispose = 0;
  std::uint8_t blend = 0;
};
Bytes apng(const std::vector<Placed>& frames);

struct Pixel {
  int red = 0;
  int green = 0;
  int blue = 0;
  int alpha = 255;
};
// Of a file that libvips reads; of its frame when there are several.
Pixel pixel(ByteView file, int x, int y, int frame = 0);
struct Looks {
  Size size;
  int frames = 1;
  bool has_comment = false;
  std::vector<int> delays_ms;
};
Looks look(ByteView file);

}  // namespace kuramori::sandbox::pictures::testing
