// Which thumbnail somebody asks for, of those that are made (client-server API, "Thumbnails").
#pragma once
#include <cstdint>
#include <string>

namespace kuramori::media {

struct ThumbnailWish {
  enum class Method : std::uint8_t { Crop, Scale, Original };
  enum class Movement : std::uint8_t { Still, Keep };
  Method method = Method::Scale;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  Movement movement = Movement::Still;
};

// The smallest of the five sizes that is not smaller than what is asked for; beyond the largest, the
// original: nobody gets less than was asked for.
ThumbnailWish made_size(ThumbnailWish asked);

// "crop-96x96", "scale-320x240-moving", "original".
std::string variant_name(const ThumbnailWish& wish);

}  // namespace kuramori::media
