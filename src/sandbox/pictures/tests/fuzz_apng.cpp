// Any bytes as a moving PNG: frames lie within the whole, and can be taken out and drawn.
#include <cstddef>
#include <cstdint>

#include "base/assert.hpp"
#include "sandbox/pictures/apng.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kuramori;
  using namespace kuramori::sandbox::pictures;
  const ByteView file(data, size);
  static_cast<void>(apng_frames(file));
  const auto apng = read_apng(file);
  if (!apng) return 0;
  ensure(!apng->frames.empty() && apng->frames.size() <= kApngFramesMax,
         "a moving picture has frames, within bounds");
  const bool is_drawn = apng->size.pixels() <= 10'000;
  Bytes canvas(is_drawn ? static_cast<std::size_t>(apng->size.pixels()) * 4 : 0);
  for (const ApngFrame& frame : apng->frames) {
    ensure(frame.size.pixels() > 0 && frame.x + frame.size.width <= apng->size.width &&
               frame.y + frame.size.height <= apng->size.height,
           "a frame lies within the whole");
    ensure(frame_file(*apng, frame).size() > 8, "a frame is a file of its own");
    if (is_drawn)
      draw(canvas, *apng, frame, Bytes(static_cast<std::size_t>(frame.size.pixels()) * 4, data[0]));
  }
  return 0;
}
