// Any octets as a file: what comes back is within its limits, and can be read again.
#include "sandbox/documents/tests/fuzz_extraction.hpp"
#include "sandbox/extract_job.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kuramori::sandbox;
  const ExtractRequest request{.pictures = ExtractRequest::Pictures::Give,
                               .depth_max = 3,
                               .entries_max = 100,
                               .pages_max = 4,
                               .pictures_max = 2,
                               .time_ms_max = 2'000,
                               .inflated_bytes_max = 8 << 20,
                               .text_bytes_max = 1 << 20,
                               .picture_bytes_max = 8 << 20};
  const Answer answer = documents::extract(request.encode(), {data, size});
  if (answer.verdict != Verdict::Done) __builtin_trap();
  const auto extract = Extract::decode(answer.output);
  if (!extract || extract->media_type.empty()) __builtin_trap();
  documents::fuzzing::check_limits(*extract, request);
  if (extract->encode() != answer.output) __builtin_trap();
  return 0;
}
