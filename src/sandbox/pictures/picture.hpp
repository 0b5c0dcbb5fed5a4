// A picture of libvips, and the few operations on it that thumbnails need. Failures are std::nullopt: the
// file is damaged, or memory was refused (which ends the process, see fail()).
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "sandbox/thumbnail_job.hpp"

using VipsImage = struct _VipsImage;

namespace kuramori::sandbox::pictures {

struct Size {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint64_t pixels() const { return std::uint64_t{width} * height; }
};

struct ReleasePicture {
  void operator()(VipsImage* image) const;
};
using Picture = std::unique_ptr<VipsImage, ReleasePicture>;

// What the head of a file says; nothing is decoded.
struct Head {
  Size size;  // as it is meant to be seen
  std::uint32_t frames = 1;
};
std::optional<Head> read_head(ByteView file, PictureType type);

enum class Fit : std::uint8_t { Inside, Crop, Exactly };
enum class Frames : std::uint8_t { First, All };
// Upright, in sRGB, never larger than it was (but for Exactly), in memory.
Picture shrink(ByteView file, Size box, Fit fit, Frames frames);
Picture shrink(VipsImage* picture, Size box, Fit fit);
// The middle of each frame.
Picture crop_frames(VipsImage* picture, Size box);
// One frame from its octets (RGBA), and a moving picture from its frames.
Picture from_rgba(ByteView pixels, Size size);
Picture to_rgba(ByteView png);
Bytes pixels_of(VipsImage* picture);
struct Timing {
  std::vector<int> delays_ms;
  int loops = 0;  // 0: forever
};
Picture join(const std::vector<Picture>& frames, const Timing& timing);

Size size_of(VipsImage* picture);  // of one frame

struct Encoded {
  Bytes bytes;
  PictureType type;
};
// JPEG, or PNG where something is transparent; without what else the file said.
std::optional<Encoded> encode_still(Picture picture);
std::optional<Encoded> encode_moving(Picture picture);

// Opaque octets, red, green, blue: on white where it is transparent. And back, as PNG.
std::optional<Bytes> rgb_of(VipsImage* picture);
std::optional<Bytes> encode_png(ByteView rgb, Size size);

}  // namespace kuramori::sandbox::pictures
