#include "sandbox/pictures/thumbnail.hpp"

#include <algorithm>
#include <cmath>

#include "sandbox/pictures/apng.hpp"
#include "sandbox/pictures/picture.hpp"

namespace kuramori::sandbox::pictures {
namespace {

using Method = ThumbnailRequest::Method;
using Movement = ThumbnailRequest::Movement;

constexpr std::uint32_t kFramesMax = 1'000;
constexpr std::uint64_t kMadePixelsMax = 60'000'000;  // of all frames of what is made

Answer refused(PictureRefusal why) {
  return {.verdict = Verdict::Refused, .summary = encode(why), .output = {}};
}

Answer as_it_is(PictureType type, Size size) {
  const ThumbnailSummary summary{
      .kind = ThumbnailSummary::Kind::AsItIs, .type = type, .width = size.width, .height = size.height};
  return {.verdict = Verdict::Done, .summary = summary.encode(), .output = {}};
}

Answer made(std::optional<Encoded> picture, Size size) {
  if (!picture) return refused(PictureRefusal::Damaged);
  const ThumbnailSummary summary{.kind = ThumbnailSummary::Kind::Made,
                                 .type = picture->type,
                                 .width = size.width,
                                 .height = size.height};
  return {.verdict = Verdict::Done, .summary = summary.encode(), .output = std::move(picture->bytes)};
}

// The size at which a picture just covers a box, or its own when that is smaller.
Size covering(Size picture, Size box) {
  const double scale = std::min(1.0, std::max(static_cast<double>(box.width) / picture.width,
                                              static_cast<double>(box.height) / picture.height));
  const auto scaled = [scale](std::uint32_t length) {
    return std::max(1U, static_cast<std::uint32_t>(std::lround(length * scale)));
  };
  return {scaled(picture.width), scaled(picture.height)};
}

Picture moving(ByteView file, PictureType type, const Head& head, Size box, Method method) {
  if (type == PictureType::Apng) return shrink_apng(file, head.size, box, method == Method::Crop);
  if (method != Method::Crop) return shrink(file, box, Fit::Inside, Frames::All);
  const Picture whole = shrink(file, covering(head.size, box), Fit::Exactly, Frames::All);
  return whole ? crop_frames(whole.get(), box) : nullptr;
}

}  // namespace

Answer make_thumbnail(ByteView parameters, ByteView file) {
  const auto request = ThumbnailRequest::decode(parameters);
  auto type = picture_type_of(file);
  if (!request || !type) return refused(PictureRefusal::NoPicture);
  auto head = read_head(file, *type);
  if (!head) return refused(PictureRefusal::Damaged);
  if (*type == PictureType::Png) {
    if (const auto frames = apng_frames(file)) {
      type = PictureType::Apng;
      head->frames = *frames;
    }
  }
  if (head->size.pixels() == 0 || head->size.pixels() > request->pixels_max) {
    return refused(PictureRefusal::TooLarge);
  }
  const Size box = request->method == Method::Original ? head->size : Size{request->width, request->height};
  if (box.pixels() == 0) return refused(PictureRefusal::NoPicture);
  const bool is_small = head->size.width <= box.width && head->size.height <= box.height;
  const bool is_moving = head->frames > 1;
  const bool is_kept = is_moving && request->movement == Movement::Keep;
  if (is_small && (!is_moving || is_kept)) return as_it_is(*type, head->size);
  if (is_kept && head->frames <= kFramesMax && head->frames * head->size.pixels() <= request->pixels_max &&
      head->frames * box.pixels() <= kMadePixelsMax) {
    Picture picture = moving(file, *type, *head, box, request->method);
    if (picture) {
      const Size size = size_of(picture.get());
      if (auto encoded = encode_moving(std::move(picture))) return made(std::move(encoded), size);
    }
  }
  Picture picture =
      shrink(file, box, request->method == Method::Crop ? Fit::Crop : Fit::Inside, Frames::First);
  if (!picture) return refused(PictureRefusal::Damaged);
  const Size size = size_of(picture.get());
  return made(encode_still(std::move(picture)), size);
}

}  // namespace kuramori::sandbox::pictures
