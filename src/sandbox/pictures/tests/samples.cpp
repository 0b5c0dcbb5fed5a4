#include "samples.hpp"

#include <vips/vips.h>

#include <stdexcept>

namespace kuramori::sandbox::pictures::testing {
namespace {

Picture checked(int failed, VipsImage* image) {
  if (failed != 0) throw std::runtime_error(vips_error_buffer());
  return Picture(image);
}

constexpr const char* kComment = "exif-ifd0-ImageDescription";

}  // namespace

Picture drawing(Size size, int bands, int frames) {
  VipsImage* image = nullptr;
  const int width = static_cast<int>(size.width);
  const int height = static_cast<int>(size.height) * frames;
  Picture black = checked(vips_black(&image, width, height, "bands", bands, nullptr), image);
  const double one[] = {1, 1, 1, 1};
  const double colour[] = {200, 40, 40, 128};
  Picture coloured =
      checked(vips_linear(black.get(), &image, one, colour, bands, "uchar", 1, nullptr), image);
  const int kind = bands < 3 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB;
  Picture picture = checked(vips_copy(coloured.get(), &image, "interpretation", kind, nullptr), image);
  Picture drawn(vips_image_copy_memory(picture.get()));
  double blue[] = {20, 20, 220, 255};
  // In its upper left corner, and elsewhere in each further frame.
  for (int i = 0; i < frames; ++i) {
    const int y = i * static_cast<int>(size.height) + i;
    vips_draw_rect(drawn.get(), blue, bands, 0, y, width / 4 + 1, static_cast<int>(size.height) / 4 + 1,
                   "fill", 1, nullptr);
  }
  if (frames > 1) {
    vips_image_set_int(drawn.get(), VIPS_META_PAGE_HEIGHT, static_cast<int>(size.height));
    const std::vector<int> delays(static_cast<std::size_t>(frames), 120);
    vips_image_set_array_int(drawn.get(), "delay", delays.data(), frames);
  }
  return drawn;
}

Bytes encode(VipsImage* picture, const std::string& suffix) {
  void* memory = nullptr;
  std::size_t bytes = 0;
  if (vips_image_write_to_buffer(picture, suffix.c_str(), &memory, &bytes, nullptr) != 0)
    throw std::runtime_error(vips_error_buffer());
  const auto* begin = static_cast<const std::uint8_t*>(memory);
  Bytes file(begin, begin + bytes);
  g_free(memory);
  return file;
}

Bytes sample(Size size, const std::string& suffix, int bands, int frames) {
  return encode(drawing(size, bands, frames).get(), suffix);
}

void turn(VipsImage* picture, int orientation) {
  vips_image_set_int(picture, VIPS_META_ORIENTATION, orientation);
}

void add_comment(VipsImage* picture, const std::string& text) {
  vips_image_set_string(picture, kComment,
                        (text + " (" + text + ", ASCII, " + std::to_string(text.size()) + " components, " +
                         std::to_string(text.size()) + " bytes)")
                            .c_str());
}

std::string big_endian(std::uint32_t value) {
  std::string text;
  for (const int shift : {24, 16, 8, 0}) text.push_back(static_cast<char>(value >> shift));
  return text;
}

Bytes png_chunk(std::string_view type, ByteView data) {
  std::string body(type);
  body += as_text(data);
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const char c : body) {
    crc ^= static_cast<std::uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? 0xEDB88320U ^ (crc >> 1) : crc >> 1;
  }
  const std::string chunk = big_endian(static_cast<std::uint32_t>(data.size())) + body + big_endian(~crc);
  return {chunk.begin(), chunk.end()};
}

Bytes apng(const std::vector<Placed>& frames) {
  Bytes file;
  std::uint32_t sequence = 0;
  const auto append = [&file](std::string_view type, std::string_view data) {
    const Bytes chunk = png_chunk(type, as_bytes(data));
    file.insert(file.end(), chunk.begin(), chunk.end());
  };
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const Placed& frame = frames[i];
    const std::string_view png = as_text(frame.png);
    if (i == 0) {
      file.assign(frame.png.begin(), frame.png.begin() + 33);  // signature and IHDR
      append("acTL", big_endian(static_cast<std::uint32_t>(frames.size())) + big_endian(0));
    }
    std::string control = big_endian(sequence++) + big_endian(frame.size.width) +
                          big_endian(frame.size.height) + big_endian(frame.x) + big_endian(frame.y) +
                          std::string("\0\x07\0\x64", 4);
    control.push_back(static_cast<char>(frame.dispose));
    control.push_back(static_cast<char>(frame.blend));
    append("fcTL", control);
    for (std::size_t at = 8; at + 12 <= png.size();) {
      const auto byte = [&](std::size_t n) { return std::size_t{static_cast<std::uint8_t>(png[at + n])}; };
      const std::size_t length = (byte(0) << 24) | (byte(1) << 16) | (byte(2) << 8) | byte(3);
      const std::string data(png.substr(at + 8, length));
      if (png.substr(at + 4, 4) == "IDAT" && i == 0) append("IDAT", data);
      if (png.substr(at + 4, 4) == "IDAT" && i > 0) append("fdAT", big_endian(sequence++) + data);
      at += length + 12;
    }
  }
  append("IEND", "");
  return file;
}

Pixel pixel(ByteView file, int x, int y, int frame) {
  Picture picture(vips_image_new_from_buffer(file.data(), file.size(), frame > 0 ? "n=-1" : "", nullptr));
  if (!picture) throw std::runtime_error(vips_error_buffer());
  double* values = nullptr;
  int count = 0;
  const int row = frame * vips_image_get_page_height(picture.get()) + y;
  if (vips_getpoint(picture.get(), &values, &count, x, row, nullptr) != 0)
    throw std::runtime_error(vips_error_buffer());
  Pixel result;
  result.red = static_cast<int>(values[0]);
  if (count > 2) {
    result.green = static_cast<int>(values[1]);
    result.blue = static_cast<int>(values[2]);
  }
  if (count > 3) result.alpha = static_cast<int>(values[3]);
  g_free(values);
  return result;
}

Looks look(ByteView file) {
  Picture picture(vips_image_new_from_buffer(file.data(), file.size(), "", nullptr));
  if (!picture) throw std::runtime_error(vips_error_buffer());
  Looks looks{.size = size_of(picture.get()),
              .frames = vips_image_get_n_pages(picture.get()),
              .has_comment = false,
              .delays_ms = {}};
  looks.has_comment = vips_image_get_typeof(picture.get(), kComment) != 0 ||
                      vips_image_get_typeof(picture.get(), VIPS_META_ICC_NAME) != 0 ||
                      vips_image_get_typeof(picture.get(), VIPS_META_EXIF_NAME) != 0;
  int* delays = nullptr;
  int count = 0;
  if (vips_image_get_typeof(picture.get(), "delay") != 0 &&
      vips_image_get_array_int(picture.get(), "delay", &delays, &count) == 0) {
    looks.delays_ms.assign(delays, delays + count);
  }
  return looks;
}

}  // namespace kuramori::sandbox::pictures::testing
