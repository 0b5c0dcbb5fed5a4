// Any octets as text to be laid out: within the pages, each line within the paper.
#include <cstdint>

#include "base/assert.hpp"
#include "sandbox/pages/text_pages.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kuramori;
  using namespace kuramori::sandbox::pages;
  const Typeface* face = Typeface::shared();
  ensure(face != nullptr, "fonts are missing");
  constexpr std::uint32_t kPagesMax = 3;
  const TextPages pages = lay_out(as_text(ByteView(data, size)), *face, {.pages_max = kPagesMax});
  ensure(pages.count() <= kPagesMax, "more pages than there may be");
  for (const std::u32string& line : pages.lines) {
    const int most = (Paper::kWidth - 2 * Paper::kMargin) * Typeface::kUnits / Paper::kFontSize;
    ensure(line.size() <= 1 || face->width_of(line) <= most, "a line is wider than the paper");
  }
  return 0;
}
