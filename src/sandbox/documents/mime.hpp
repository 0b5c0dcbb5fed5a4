// Mail as it is written down (RFC 5322, RFC 2045 to 2047, RFC 2231): fields, parts and their contents
// decoded.
//
//   const MimePart mail = parse_mime(octets);
//   mail.field("subject")                      // decoded, UTF-8
//   for (const MimePart& part : mail.parts) decoded_content(part);
//
// Pure. Nesting beyond kDepthMax is left as content.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"

namespace kuramori::sandbox::documents {

struct MimePart {
  std::vector<std::pair<std::string, std::string>>
      fields;                       // names in lower case; values unfolded, not decoded
  std::string type = "text/plain";  // in lower case
  std::string charset;
  std::string name;          // of the file, decoded; may be empty
  std::string_view content;  // as it is transferred; borrows from the mail
  std::vector<MimePart> parts;

  std::string field(std::string_view name) const;
};

constexpr std::size_t kMimeDepthMax = 20;
constexpr std::size_t kMimePartsMax = 5'000;

MimePart parse_mime(std::string_view mail);
// Without its transfer encoding.
Bytes decoded_content(const MimePart& part);
// RFC 2047 encoded words, and raw octets in whatever encoding.
std::string decode_field(std::string_view value);

}  // namespace kuramori::sandbox::documents
