#include "sandbox/ocr_job.hpp"

#include "sandbox/wire.hpp"

namespace kuramori::sandbox {

Bytes OcrRequest::encode() const {
  return WireWriter().u64(pixels_max).u32(time_ms_max).take();
}

std::optional<OcrRequest> OcrRequest::decode(ByteView bytes) {
  WireReader reader(bytes);
  OcrRequest request{.pixels_max = reader.u64(), .time_ms_max = reader.u32()};
  if (!reader.is_whole()) return std::nullopt;
  return request;
}

Bytes OcrSummary::encode() const {
  return WireWriter().u8(static_cast<std::uint8_t>(read)).u32(confidence_percent).take();
}

std::optional<OcrSummary> OcrSummary::decode(ByteView bytes) {
  WireReader reader(bytes);
  const std::uint8_t read = reader.u8();
  OcrSummary summary{.read = static_cast<Read>(read), .confidence_percent = reader.u32()};
  if (!reader.is_whole() || read > 1 || summary.confidence_percent > 100) return std::nullopt;
  return summary;
}

Bytes encode(OcrRefusal refusal) {
  return WireWriter().u8(static_cast<std::uint8_t>(refusal)).take();
}

std::optional<OcrRefusal> decode_ocr_refusal(ByteView bytes) {
  WireReader reader(bytes);
  const std::uint8_t value = reader.u8();
  if (!reader.is_whole() || value > 1) return std::nullopt;
  return static_cast<OcrRefusal>(value);
}

}  // namespace kuramori::sandbox
