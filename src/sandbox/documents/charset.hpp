// Octets that are text in some encoding, made UTF-8. What the octets say outweighs what somebody declared.
//
//   decode_text(octets).text                  // the encoding is found out
//   decode_as(octets, "shift_jis")            // as declared by a mail or a page; nothing when it does not
//   fit
//
// Pure. Knows UTF-8, UTF-16 and UTF-32 with and without a mark, GB18030, Big5, Shift_JIS, EUC-JP,
// ISO-2022-JP, and takes Windows-1252 when nothing else fits.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace kuramori::sandbox::documents {

struct DecodedText {
  std::string text;     // UTF-8, well-formed
  std::string charset;  // "GB18030"
};

// The name of the encoding that the octets most probably have; never empty.
std::string_view guess_charset(ByteView bytes);
// Well-formed in that encoding; a character cut off at the end is left out.
std::optional<std::string> decode_as(ByteView bytes, std::string_view charset);
// `declared` is taken when the octets fit it.
DecodedText decode_text(ByteView bytes, std::string_view declared = {});
// By its control characters: whether this is text in some encoding at all.
bool looks_like_text(ByteView bytes);
// Well-formed UTF-8 of what may not be: what is not becomes U+FFFD.
std::string to_utf8(std::string_view text);

}  // namespace kuramori::sandbox::documents
