// Moving PNG files (PNG specification, third edition, 11.3.6), which libvips does not read: the file is taken
// apart into one PNG for each frame, and the frames are laid over one another as it says.
#pragma once
#include <optional>

#include "sandbox/pictures/picture.hpp"

namespace kuramori::sandbox::pictures {

struct ApngFrame {
  Size size;
  std::uint32_t x = 0;
  std::uint32_t y = 0;
  int delay_ms = 0;
  enum class Dispose : std::uint8_t { None, Background, Previous } dispose = Dispose::None;
  enum class Blend : std::uint8_t { Source, Over } blend = Blend::Source;
  std::vector<ByteView> data = {};  // what its IDAT holds
};

struct Apng {
  Size size;
  std::uint32_t loops = 0;
  Bytes head;                    // of a PNG of its kind: IHDR with the size of the whole
  std::vector<ByteView> shared;  // chunks that every frame needs: palette, transparency
  std::vector<ApngFrame> frames;
};

constexpr std::size_t kApngFramesMax = 1'000;

// How many frames it says it has; nothing when it does not move.
std::optional<std::uint32_t> apng_frames(ByteView file);
// Points into `file`. Frames that are not whole end it; nothing when there is none.
std::optional<Apng> read_apng(ByteView file);
// A PNG of its own.
Bytes frame_file(const Apng& apng, const ApngFrame& frame);
// Lays a frame's pixels (RGBA) over the canvas.
void draw(Bytes& canvas, const Apng& apng, const ApngFrame& frame, ByteView pixels);

Picture shrink_apng(ByteView file, Size size, Size box, bool is_cropped);

}  // namespace kuramori::sandbox::pictures
