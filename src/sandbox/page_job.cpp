#include "sandbox/page_job.hpp"

#include <array>

#include "sandbox/wire.hpp"

namespace kuramori::sandbox {

Bytes PageRequest::encode() const {
  WireWriter writer;
  writer.u8(static_cast<std::uint8_t>(what))
      .u32(page)
      .u32(width)
      .u32(pages_max)
      .u32(time_ms_max)
      .u64(pixels_max)
      .u64(text_bytes_max)
      .u8(static_cast<std::uint8_t>(mark.size()));
  for (const std::string& line : mark) writer.text(line);
  return writer.take();
}

std::optional<PageRequest> PageRequest::decode(ByteView bytes) {
  WireReader reader(bytes);
  const std::uint8_t what = reader.u8();
  PageRequest request{.what = static_cast<What>(what),
                      .page = reader.u32(),
                      .width = reader.u32(),
                      .pages_max = reader.u32(),
                      .time_ms_max = reader.u32(),
                      .pixels_max = reader.u64(),
                      .text_bytes_max = reader.u64()};
  const std::uint8_t lines = reader.u8();
  if (what > 2 || lines > kMarkLinesMax) return std::nullopt;
  for (std::uint8_t i = 0; i < lines && reader.is_good(); ++i) {
    request.mark.push_back(reader.text());
    if (request.mark.back().size() > kMarkLineBytesMax) return std::nullopt;
  }
  if (!reader.is_whole()) return std::nullopt;
  return request;
}

std::string_view to_string(PageKind kind) {
  constexpr std::array<std::string_view, 3> kNames{"picture", "document", "text"};
  return kNames[static_cast<std::size_t>(kind)];
}

Bytes PageSummary::encode() const {
  return WireWriter()
      .u8(static_cast<std::uint8_t>(kind))
      .u8(static_cast<std::uint8_t>(shown))
      .u32(pages)
      .u32(width)
      .u32(height)
      .take();
}

std::optional<PageSummary> PageSummary::decode(ByteView bytes) {
  WireReader reader(bytes);
  const std::uint8_t kind = reader.u8();
  const std::uint8_t shown = reader.u8();
  PageSummary summary{.kind = static_cast<PageKind>(kind),
                      .shown = static_cast<Pages>(shown),
                      .pages = reader.u32(),
                      .width = reader.u32(),
                      .height = reader.u32()};
  if (!reader.is_whole() || kind > 2 || shown > 1 || summary.pages == 0) return std::nullopt;
  return summary;
}

Bytes encode(PageRefusal refusal) {
  return WireWriter().u8(static_cast<std::uint8_t>(refusal)).take();
}

std::optional<PageRefusal> decode_page_refusal(ByteView bytes) {
  WireReader reader(bytes);
  const std::uint8_t value = reader.u8();
  if (!reader.is_whole() || value >= kPageRefusals) return std::nullopt;
  return static_cast<PageRefusal>(value);
}

}  // namespace kuramori::sandbox
