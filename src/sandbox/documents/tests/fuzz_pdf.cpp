// Any octets as a PDF, whatever they look like.
#include <cstdint>

#include "sandbox/documents/extract.hpp"
#include "sandbox/documents/extractors.hpp"

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  if (!kuramori::sandbox::documents::warm()) __builtin_trap();
  return 0;
}

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
  Extraction extraction(request);
  extract_pdf(ByteView(data, size), Position{}, extraction);
  const Extract extract = std::move(extraction).finish();
  if (extract.pictures.size() > request.pictures_max || !Extract::decode(extract.encode())) __builtin_trap();
  return 0;
}
