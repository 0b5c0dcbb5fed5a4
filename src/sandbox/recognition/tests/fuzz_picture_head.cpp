// Any octets as a picture to recognise: refused, or read within its limits. The engine is not loaded: what is
// examined is how pictures are opened.
#include <cstdint>

#include "sandbox/ocr_job.hpp"
#include "sandbox/recognition/recognise.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kuramori::sandbox;
  recognition::silence();
  const OcrRequest request{.pixels_max = 1'000'000};
  static_cast<void>(recognition::open_picture({data, size}, request));
  return 0;
}
