#include "sandbox/pictures/picture.hpp"

#include <unistd.h>
#include <vips/vips.h>

#include <algorithm>
#include <cstring>

#include "sandbox/confinement.hpp"

namespace kuramori::sandbox::pictures {
namespace {

constexpr int kJpegQuality = 82;
constexpr int kWebpQuality = 75;
constexpr int kWebpEffort = 2;
constexpr int kPngCompression = 6;

// libvips says in words alone that it had no memory.
void note_failure() {
  if (std::strstr(vips_error_buffer(), "out of memory") != nullptr) ::_exit(kExitOutOfMemory);
  vips_error_clear();
}

// Takes what an operation made, or nothing when it failed.
Picture take(int failed, VipsImage* image) {
  Picture picture(failed == 0 ? image : nullptr);
  if (failed != 0) note_failure();
  return picture;
}

Picture in_memory(Picture picture) {
  if (!picture) return picture;
  Picture copy(vips_image_copy_memory(picture.get()));
  if (!copy) note_failure();
  return copy;
}

VipsSize vips_size(Fit fit) {
  return fit == Fit::Exactly ? VIPS_SIZE_FORCE : VIPS_SIZE_DOWN;
}
VipsInteresting vips_crop(Fit fit) {
  return fit == Fit::Crop ? VIPS_INTERESTING_CENTRE : VIPS_INTERESTING_NONE;
}

// Eight bits of sRGB or grey, as every saver takes them.
Picture to_eight_bits(Picture picture) {
  if (!picture || (picture->BandFmt == VIPS_FORMAT_UCHAR && picture->Type != VIPS_INTERPRETATION_CMYK))
    return picture;
  VipsImage* converted = nullptr;
  const int failed = vips_colourspace(picture.get(), &converted, VIPS_INTERPRETATION_sRGB, nullptr);
  return take(failed, converted);
}

std::optional<Encoded> encoded(int failed, void* memory, std::size_t bytes, PictureType type) {
  if (failed != 0) {
    note_failure();
    return std::nullopt;
  }
  const auto* begin = static_cast<const std::uint8_t*>(memory);
  Encoded result{.bytes = Bytes(begin, begin + bytes), .type = type};
  g_free(memory);
  return result;
}

bool is_opaque(VipsImage* picture) {
  if (vips_image_hasalpha(picture) == 0) return true;
  VipsImage* band = nullptr;
  const Picture alpha = take(vips_extract_band(picture, &band, picture->Bands - 1, nullptr), band);
  double least = 0;
  return alpha && vips_min(alpha.get(), &least, nullptr) == 0 && least >= 255;
}

}  // namespace

void ReleasePicture::operator()(VipsImage* image) const {
  g_object_unref(image);
}

std::optional<Head> read_head(ByteView file, PictureType type) {
  VipsImage* image = nullptr;
  void* data = const_cast<std::uint8_t*>(file.data());
  int failed = 0;
  switch (type) {
    case PictureType::Jpeg:
      failed = vips_jpegload_buffer(data, file.size(), &image, nullptr);
      break;
    case PictureType::Png:
    case PictureType::Apng:
      failed = vips_pngload_buffer(data, file.size(), &image, nullptr);
      break;
    case PictureType::Gif:
      failed = vips_gifload_buffer(data, file.size(), &image, nullptr);
      break;
    case PictureType::Webp:
      failed = vips_webpload_buffer(data, file.size(), &image, nullptr);
      break;
  }
  const Picture picture = take(failed, image);
  if (!picture) return std::nullopt;
  Head head{.size = size_of(picture.get()),
            .frames = static_cast<std::uint32_t>(std::max(1, vips_image_get_n_pages(picture.get())))};
  if (vips_image_get_orientation_swap(picture.get()) != 0) std::swap(head.size.width, head.size.height);
  return head;
}

Picture shrink(ByteView file, Size box, Fit fit, Frames frames) {
  VipsImage* image = nullptr;
  const int failed = vips_thumbnail_buffer(
      const_cast<std::uint8_t*>(file.data()), file.size(), &image, static_cast<int>(box.width), "height",
      static_cast<int>(box.height), "size", vips_size(fit), "crop", vips_crop(fit), "export_profile", "srgb",
      "option_string", frames == Frames::All ? "n=-1" : "", nullptr);
  return to_eight_bits(in_memory(take(failed, image)));
}

Picture shrink(VipsImage* picture, Size box, Fit fit) {
  VipsImage* image = nullptr;
  const int failed = vips_thumbnail_image(picture, &image, static_cast<int>(box.width), "height",
                                          static_cast<int>(box.height), "size", vips_size(fit), "crop",
                                          vips_crop(fit), nullptr);
  return to_eight_bits(in_memory(take(failed, image)));
}

Size size_of(VipsImage* picture) {
  return {static_cast<std::uint32_t>(picture->Xsize),
          static_cast<std::uint32_t>(vips_image_get_page_height(picture))};
}

Picture crop_frames(VipsImage* picture, Size box) {
  const Size frame = size_of(picture);
  const int width = static_cast<int>(std::min(box.width, frame.width));
  const int height = static_cast<int>(std::min(box.height, frame.height));
  const int left = (static_cast<int>(frame.width) - width) / 2;
  const int top = (static_cast<int>(frame.height) - height) / 2;
  const int count = picture->Ysize / static_cast<int>(frame.height);
  std::vector<Picture> frames;
  std::vector<VipsImage*> pointers;
  for (int i = 0; i < count; ++i) {
    VipsImage* area = nullptr;
    const int y = i * static_cast<int>(frame.height) + top;
    frames.push_back(take(vips_extract_area(picture, &area, left, y, width, height, nullptr), area));
    if (!frames.back()) return nullptr;
    pointers.push_back(frames.back().get());
  }
  VipsImage* joined = nullptr;
  Picture result =
      in_memory(take(vips_arrayjoin(pointers.data(), &joined, count, "across", 1, nullptr), joined));
  if (result) vips_image_set_int(result.get(), VIPS_META_PAGE_HEIGHT, height);
  return result;
}

Picture from_rgba(ByteView pixels, Size size) {
  Picture picture(vips_image_new_from_memory_copy(pixels.data(), pixels.size(), static_cast<int>(size.width),
                                                  static_cast<int>(size.height), 4, VIPS_FORMAT_UCHAR));
  if (!picture) {
    note_failure();
    return nullptr;
  }
  picture->Type = VIPS_INTERPRETATION_sRGB;
  return picture;
}

Picture to_rgba(ByteView png) {
  VipsImage* image = nullptr;
  Picture picture =
      take(vips_pngload_buffer(const_cast<std::uint8_t*>(png.data()), png.size(), &image, nullptr), image);
  if (!picture) return nullptr;
  VipsImage* coloured = nullptr;
  picture = take(vips_colourspace(picture.get(), &coloured, VIPS_INTERPRETATION_sRGB, nullptr), coloured);
  if (!picture) return nullptr;
  if (vips_image_hasalpha(picture.get()) == 0) {
    VipsImage* with_alpha = nullptr;
    picture = take(vips_bandjoin_const1(picture.get(), &with_alpha, 255, nullptr), with_alpha);
  }
  if (picture && picture->Bands != 4) return nullptr;
  return in_memory(std::move(picture));
}

Bytes pixels_of(VipsImage* picture) {
  std::size_t bytes = 0;
  void* memory = vips_image_write_to_memory(picture, &bytes);
  if (memory == nullptr) {
    note_failure();
    return {};
  }
  const auto* begin = static_cast<const std::uint8_t*>(memory);
  Bytes pixels(begin, begin + bytes);
  g_free(memory);
  return pixels;
}

Picture join(const std::vector<Picture>& frames, const Timing& timing) {
  std::vector<VipsImage*> pointers;
  for (const Picture& frame : frames) pointers.push_back(frame.get());
  VipsImage* joined = nullptr;
  const int count = static_cast<int>(pointers.size());
  Picture result =
      in_memory(take(vips_arrayjoin(pointers.data(), &joined, count, "across", 1, nullptr), joined));
  if (!result) return result;
  vips_image_set_int(result.get(), VIPS_META_PAGE_HEIGHT, result->Ysize / count);
  vips_image_set_int(result.get(), "loop", timing.loops);
  vips_image_set_array_int(result.get(), "delay", timing.delays_ms.data(),
                           static_cast<int>(timing.delays_ms.size()));
  return result;
}

std::optional<Encoded> encode_still(Picture picture) {
  if (!picture) return std::nullopt;
  void* memory = nullptr;
  std::size_t bytes = 0;
  if (!is_opaque(picture.get())) {
    const int failed = vips_pngsave_buffer(picture.get(), &memory, &bytes, "strip", 1, "compression",
                                           kPngCompression, nullptr);
    return encoded(failed, memory, bytes, PictureType::Png);
  }
  const int failed = vips_jpegsave_buffer(picture.get(), &memory, &bytes, "strip", 1, "Q", kJpegQuality,
                                          "optimize_coding", 1, nullptr);
  return encoded(failed, memory, bytes, PictureType::Jpeg);
}

std::optional<Bytes> rgb_of(VipsImage* picture) {
  VipsImage* coloured = nullptr;
  Picture opaque = take(vips_colourspace(picture, &coloured, VIPS_INTERPRETATION_sRGB, nullptr), coloured);
  if (opaque && vips_image_hasalpha(opaque.get()) != 0) {
    VipsArrayDouble* white = vips_array_double_newv(3, 255.0, 255.0, 255.0);
    VipsImage* flat = nullptr;
    const int failed = vips_flatten(opaque.get(), &flat, "background", white, nullptr);
    vips_area_unref(reinterpret_cast<VipsArea*>(white));
    opaque = take(failed, flat);
  }
  opaque = in_memory(std::move(opaque));
  if (!opaque || opaque->Bands != 3 || opaque->BandFmt != VIPS_FORMAT_UCHAR) return std::nullopt;
  return pixels_of(opaque.get());
}

std::optional<Bytes> encode_png(ByteView rgb, Size size) {
  Picture picture(vips_image_new_from_memory(rgb.data(), rgb.size(), static_cast<int>(size.width),
                                             static_cast<int>(size.height), 3, VIPS_FORMAT_UCHAR));
  if (!picture) {
    note_failure();
    return std::nullopt;
  }
  picture->Type = VIPS_INTERPRETATION_sRGB;
  void* memory = nullptr;
  std::size_t bytes = 0;
  const int failed = vips_pngsave_buffer(picture.get(), &memory, &bytes, "strip", 1, "compression",
                                         kPngCompression, nullptr);
  auto made = encoded(failed, memory, bytes, PictureType::Png);
  if (!made) return std::nullopt;
  return std::move(made->bytes);
}

std::optional<Encoded> encode_moving(Picture picture) {
  if (!picture) return std::nullopt;
  void* memory = nullptr;
  std::size_t bytes = 0;
  const int failed = vips_webpsave_buffer(picture.get(), &memory, &bytes, "strip", 1, "Q", kWebpQuality,
                                          "effort", kWebpEffort, nullptr);
  return encoded(failed, memory, bytes, PictureType::Webp);
}

}  // namespace kuramori::sandbox::pictures
