// What is asked of the job "thumbnail", and what it answers. Between the server, which links no picture
// library, and the sandboxed program, which does.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"

namespace kuramori::sandbox {

struct ThumbnailRequest {
  enum class Method : std::uint8_t {
    Crop,
    Scale,
    Original
  };  // Original: as it is, at most without its movement
  enum class Movement : std::uint8_t { Still, Keep };
  Method method = Method::Scale;
  Movement movement = Movement::Still;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint64_t pixels_max = 100'000'000;  // of one picture, or of all of a moving one

  Bytes encode() const;
  static std::optional<ThumbnailRequest> decode(ByteView bytes);
};

enum class PictureType : std::uint8_t { Jpeg, Png, Apng, Gif, Webp };
std::string_view media_type(PictureType type);
// By the first octets; nothing is parsed.
std::optional<PictureType> picture_type_of(ByteView beginning);

// With verdict Done. The output is the picture, or empty when the original serves as it is.
struct ThumbnailSummary {
  enum class Kind : std::uint8_t { Made, AsItIs };
  Kind kind = Kind::Made;
  PictureType type = PictureType::Jpeg;
  std::uint32_t width = 0;
  std::uint32_t height = 0;

  Bytes encode() const;
  static std::optional<ThumbnailSummary> decode(ByteView bytes);
};

// With verdict Refused.
enum class PictureRefusal : std::uint8_t { NoPicture, TooLarge, Damaged };
Bytes encode(PictureRefusal refusal);
std::optional<PictureRefusal> decode_refusal(ByteView bytes);

}  // namespace kuramori::sandbox
