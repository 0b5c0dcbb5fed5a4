// What the fuzz targets of extraction begin and end with: the libraries are warmed once, and whatever was
// extracted is within its limits and can be told to the process that asked. For the one source of a program.
#pragma once
#include <cstdint>

#include "sandbox/documents/extract.hpp"
#include "sandbox/documents/extractors.hpp"

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  if (!kuramori::sandbox::documents::warm()) __builtin_trap();
  return 0;
}

namespace kuramori::sandbox::documents::fuzzing {

inline void check_limits(const Extract& extract, const ExtractRequest& request) {
  std::size_t text_bytes = 0;
  for (const ExtractedText& text : extract.texts) text_bytes += text.text.size();
  if (text_bytes > request.text_bytes_max || extract.pictures.size() > request.pictures_max) __builtin_trap();
}

// What one reader found: `read(extraction)`.
template <typename Read>
Extract extract_with(const ExtractRequest& request, const Read& read) {
  Extraction extraction(request);
  read(extraction);
  Extract extract = std::move(extraction).finish();
  check_limits(extract, request);
  if (!Extract::decode(extract.encode())) __builtin_trap();
  return extract;
}

}  // namespace kuramori::sandbox::documents::fuzzing
