#include "sandbox/documents/extract.hpp"

#include <poppler/cpp/poppler-document.h>
#include <poppler/cpp/poppler-page-renderer.h>
#include <poppler/cpp/poppler-page.h>
#include <unicode/putil.h>
#include <unicode/uclean.h>
#include <unicode/udata.h>

#include <clocale>
#include <memory>

#include "sandbox/documents/charset.hpp"
#include "sandbox/documents/extraction.hpp"
#include "sandbox/documents/file_type.hpp"

namespace kuramori::sandbox::documents {
namespace {

// One empty page.
constexpr std::string_view kSmallestPdf =
    "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 36 36]>>endobj\ntrailer<</Root 1 0 R>>\n";

}  // namespace

Answer extract(ByteView parameters, ByteView file) {
  const auto request = ExtractRequest::decode(parameters);
  if (!request) return {.verdict = Verdict::Refused, .summary = {}, .output = {}};
  Extraction extraction(*request);
  extraction.examine(file, Position{});
  return {.verdict = Verdict::Done, .summary = {}, .output = std::move(extraction).finish().encode()};
}

bool warm() {
  std::setlocale(LC_CTYPE, "C.UTF-8");  // names in archives
  // ICU's tables are in its library: it need not look for others.
  UErrorCode status = U_ZERO_ERROR;
  udata_setFileAccess(UDATA_NO_FILES, &status);
  u_init(&status);
  if (U_FAILURE(status) || !warm_file_types()) return false;
  for (const char* charset :
       {"GB18030", "Big5", "shift_jis", "EUC-JP", "ISO-2022-JP", "windows-1252", "UTF-16LE"})
    static_cast<void>(decode_as(as_bytes("a "), charset));
  Extraction extraction({.pictures = ExtractRequest::Pictures::Give});
  extraction.examine(as_bytes(kSmallestPdf), Position{});
  return std::move(extraction).finish().pictures.size() == 1;
}

}  // namespace kuramori::sandbox::documents
