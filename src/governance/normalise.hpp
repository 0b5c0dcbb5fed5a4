// Brings text to the form in which detectors look at it: NFKC, ASCII width, no invisible or bidirectional
// control characters, look-alike letters as Latin, Han digits inside numbers as ASCII digits. Keeps the way
// back to the original.
#pragma once
#include <string>
#include <string_view>

#include "governance/normalised_text.hpp"

namespace kuramori::governance {

// Printable ASCII with blanks and line ends: already normal.
bool is_plain_ascii(std::string_view text);

// `text` is valid UTF-8 (invalid octets become U+FFFD). `out` is overwritten.
void normalise(std::string_view text, NormalisedText& out);
std::string normalised(std::string_view text);

// Removes tags and resolves character references, as a client that renders org.matrix.custom.html shows it.
void strip_html(std::string_view html, NormalisedText& out);

}  // namespace kuramori::governance
