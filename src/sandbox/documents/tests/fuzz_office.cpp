// Any octets as each kind of an Office document, whatever they look like: the first octet chooses.
#include <array>

#include "sandbox/documents/tests/fuzz_extraction.hpp"

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
  const auto read = kReaders[data[0] % kReaders.size()];
  const ByteView content(data + 1, size - 1);
  static_cast<void>(
      fuzzing::extract_with(request, [&](Extraction& extraction) { read(content, Position{}, extraction); }));
  return 0;
}
