// Any octets as a mail: every part lies in it, and every content decodes.
#include <cstdint>

#include "sandbox/documents/charset.hpp"
#include "sandbox/documents/mime.hpp"

namespace {

using namespace kuramori;
using namespace kuramori::sandbox::documents;

void check(const MimePart& part, std::string_view mail) {
  if (!part.content.empty() && (part.content.data() < mail.data() ||
                                part.content.data() + part.content.size() > mail.data() + mail.size()))
    __builtin_trap();
  const Bytes content = decoded_content(part);
  if (content.size() > part.content.size()) __builtin_trap();
  const DecodedText text = decode_text(content, part.charset);
  if (to_utf8(text.text) != text.text) __builtin_trap();
  static_cast<void>(part.field("subject"));
  for (const MimePart& child : part.parts) check(child, mail);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view mail(reinterpret_cast<const char*>(data), size);
  check(parse_mime(mail), mail);
  static_cast<void>(decode_field(mail));
  return 0;
}
