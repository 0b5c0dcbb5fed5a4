// Any octets as each kind of an Office document, whatever they look like: the first octet chooses.
#include <array>
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
  if (size < 1) return 0;
  constexpr std::array kReaders{extract_word,          extract_sheets,        extract_slides,
                                extract_open_document, extract_compound_file, extract_rtf};
  const ExtractRequest request{.depth_max = 2,
                               .entries_max = 100,
                               .time_ms_max = 2'000,
                               .inflated_bytes_max = 8 << 20,
                               .text_bytes_max = 1 << 20};
  Extraction extraction(request);
  kReaders[data[0] % kReaders.size()](ByteView(data + 1, size - 1), Position{}, extraction);
  const Extract extract = std::move(extraction).finish();
  std::size_t text_bytes = 0;
  for (const ExtractedText& text : extract.texts) text_bytes += text.text.size();
  if (text_bytes > request.text_bytes_max) __builtin_trap();
  if (!Extract::decode(extract.encode())) __builtin_trap();
  return 0;
}
