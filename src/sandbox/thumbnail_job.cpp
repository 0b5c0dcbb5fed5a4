#include "sandbox/thumbnail_job.hpp"

#include "sandbox/wire.hpp"

namespace kuramori::sandbox {

Bytes ThumbnailRequest::encode() const {
  return WireWriter()
      .u8(static_cast<std::uint8_t>(method))
      .u8(static_cast<std::uint8_t>(movement))
      .u32(width)
      .u32(height)
      .u64(pixels_max)
      .take();
}

std::optional<ThumbnailRequest> ThumbnailRequest::decode(ByteView bytes) {
  WireReader reader(bytes);
  const std::uint8_t method = reader.u8();
  const std::uint8_t movement = reader.u8();
  ThumbnailRequest request{.method = static_cast<Method>(method),
                           .movement = static_cast<Movement>(movement),
                           .width = reader.u32(),
                           .height = reader.u32(),
                           .pixels_max = reader.u64()};
  if (!reader.is_whole() || method > 2 || movement > 1) return std::nullopt;
  return request;
}

std::string_view media_type(PictureType type) {
  switch (type) {
    case PictureType::Jpeg:
      return "image/jpeg";
    case PictureType::Png:
      return "image/png";
    case PictureType::Apng:
      return "image/apng";
    case PictureType::Gif:
      return "image/gif";
    case PictureType::Webp:
      return "image/webp";
  }
  return "";
}

std::optional<PictureType> picture_type_of(ByteView beginning) {
  const std::string_view text = as_text(beginning);
  if (text.starts_with("\xFF\xD8\xFF")) return PictureType::Jpeg;
  if (text.starts_with("\x89PNG\r\n\x1A\n")) return PictureType::Png;
  if (text.starts_with("GIF87a") || text.starts_with("GIF89a")) return PictureType::Gif;
  if (text.starts_with("RIFF") && text.size() >= 12 && text.substr(8, 4) == "WEBP") return PictureType::Webp;
  return std::nullopt;
}

Bytes ThumbnailSummary::encode() const {
  return WireWriter()
      .u8(static_cast<std::uint8_t>(kind))
      .u8(static_cast<std::uint8_t>(type))
      .u32(width)
      .u32(height)
      .take();
}

std::optional<ThumbnailSummary> ThumbnailSummary::decode(ByteView bytes) {
  WireReader reader(bytes);
  const std::uint8_t kind = reader.u8();
  const std::uint8_t type = reader.u8();
  ThumbnailSummary summary{.kind = static_cast<Kind>(kind),
                           .type = static_cast<PictureType>(type),
                           .width = reader.u32(),
                           .height = reader.u32()};
  if (!reader.is_whole() || kind > 1 || type > static_cast<std::uint8_t>(PictureType::Webp))
    return std::nullopt;
  return summary;
}

Bytes encode(PictureRefusal refusal) {
  return WireWriter().u8(static_cast<std::uint8_t>(refusal)).take();
}

std::optional<PictureRefusal> decode_refusal(ByteView bytes) {
  WireReader reader(bytes);
  const std::uint8_t value = reader.u8();
  if (!reader.is_whole() || value > 2) return std::nullopt;
  return static_cast<PictureRefusal>(value);
}

}  // namespace kuramori::sandbox
