#include "media/thumbnail_wish.hpp"

#include <array>

namespace kuramori::media {
namespace {

struct Size {
  std::uint32_t width;
  std::uint32_t height;
};
constexpr std::array<Size, 5> kSizes{{{32, 32}, {96, 96}, {320, 240}, {640, 480}, {800, 600}}};
constexpr std::size_t kFirstScaled = 2;

}  // namespace

ThumbnailWish made_size(ThumbnailWish asked) {
  if (asked.method != ThumbnailWish::Method::Original) {
    for (std::size_t i = asked.method == ThumbnailWish::Method::Crop ? 0 : kFirstScaled; i < kSizes.size();
         ++i) {
      if (kSizes[i].width < asked.width || kSizes[i].height < asked.height) continue;
      return {asked.method, kSizes[i].width, kSizes[i].height, asked.movement};
    }
  }
  return {ThumbnailWish::Method::Original, 0, 0, asked.movement};
}

std::string variant_name(const ThumbnailWish& wish) {
  std::string name = "original";
  if (wish.method != ThumbnailWish::Method::Original) {
    name = wish.method == ThumbnailWish::Method::Crop ? "crop-" : "scale-";
    name += std::to_string(wish.width) + "x" + std::to_string(wish.height);
  }
  if (wish.movement == ThumbnailWish::Movement::Keep) name += "-moving";
  return name;
}

}  // namespace kuramori::media
