// Any octets as a page, as rich text, and as text in some encoding: what comes out is well-formed.
#include <cstdint>

#include "base/text.hpp"
#include "sandbox/documents/charset.hpp"
#include "sandbox/documents/html.hpp"
#include "sandbox/documents/rtf.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kuramori;
  using namespace kuramori::sandbox::documents;
  const ByteView bytes(data, size);
  const DecodedText decoded = decode_text(bytes);
  if (to_utf8(decoded.text) != decoded.text || decoded.charset.empty()) __builtin_trap();
  static_cast<void>(looks_like_text(bytes));
  static_cast<void>(text_of_html(decoded.text));
  static_cast<void>(charset_of_html(as_text(bytes)));
  const RtfContent rtf = read_rtf(as_text(bytes));
  if (to_utf8(rtf.text) != rtf.text) __builtin_trap();
  return 0;
}
