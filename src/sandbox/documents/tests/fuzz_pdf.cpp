// Any octets as a PDF, whatever they look like.
#include "sandbox/documents/tests/fuzz_extraction.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kuramori;
  using namespace kuramori::sandbox;
  using namespace kuramori::sandbox::documents;
  const ExtractRequest request{.pictures = ExtractRequest::Pictures::Give,
                               .depth_max = 2,
                               .pages_max = 4,
                               .pictures_max = 2,
                               .time_ms_max = 2'000,
                               .text_bytes_max = 1 << 20,
                               .picture_bytes_max = 8 << 20};
  static_cast<void>(fuzzing::extract_with(
      request, [&](Extraction& extraction) { extract_pdf(ByteView(data, size), Position{}, extraction); }));
  return 0;
}
