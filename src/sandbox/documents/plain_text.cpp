#include "sandbox/documents/charset.hpp"
#include "sandbox/documents/extractors.hpp"

namespace kuramori::sandbox::documents {

void extract_plain_text(ByteView content, const Position& position, Extraction& extraction) {
  // No encoding has more than four octets for one character, nor less than one octet for four of UTF-8.
  constexpr std::size_t kOctetsPerCharacter = 4;
  const std::size_t readable = extraction.text_bytes_left() * kOctetsPerCharacter + kOctetsPerCharacter;
  if (content.size() > readable) extraction.hit(ExtractLimit::Text);
  const DecodedText decoded = decode_text(content.first(std::min(content.size(), readable)));
  extraction.add_metadata(position, "charset", decoded.charset);
  extraction.add_text(position, "text", decoded.text);
}

// What is in it is for another job, which recognises text.
void extract_picture(ByteView content, const Position& position, Extraction& extraction) {
  extraction.add_picture(position, "picture", content);
}

}  // namespace kuramori::sandbox::documents
