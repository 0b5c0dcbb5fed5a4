#include "sandbox/pages/document_page.hpp"

#include <poppler/cpp/poppler-document.h>
#include <poppler/cpp/poppler-font.h>
#include <poppler/cpp/poppler-global.h>
#include <poppler/cpp/poppler-page-renderer.h>
#include <poppler/cpp/poppler-page.h>

#include <algorithm>

#include "sandbox/pages/text_pages.hpp"

namespace kuramori::sandbox::pages {
namespace {

constexpr double kPointsPerInch = 72;
constexpr double kHeightMax = 4;  // times the width: of strips, less is drawn
constexpr std::size_t kFileBytesMax = 0x7FFF'FFFF;

// UTF-16 as Poppler gives it, as UTF-8.
std::string utf8_from(const poppler::ustring& text) {
  std::string utf8;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char32_t letter = text[i];
    const bool is_pair = letter >= 0xD800 && letter < 0xDC00 && i + 1 < text.size() &&
                         text[i + 1] >= 0xDC00 && text[i + 1] < 0xE000;
    if (is_pair) letter = 0x10000 + ((letter - 0xD800) << 10U) + (char32_t{text[++i]} - 0xDC00);
    if (letter >= 0xD800 && letter < 0xE000) letter = 0xFFFD;
    const auto push = [&](char32_t octet) { utf8.push_back(static_cast<char>(octet)); };
    if (letter < 0x80) {
      push(letter);
    } else if (letter < 0x800) {
      push(0xC0 | letter >> 6U), push(0x80 | (letter & 0x3FU));
    } else if (letter < 0x10000) {
      push(0xE0 | letter >> 12U), push(0x80 | (letter >> 6U & 0x3FU)), push(0x80 | (letter & 0x3FU));
    } else {
      push(0xF0 | letter >> 18U), push(0x80 | (letter >> 12U & 0x3FU)), push(0x80 | (letter >> 6U & 0x3FU)),
          push(0x80 | (letter & 0x3FU));
    }
  }
  return utf8;
}

bool brings_its_fonts(poppler::document& document, int page) {
  const std::unique_ptr<poppler::font_iterator> fonts(document.create_font_iterator(page));
  if (!fonts || !fonts->has_next()) return true;
  return std::ranges::all_of(fonts->next(), [](const poppler::font_info& font) {
    const auto type = font.type();
    return font.is_embedded() || type == poppler::font_info::type3;
  });
}

Canvas canvas_of(const poppler::image& image) {
  Bytes rgb;
  const auto row_bytes = static_cast<std::size_t>(image.width()) * 3;
  rgb.reserve(row_bytes * static_cast<std::size_t>(image.height()));
  for (int y = 0; y < image.height(); ++y) {
    const char* row = image.const_data() + static_cast<std::ptrdiff_t>(y) * image.bytes_per_row();
    rgb.insert(rgb.end(), row, row + row_bytes);
  }
  Canvas canvas(image.width(), image.height());
  canvas.put(rgb, image.width(), image.height(), 0, 0);
  return canvas;
}

// The words of a page, all on one.
Canvas written_out(const poppler::page& page, int width, const Typeface& face) {
  const std::string text = utf8_from(page.text(poppler::rectf(), poppler::page::physical_layout));
  const TextPages pages = lay_out(text, face, {.pages_max = 4});
  return draw_text_page(pages.lines, face, width);
}

}  // namespace

struct PdfFile::State {
  std::unique_ptr<poppler::document> document;
};

PdfFile::PdfFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
PdfFile::~PdfFile() = default;
PdfFile::PdfFile(PdfFile&&) noexcept = default;

std::optional<PdfFile> PdfFile::open(ByteView file, PageRefusal& refusal) {
  poppler::set_debug_error_function([](const std::string&, void*) {}, nullptr);
  refusal = PageRefusal::TooLarge;
  if (file.size() > kFileBytesMax) return std::nullopt;
  auto state = std::make_unique<State>();
  state->document.reset(poppler::document::load_from_raw_data(reinterpret_cast<const char*>(file.data()),
                                                              static_cast<int>(file.size())));
  refusal = PageRefusal::Damaged;
  if (!state->document) return std::nullopt;
  refusal = PageRefusal::Encrypted;
  if (state->document->is_locked()) return std::nullopt;
  refusal = PageRefusal::Damaged;
  if (state->document->pages() < 1) return std::nullopt;
  return PdfFile(std::move(state));
}

std::uint32_t PdfFile::pages() const {
  return static_cast<std::uint32_t>(state_->document->pages());
}

std::optional<Canvas> PdfFile::draw(std::uint32_t page, int width, const Typeface& face) const {
  const int index = static_cast<int>(page) - 1;
  const std::unique_ptr<poppler::page> found(state_->document->create_page(index));
  if (!found) return std::nullopt;
  if (!brings_its_fonts(*state_->document, index)) return written_out(*found, width, face);
  poppler::rectf box = found->page_rect();
  double wide = box.width();
  double high = box.height();
  const auto turned = found->orientation();
  if (turned == poppler::page::landscape || turned == poppler::page::seascape) std::swap(wide, high);
  if (wide <= 0 || high <= 0) return std::nullopt;
  const double scale = std::min(width / wide, width * kHeightMax / high);
  poppler::page_renderer renderer;
  renderer.set_image_format(poppler::image::format_rgb24);
  renderer.set_render_hints(poppler::page_renderer::antialiasing | poppler::page_renderer::text_antialiasing);
  const poppler::image image =
      renderer.render_page(found.get(), scale * kPointsPerInch, scale * kPointsPerInch);
  if (!image.is_valid() || image.width() < 1 || image.height() < 1) return std::nullopt;
  return canvas_of(image);
}

}  // namespace kuramori::sandbox::pages
