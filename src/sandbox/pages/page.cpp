#include "sandbox/pages/page.hpp"

#include <algorithm>

#include "sandbox/documents/extraction.hpp"
#include "sandbox/documents/file_type.hpp"
#include "sandbox/pages/document_page.hpp"
#include "sandbox/pages/text_pages.hpp"
#include "sandbox/pages/watermark.hpp"
#include "sandbox/pictures/picture.hpp"

namespace kuramori::sandbox::pages {
namespace {

using What = PageRequest::What;

constexpr std::uint32_t kWidthLeast = 320;
constexpr std::uint32_t kWidthMost = 1'600;
constexpr int kHeightLeast = 120;  // of the paper under a small picture: there is room for a mark
constexpr std::uint32_t kHeightMost = 6'400;

Answer refused(PageRefusal why) {
  return {.verdict = Verdict::Refused, .summary = encode(why), .output = {}};
}

int width_of(const PageRequest& request) {
  return static_cast<int>(std::clamp(request.width, kWidthLeast, kWidthMost));
}

Answer outline(PageSummary summary) {
  return {.verdict = Verdict::Done, .summary = summary.encode(), .output = {}};
}

Answer marked(Canvas canvas, PageSummary summary, const PageRequest& request) {
  add_watermark(canvas, request.mark, *Typeface::shared());
  auto png = pictures::encode_png(canvas.rgb(), {.width = static_cast<std::uint32_t>(canvas.width()),
                                                 .height = static_cast<std::uint32_t>(canvas.height())});
  if (!png) return refused(PageRefusal::Damaged);
  summary.width = static_cast<std::uint32_t>(canvas.width());
  summary.height = static_cast<std::uint32_t>(canvas.height());
  return {.verdict = Verdict::Done, .summary = summary.encode(), .output = *std::move(png)};
}

Answer picture_page(const PageRequest& request, ByteView file, PictureType type) {
  const auto head = pictures::read_head(file, type);
  if (!head || head->size.pixels() == 0) return refused(PageRefusal::Damaged);
  if (head->size.pixels() > request.pixels_max) return refused(PageRefusal::TooLarge);
  const PageSummary summary{.kind = PageKind::Picture};
  if (request.what == What::Outline) return outline(summary);
  if (request.what == What::Page && request.page != 1) return refused(PageRefusal::NoSuchPage);
  const bool is_page = request.what == What::Page;
  const auto widest = is_page ? static_cast<std::uint32_t>(width_of(request)) : head->size.width;
  const std::uint32_t highest = is_page ? kHeightMost : head->size.height;
  const auto shown =
      pictures::shrink(file, {widest, highest}, pictures::Fit::Inside, pictures::Frames::First);
  const auto rgb = shown ? pictures::rgb_of(shown.get()) : std::nullopt;
  if (!rgb) return refused(PageRefusal::Damaged);
  const pictures::Size size = pictures::size_of(shown.get());
  const int width = static_cast<int>(size.width);
  const int height = static_cast<int>(size.height);
  // A small picture lies in the middle of a sheet.
  Canvas canvas(is_page ? std::max(width, static_cast<int>(kWidthLeast)) : width,
                is_page ? std::max(height, kHeightLeast) : height);
  canvas.put(*rgb, width, height, (canvas.width() - width) / 2, (canvas.height() - height) / 2);
  return marked(std::move(canvas), summary, request);
}

Answer pdf_page(const PageRequest& request, ByteView file) {
  PageRefusal refusal = PageRefusal::Damaged;
  const auto document = PdfFile::open(file, refusal);
  if (!document) return refused(refusal);
  const std::uint32_t count = std::min(document->pages(), request.pages_max);
  const PageSummary summary{
      .kind = PageKind::Document,
      .shown = count < document->pages() ? PageSummary::Pages::First : PageSummary::Pages::All,
      .pages = count};
  if (request.what == What::Outline) return outline(summary);
  if (request.page < 1 || request.page > count) return refused(PageRefusal::NoSuchPage);
  auto canvas = document->draw(request.page, width_of(request), *Typeface::shared());
  if (!canvas) return refused(PageRefusal::Damaged);
  return marked(*std::move(canvas), summary, request);
}

bool is_field_of_mail(const MetadataEntry& entry) {
  return entry.file.empty() && (entry.name == "from" || entry.name == "to" || entry.name == "cc" ||
                                entry.name == "date" || entry.name == "subject");
}

// All that is read of a file, in its order, each part under its name.
std::string text_of(const Extract& extract) {
  std::string text;
  for (const MetadataEntry& entry : extract.metadata) {
    if (is_field_of_mail(entry)) text += entry.name + ": " + entry.value + "\n";
  }
  std::string last = "\n";  // no name is this
  for (const ExtractedText& part : extract.texts) {
    const bool is_plain =
        part.file.empty() && (part.place.empty() || part.place == "text" || part.place == "body");
    const std::string name =
        is_plain ? std::string() : part.file + (part.file.empty() ? "" : " · ") + part.place;
    if (name != last && (!text.empty() || !name.empty())) text += "\n— " + name + " —\n\n";
    last = name;
    text += part.text + "\n";
  }
  if (extract.files.empty()) return text;
  text += "\n— " + std::to_string(extract.files.size()) + " —\n\n";
  for (const ExtractedFile& file : extract.files)
    text += file.path + "  (" + file.media_type + ", " + std::to_string(file.bytes) + ")\n";
  return text;
}

Answer text_page(const PageRequest& request, ByteView file) {
  documents::Extraction extraction(
      {.time_ms_max = request.time_ms_max, .text_bytes_max = request.text_bytes_max});
  extraction.examine(file, documents::Position{});
  const Extract extract = std::move(extraction).finish();
  const std::string text = text_of(extract);
  if (text.empty())
    return refused(extract.is_encrypted() ? PageRefusal::Encrypted : PageRefusal::NothingToShow);
  const TextPages pages = lay_out(text, *Typeface::shared(), {.pages_max = request.pages_max});
  const PageSummary summary{
      .kind = PageKind::Text,
      .shown = pages.is_cut || !extract.limits.empty() ? PageSummary::Pages::First : PageSummary::Pages::All,
      .pages = pages.count()};
  if (request.what == What::Outline) return outline(summary);
  const auto lines = pages.page(request.page);
  if (request.page < 1 || request.page > pages.count()) return refused(PageRefusal::NoSuchPage);
  return marked(draw_text_page(lines, *Typeface::shared(), width_of(request)), summary, request);
}

}  // namespace

Answer make_page(ByteView parameters, ByteView file) {
  const auto request = PageRequest::decode(parameters);
  if (!request || Typeface::shared() == nullptr) return refused(PageRefusal::NothingToShow);
  if (const auto type = picture_type_of(file)) return picture_page(*request, file, *type);
  if (request->what == What::Mark) return refused(PageRefusal::NothingToShow);
  const documents::FileType type = documents::file_type_of(file);
  if (type.kind == documents::FileKind::Pdf) return pdf_page(*request, file);
  if (type.kind == documents::FileKind::Picture) return refused(PageRefusal::NothingToShow);
  return text_page(*request, file);
}

}  // namespace kuramori::sandbox::pages
