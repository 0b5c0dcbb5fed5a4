// Any octets as a file to be shown: the first says which page, and how. What is answered decodes, and a page
// is a picture.
#include <cstdint>

#include "base/assert.hpp"
#include "sandbox/pages/page.hpp"
#include "sandbox/thumbnail_job.hpp"

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  kuramori::ensure(kuramori::sandbox::pages::warm(), "fonts are missing");
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kuramori;
  using namespace kuramori::sandbox;
  if (size < 1) return 0;
  const PageRequest request{.what = static_cast<PageRequest::What>(data[0] % 3),
                            .page = std::uint32_t{1} + data[0] % 5,
                            .width = 320,
                            .pages_max = 4,
                            .time_ms_max = 2'000,
                            .pixels_max = 4'000'000,
                            .text_bytes_max = 65'536,
                            .mark = {"@fuzz:example.org", "時刻"}};
  const Answer answer = pages::make_page(request.encode(), ByteView(data + 1, size - 1));
  if (answer.verdict == Verdict::Refused) {
    ensure(decode_page_refusal(answer.summary).has_value(), "a refusal says why");
    return 0;
  }
  const auto summary = PageSummary::decode(answer.summary);
  ensure(summary.has_value(), "a page says what it is");
  const bool is_outline = request.what == PageRequest::What::Outline;
  ensure(is_outline == answer.output.empty(), "a page has a picture");
  ensure(is_outline || picture_type_of(answer.output) == PictureType::Png, "the picture is a PNG");
  return 0;
}
