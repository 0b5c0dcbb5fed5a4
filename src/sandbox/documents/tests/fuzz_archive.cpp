// Any octets as an archive or as one compressed file, whatever they look like: no bomb goes beyond what may
// be inflated.
#include "sandbox/documents/tests/fuzz_extraction.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kuramori;
  using namespace kuramori::sandbox;
  using namespace kuramori::sandbox::documents;
  if (size < 1) return 0;
  const ExtractRequest request{.depth_max = 3,
                               .entries_max = 50,
                               .time_ms_max = 2'000,
                               .inflated_bytes_max = 4 << 20,
                               .text_bytes_max = 1 << 20};
  const auto read = data[0] % 2 == 0 ? extract_archive : extract_compressed;
  const ByteView content(data + 1, size - 1);
  const Extract extract =
      fuzzing::extract_with(request, [&](Extraction& extraction) { read(content, Position{}, extraction); });
  if (extract.files.size() > request.entries_max) __builtin_trap();
  return 0;
}
