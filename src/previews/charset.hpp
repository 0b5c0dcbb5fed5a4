// Text of a page as UTF-8, whatever its encoding (WHATWG Encoding: names mean what browsers take them for).
#pragma once
#include <string>
#include <string_view>

namespace kuramori::previews {

// By the byte order mark, the header, the page's own <meta>, in that order; otherwise UTF-8 where it is that,
// and windows-1252 where not. What cannot be converted becomes U+FFFD; never fails.
std::string to_utf8(std::string_view body, std::string_view content_type);

}  // namespace kuramori::previews
