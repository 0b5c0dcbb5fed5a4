// Mail: its fields, its texts, and each attachment as the file that it is.
#include "sandbox/documents/charset.hpp"
#include "sandbox/documents/extractors.hpp"
#include "sandbox/documents/html.hpp"
#include "sandbox/documents/mime.hpp"

namespace kuramori::sandbox::documents {
namespace {

void extract_fields(const MimePart& mail, const Position& position, Extraction& extraction) {
  std::string text;
  for (const char* name :
       {"subject", "from", "to", "cc", "bcc", "reply-to", "date", "comments", "keywords"}) {
    const std::string value = mail.field(name);
    if (value.empty()) continue;
    extraction.add_metadata(position, name, value);
    text.append(value).append("\n");
  }
  extraction.add_text(position, "mail header", text);
}

std::string name_of(const MimePart& part, std::size_t number) {
  if (!part.name.empty()) return part.name;
  return (part.type == "message/rfc822" ? "mail " : "part ") + std::to_string(number);
}

void extract_leaf(const MimePart& part, std::size_t number, const Position& position,
                  Extraction& extraction) {
  const Bytes content = decoded_content(part);
  const bool is_attachment = !part.name.empty();
  if (!is_attachment && part.type == "text/html") {
    extraction.add_text(position, "mail body", text_of_html(decode_text(content, part.charset).text));
  } else if (!is_attachment && part.type.starts_with("text/")) {
    extraction.add_text(position, "mail body", decode_text(content, part.charset).text);
  } else if (part.type == "application/pgp-encrypted" || part.type == "application/pkcs7-mime" ||
             part.type == "application/x-pkcs7-mime") {
    extraction.add_file(position.inside(name_of(part, number)), part.type, content.size());
    extraction.mark_unreadable(position.inside(name_of(part, number)), Unreadable::Encrypted);
  } else if (part.type == "message/rfc822") {
    // Its type is declared; a short mail does not always look like one.
    const Position inside = position.inside(name_of(part, number));
    if (inside.depth > extraction.request().depth_max) {
      extraction.hit(ExtractLimit::Depth);
      extraction.mark_unreadable(inside, Unreadable::TooDeep);
      return;
    }
    extraction.add_file(inside, part.type, content.size());
    extract_mail(content, inside, extraction);
  } else {
    extraction.examine(content, position.inside(name_of(part, number)));
  }
}

// Parts in parts were bounded when the mail was parsed.
void extract_parts(const MimePart& part, std::size_t& number, const Position& position,
                   Extraction& extraction) {
  if (!part.parts.empty()) {
    for (const MimePart& child : part.parts) extract_parts(child, number, position, extraction);
    return;
  }
  ++number;
  if (extraction.may_enter()) extract_leaf(part, number, position, extraction);
}

}  // namespace

void extract_mail(ByteView content, const Position& position, Extraction& extraction) {
  const MimePart mail = parse_mime(as_text(content));
  extract_fields(mail, position, extraction);
  std::size_t number = 0;
  extract_parts(mail, number, position, extraction);
}

}  // namespace kuramori::sandbox::documents
