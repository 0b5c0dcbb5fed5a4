#include "sandbox/pictures/apng.hpp"

#include <algorithm>
#include <array>

namespace kuramori::sandbox::pictures {
namespace {

constexpr std::string_view kSignature = "\x89PNG\r\n\x1A\n";
constexpr std::size_t kChunkFrame = 12;  // length, type and checksum
constexpr std::size_t kHeadBytes = 13;
constexpr std::size_t kFrameControlBytes = 26;
constexpr std::size_t kSequenceBytes = 4;
constexpr int kDelayMinMs = 10;

std::uint32_t big_endian(ByteView bytes, std::size_t at) {
  return (std::uint32_t{bytes[at]} << 24) | (std::uint32_t{bytes[at + 1]} << 16) |
         (std::uint32_t{bytes[at + 2]} << 8) | bytes[at + 3];
}

void put_big_endian(Bytes& into, std::uint32_t value) {
  for (const int shift : {24, 16, 8, 0}) into.push_back(static_cast<std::uint8_t>(value >> shift));
}

struct Chunk {
  std::string_view type;
  ByteView data;
  ByteView whole;
};

// The chunks of a file in their order; ends at the first that is not whole.
class Chunks {
 public:
  explicit Chunks(ByteView file) : rest_(file.subspan(std::min(file.size(), kSignature.size()))) {}
  std::optional<Chunk> next() {
    if (rest_.size() < kChunkFrame) return std::nullopt;
    const std::size_t length = big_endian(rest_, 0);
    if (length > rest_.size() - kChunkFrame) return std::nullopt;
    const Chunk chunk{as_text(rest_.subspan(4, 4)), rest_.subspan(8, length),
                      rest_.first(length + kChunkFrame)};
    rest_ = rest_.subspan(length + kChunkFrame);
    return chunk;
  }

 private:
  ByteView rest_;
};

// PNG, annex D.
constexpr std::array<std::uint32_t, 256> kCrcTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? 0xEDB88320U ^ (value >> 1) : value >> 1;
    table[i] = value;
  }
  return table;
}();

void put_chunk(Bytes& into, std::string_view type, const std::vector<ByteView>& parts) {
  std::size_t length = 0;
  for (const ByteView part : parts) length += part.size();
  put_big_endian(into, static_cast<std::uint32_t>(length));
  const std::size_t begin = into.size();
  into.insert(into.end(), type.begin(), type.end());
  for (const ByteView part : parts) into.insert(into.end(), part.begin(), part.end());
  std::uint32_t crc = 0xFFFFFFFFU;
  for (std::size_t i = begin; i < into.size(); ++i) crc = kCrcTable[(crc ^ into[i]) & 0xFF] ^ (crc >> 8);
  put_big_endian(into, crc ^ 0xFFFFFFFFU);
}

std::optional<ApngFrame> read_control(ByteView data, Size canvas) {
  if (data.size() != kFrameControlBytes) return std::nullopt;
  ApngFrame frame{.size = {big_endian(data, 4), big_endian(data, 8)},
                  .x = big_endian(data, 12),
                  .y = big_endian(data, 16)};
  const bool is_inside = frame.size.pixels() > 0 && frame.x <= canvas.width && frame.y <= canvas.height &&
                         frame.size.width <= canvas.width - frame.x &&
                         frame.size.height <= canvas.height - frame.y;
  const int over = (data[20] << 8) | data[21];
  const int under = (data[22] << 8) | data[23];
  frame.delay_ms = std::max(kDelayMinMs, over * 1'000 / (under == 0 ? 100 : under));
  if (!is_inside || data[24] > 2 || data[25] > 1) return std::nullopt;
  frame.dispose = static_cast<ApngFrame::Dispose>(data[24]);
  frame.blend = static_cast<ApngFrame::Blend>(data[25]);
  return frame;
}

class Builder {
 public:
  // False when nothing more can be taken.
  bool take(const Chunk& chunk) {
    if (chunk.type == "IHDR") return take_head(chunk.data);
    if (apng_.head.empty() || chunk.type == "IEND") return false;
    if (chunk.type == "acTL" && chunk.data.size() == 8) {
      apng_.loops = big_endian(chunk.data, 4);
    } else if (chunk.type == "PLTE" || chunk.type == "tRNS") {
      if (apng_.shared.size() < 2) apng_.shared.push_back(chunk.whole);
    } else if (chunk.type == "fcTL") {
      return take_control(chunk.data);
    } else if (chunk.type == "IDAT") {
      if (!apng_.frames.empty()) apng_.frames.back().data.push_back(chunk.data);
    } else if (chunk.type == "fdAT") {
      if (apng_.frames.empty() || chunk.data.size() < kSequenceBytes) return false;
      apng_.frames.back().data.push_back(chunk.data.subspan(kSequenceBytes));
    }
    return true;
  }
  std::optional<Apng> finish() && {
    while (!apng_.frames.empty() && apng_.frames.back().data.empty()) apng_.frames.pop_back();
    const bool is_whole =
        std::ranges::none_of(apng_.frames, [](const ApngFrame& f) { return f.data.empty(); });
    if (apng_.frames.empty() || !is_whole) return std::nullopt;
    return std::move(apng_);
  }

 private:
  bool take_head(ByteView data) {
    if (!apng_.head.empty() || data.size() != kHeadBytes) return false;
    apng_.head.assign(data.begin(), data.end());
    apng_.size = {big_endian(data, 0), big_endian(data, 4)};
    return true;
  }
  bool take_control(ByteView data) {
    auto frame = read_control(data, apng_.size);
    if (!frame || apng_.frames.size() >= kApngFramesMax) return false;
    // The first has nothing before it to go back to (11.3.6.2).
    if (apng_.frames.empty() && frame->dispose == ApngFrame::Dispose::Previous)
      frame->dispose = ApngFrame::Dispose::Background;
    apng_.frames.push_back(*std::move(frame));
    return true;
  }
  Apng apng_;
};

struct Place {
  std::size_t canvas;
  std::size_t frame;
  std::size_t bytes;
};
Place row_of(const Apng& apng, const ApngFrame& frame, std::size_t row) {
  const std::size_t bytes = std::size_t{frame.size.width} * 4;
  return {((frame.y + row) * apng.size.width + frame.x) * 4, row * bytes, bytes};
}

std::uint8_t mix(std::uint32_t above, std::uint32_t below, std::uint32_t alpha, std::uint32_t below_alpha,
                 std::uint32_t result_alpha) {
  return static_cast<std::uint8_t>(
      (above * alpha * 255 + below * below_alpha * (255 - alpha) + result_alpha * 127) /
      (result_alpha * 255));
}

void lay_over(std::span<std::uint8_t> below, ByteView above) {
  for (std::size_t i = 0; i < above.size(); i += 4) {
    const std::uint32_t alpha = above[i + 3];
    const std::uint32_t below_alpha = below[i + 3];
    if (alpha == 0) continue;
    const std::uint32_t sum = alpha + below_alpha * (255 - alpha) / 255;
    for (std::size_t band = 0; band < 3; ++band)
      below[i + band] = mix(above[i + band], below[i + band], alpha, below_alpha, sum);
    below[i + 3] = static_cast<std::uint8_t>(sum);
  }
}

void clear(Bytes& canvas, const Apng& apng, const ApngFrame& frame) {
  for (std::size_t row = 0; row < frame.size.height; ++row) {
    const Place place = row_of(apng, frame, row);
    std::fill_n(canvas.begin() + static_cast<std::ptrdiff_t>(place.canvas), place.bytes, std::uint8_t{0});
  }
}

}  // namespace

std::optional<std::uint32_t> apng_frames(ByteView file) {
  Chunks chunks(file);
  while (const auto chunk = chunks.next()) {
    if (chunk->type == "IDAT") return std::nullopt;
    if (chunk->type == "acTL" && chunk->data.size() == 8) return std::max(1U, big_endian(chunk->data, 0));
  }
  return std::nullopt;
}

std::optional<Apng> read_apng(ByteView file) {
  Chunks chunks(file);
  Builder builder;
  while (const auto chunk = chunks.next()) {
    if (!builder.take(*chunk)) break;
  }
  return std::move(builder).finish();
}

Bytes frame_file(const Apng& apng, const ApngFrame& frame) {
  Bytes head;
  put_big_endian(head, frame.size.width);
  put_big_endian(head, frame.size.height);
  head.insert(head.end(), apng.head.begin() + 8, apng.head.end());
  Bytes file(kSignature.begin(), kSignature.end());
  put_chunk(file, "IHDR", {head});
  for (const ByteView chunk : apng.shared) file.insert(file.end(), chunk.begin(), chunk.end());
  put_chunk(file, "IDAT", frame.data);
  put_chunk(file, "IEND", {});
  return file;
}

void draw(Bytes& canvas, const Apng& apng, const ApngFrame& frame, ByteView pixels) {
  for (std::size_t row = 0; row < frame.size.height; ++row) {
    const Place place = row_of(apng, frame, row);
    const ByteView from = pixels.subspan(place.frame, place.bytes);
    const std::span<std::uint8_t> to = std::span(canvas).subspan(place.canvas, place.bytes);
    if (frame.blend == ApngFrame::Blend::Source) {
      std::ranges::copy(from, to.begin());
    } else {
      lay_over(to, from);
    }
  }
}

Picture shrink_apng(ByteView file, Size size, Size box, bool is_cropped) {
  const auto apng = read_apng(file);
  if (!apng || apng->size.width != size.width || apng->size.height != size.height) return nullptr;
  Bytes canvas(static_cast<std::size_t>(size.pixels()) * 4);
  std::vector<Picture> frames;
  Timing timing;
  // A file may say 0 for "forever", which is also how it is said to the writer.
  timing.loops = static_cast<int>(std::min(apng->loops, 65'535U));
  for (const ApngFrame& frame : apng->frames) {
    const Bytes png = frame_file(*apng, frame);
    const Picture picture = to_rgba(png);
    if (!picture) break;
    const Bytes pixels = pixels_of(picture.get());
    if (pixels.size() != frame.size.pixels() * 4) break;
    Bytes before;
    if (frame.dispose == ApngFrame::Dispose::Previous) before = canvas;
    draw(canvas, *apng, frame, pixels);
    const Picture whole = from_rgba(canvas, size);
    Picture small = whole ? shrink(whole.get(), box, is_cropped ? Fit::Crop : Fit::Inside) : nullptr;
    if (!small) return nullptr;
    frames.push_back(std::move(small));
    timing.delays_ms.push_back(frame.delay_ms);
    if (frame.dispose == ApngFrame::Dispose::Previous) canvas = std::move(before);
    if (frame.dispose == ApngFrame::Dispose::Background) clear(canvas, *apng, frame);
  }
  return frames.empty() ? nullptr : join(frames, timing);
}

}  // namespace kuramori::sandbox::pictures
