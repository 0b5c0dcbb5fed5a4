// What is asked of the job "ocr", and what it answers: the text in one picture.
#pragma once
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"

namespace kuramori::sandbox {

struct OcrRequest {
  std::uint64_t pixels_max = 40'000'000;
  std::uint32_t time_ms_max = 20'000;

  Bytes encode() const;
  static std::optional<OcrRequest> decode(ByteView bytes);
};

// With verdict Done. The output is the text, UTF-8.
struct OcrSummary {
  enum class Read : std::uint8_t { Whole, UntilTime };
  Read read = Read::Whole;
  std::uint32_t confidence_percent = 0;  // the mean of its words

  Bytes encode() const;
  static std::optional<OcrSummary> decode(ByteView bytes);
};

// With verdict Refused.
enum class OcrRefusal : std::uint8_t { NoPicture, TooLarge };
Bytes encode(OcrRefusal refusal);
std::optional<OcrRefusal> decode_ocr_refusal(ByteView bytes);

}  // namespace kuramori::sandbox
