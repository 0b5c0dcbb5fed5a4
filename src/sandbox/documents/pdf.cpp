// PDF by Poppler. Pages without text are given to be recognised, as pictures.
#include <poppler/cpp/poppler-document.h>
#include <poppler/cpp/poppler-embedded-file.h>
#include <poppler/cpp/poppler-global.h>
#include <poppler/cpp/poppler-page-renderer.h>
#include <poppler/cpp/poppler-page.h>
#include <poppler/cpp/poppler-toc.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <memory>

#include "base/text.hpp"
#include "sandbox/documents/charset.hpp"
#include "sandbox/documents/extractors.hpp"
#include "sandbox/documents/xml_text.hpp"

namespace kuramori::sandbox::documents {
namespace {

// Fewer characters than these are page numbers and stamps of a scanner.
constexpr std::size_t kTextOfScanBytesMax = 24;
constexpr double kDotsPerInch = 200;
constexpr double kPointsPerInch = 72;
constexpr double kSideMax = 5'000;  // of a rendered page, in pixels
constexpr std::uint64_t kEmbeddedBytesMax = std::uint64_t{64} << 20;

std::string utf8_of(const poppler::ustring& text) {
  std::string utf8;
  const icu::UnicodeString wide(reinterpret_cast<const UChar*>(text.data()),
                                static_cast<std::int32_t>(text.size()));
  wide.toUTF8String(utf8);
  return utf8;
}

// Portable grey map: what any reader of pictures understands, without a library here.
Bytes grey_map(const poppler::image& image) {
  const std::string head =
      "P5\n" + std::to_string(image.width()) + " " + std::to_string(image.height()) + "\n255\n";
  const ByteView head_bytes = as_bytes(head);
  Bytes map(head_bytes.begin(), head_bytes.end());
  for (int y = 0; y < image.height(); ++y) {
    const char* row = image.const_data() + static_cast<std::ptrdiff_t>(y) * image.bytes_per_row();
    map.insert(map.end(), row, row + image.width());
  }
  return map;
}

void give_page(const poppler::page& page, const std::string& place, const Position& position,
               Extraction& extraction) {
  const poppler::rectf box = page.page_rect();
  const double longest = std::max(box.width(), box.height());
  if (longest <= 0) return;
  const double dots = std::min(kDotsPerInch, kSideMax * kPointsPerInch / longest);
  poppler::page_renderer renderer;
  renderer.set_image_format(poppler::image::format_gray8);
  renderer.set_render_hints(poppler::page_renderer::antialiasing | poppler::page_renderer::text_antialiasing);
  const poppler::image image = renderer.render_page(&page, dots, dots);
  if (image.is_valid()) extraction.add_picture(position, place, grey_map(image));
}

void extract_pages(const poppler::document& document, const Position& position, Extraction& extraction) {
  const int count = document.pages();
  const int most = static_cast<int>(std::min<std::uint32_t>(extraction.request().pages_max, 1'000'000));
  if (count > most) extraction.hit(ExtractLimit::Pages);
  for (int i = 0; i < std::min(count, most); ++i) {
    if (!extraction.may_go_on()) return;
    const std::unique_ptr<poppler::page> page(document.create_page(i));
    if (!page) {
      extraction.mark_unreadable(position, Unreadable::Damaged);
      continue;
    }
    const std::string place = "page " + std::to_string(i + 1);
    const std::string text = utf8_of(page->text(poppler::rectf(), poppler::page::raw_order_layout));
    extraction.add_text(position, place, text);
    if (text::trim(text).size() <= kTextOfScanBytesMax && extraction.wants_picture())
      give_page(*page, place, position, extraction);
  }
}

void extract_outline(const poppler::document& document, const Position& position, Extraction& extraction) {
  const std::unique_ptr<poppler::toc> outline(document.create_toc());
  if (!outline) return;
  constexpr std::size_t kItemsMax = 10'000;
  std::string text;
  std::vector<const poppler::toc_item*> waiting{outline->root()};
  for (std::size_t seen = 0; !waiting.empty() && seen < kItemsMax; ++seen) {
    const poppler::toc_item* item = waiting.back();
    waiting.pop_back();
    text += utf8_of(item->title()) + "\n";
    for (const poppler::toc_item* child : item->children()) waiting.push_back(child);
  }
  extraction.add_text(position, "outline", text);
}

void extract_embedded(const poppler::document& document, const Position& position, Extraction& extraction) {
  if (!document.has_embedded_files()) return;
  for (const poppler::embedded_file* file : document.embedded_files()) {
    if (!extraction.may_enter()) return;
    const Position inside = position.inside(to_utf8(file->name()));
    if (!file->is_valid() || file->size() < 0 ||
        static_cast<std::uint64_t>(file->size()) > kEmbeddedBytesMax) {
      extraction.mark_unreadable(inside, Unreadable::TooLarge);
      continue;
    }
    const poppler::byte_array content = file->data();
    if (!extraction.may_inflate(content.size(), kEmbeddedBytesMax)) return;
    extraction.examine(as_bytes(std::string_view(content.data(), content.size())), inside);
  }
}

void extract_xmp(const poppler::document& document, const Position& position, Extraction& extraction) {
  std::string xmp = utf8_of(document.metadata());
  if (xmp.empty()) return;
  Bytes octets(xmp.begin(), xmp.end());
  pugi::xml_document tree;
  parse_xml(octets, tree);
  extraction.add_metadata(
      position, "xmp", text_of(tree, [](const pugi::xml_node&) -> ElementText { return {.after = "\n"}; }));
}

}  // namespace

void extract_pdf(ByteView content, const Position& position, Extraction& extraction) {
  poppler::set_debug_error_function([](const std::string&, void*) {}, nullptr);
  constexpr std::size_t kBytesMax = 0x7FFF'FFFF;
  if (content.size() > kBytesMax) {
    extraction.mark_unreadable(position, Unreadable::TooLarge);
    return;
  }
  const std::unique_ptr<poppler::document> document(poppler::document::load_from_raw_data(
      reinterpret_cast<const char*>(content.data()), static_cast<int>(content.size())));
  if (!document) {
    extraction.mark_unreadable(position, Unreadable::Damaged);
    // A text that speaks of PDF, perhaps.
    if (looks_like_text(content)) extract_plain_text(content, position, extraction);
    return;
  }
  if (document->is_locked()) {
    extraction.mark_unreadable(position, Unreadable::Encrypted);
    return;
  }
  for (const std::string& key : document->info_keys())
    extraction.add_metadata(position, text::to_lower_ascii(to_utf8(key)), utf8_of(document->info_key(key)));
  extract_xmp(*document, position, extraction);
  extract_pages(*document, position, extraction);
  extract_outline(*document, position, extraction);
  extract_embedded(*document, position, extraction);
}

}  // namespace kuramori::sandbox::documents
