#include <array>
#include <string_view>

#include "sandbox/documents/extract.hpp"
#include "sandbox/pages/page.hpp"
#include "sandbox/pages/typeface.hpp"
#include "sandbox/pictures/warm.hpp"

namespace kuramori::sandbox::pages {
namespace {

// One page with a line on it; and one transparent pixel.
constexpr std::string_view kSmallPdf =
    "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 36 36]/Contents 4 0 R>>endobj\n"
    "4 0 obj<</Length 22>>stream\n1 0 0 RG 2 2 m 30 30 l S\nendstream endobj\ntrailer<</Root 1 0 R>>\n";
constexpr std::array<std::uint8_t, 70> kPixel{
    0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0x00, 0x00, 0x00, 0x0D, 0x49, 0x48,
    0x44, 0x52, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x06, 0x00, 0x00,
    0x00, 0x1F, 0x15, 0xC4, 0x89, 0x00, 0x00, 0x00, 0x0D, 0x49, 0x44, 0x41, 0x54, 0x78,
    0x9C, 0x63, 0x10, 0x50, 0x30, 0x70, 0x00, 0x00, 0x01, 0x45, 0x00, 0xA1, 0x51, 0x86,
    0x26, 0x4F, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82};

bool is_drawn(ByteView file) {
  const PageRequest request{
      .what = PageRequest::What::Page, .width = 320, .mark = {"@warm:example.org", "温 暖"}};
  return make_page(request.encode(), file).verdict == Verdict::Done;
}

}  // namespace

bool warm() {
  // What is mapped is read now: a page fault of a font costs more while somebody waits.
  if (Typeface::shared() == nullptr) return false;
  if (!documents::warm() || !pictures::warm()) return false;
  return is_drawn(as_bytes(kSmallPdf)) && is_drawn(kPixel) &&
         is_drawn(as_bytes(std::string_view("Some words.\n几个字。")));
}

}  // namespace kuramori::sandbox::pages
