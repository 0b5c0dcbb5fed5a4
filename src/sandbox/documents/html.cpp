#include "sandbox/documents/html.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.hpp"
#include "sandbox/documents/charset.hpp"
#include "sandbox/documents/extractors.hpp"

namespace kuramori::sandbox::documents {
namespace {

struct NamedCharacter {
  std::string_view name;
  std::string_view text;
};
// The few that matter for what is looked for; others stay as they are written.
constexpr std::array kNamed{
    NamedCharacter{"amp", "&"},      NamedCharacter{"lt", "<"},     NamedCharacter{"gt", ">"},
    NamedCharacter{"quot", "\""},    NamedCharacter{"apos", "'"},   NamedCharacter{"nbsp", " "},
    NamedCharacter{"ndash", "–"},    NamedCharacter{"mdash", "—"},  NamedCharacter{"hyphen", "-"},
    NamedCharacter{"lpar", "("},     NamedCharacter{"rpar", ")"},   NamedCharacter{"num", "#"},
    NamedCharacter{"commat", "@"},   NamedCharacter{"period", "."}, NamedCharacter{"colon", ":"},
    NamedCharacter{"sol", "/"},      NamedCharacter{"plus", "+"},   NamedCharacter{"ensp", " "},
    NamedCharacter{"emsp", " "},     NamedCharacter{"thinsp", " "}, NamedCharacter{"shy", ""},
    NamedCharacter{"zwnj", ""},      NamedCharacter{"zwj", ""},     NamedCharacter{"Tab", "\t"},
    NamedCharacter{"NewLine", "\n"}, NamedCharacter{"dash", "-"}};

void append_character(std::uint32_t code, std::string& into) {
  const bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code == 0 || code > 0x10FFFF || is_surrogate) return;
  if (code < 0x80) {
    into += static_cast<char>(code);
  } else if (code < 0x800) {
    into += static_cast<char>(0xC0 | (code >> 6));
    into += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    into += static_cast<char>(0xE0 | (code >> 12));
    into += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    into += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    into += static_cast<char>(0xF0 | (code >> 18));
    into += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    into += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    into += static_cast<char>(0x80 | (code & 0x3F));
  }
}

// `rest` begins behind the '&'. How much of it was the reference; 0: none.
std::size_t append_reference(std::string_view rest, std::string& into) {
  constexpr std::size_t kLengthMax = 12;
  const std::size_t end = rest.substr(0, kLengthMax).find_first_of("; \n<&");
  std::string_view name = rest.substr(0, std::min(end, rest.size()));
  const std::size_t taken = name.size() + (end != std::string_view::npos && rest[end] == ';' ? 1 : 0);
  if (name.starts_with('#')) {
    name.remove_prefix(1);
    const int base = name.starts_with('x') || name.starts_with('X') ? 16 : 10;
    if (base == 16) name.remove_prefix(1);
    std::uint32_t code = 0;
    const auto [stop, error] = std::from_chars(name.data(), name.data() + name.size(), code, base);
    if (error != std::errc() || stop == name.data()) return 0;
    append_character(code, into);
    return taken;
  }
  const auto* known = std::ranges::find(kNamed, name, &NamedCharacter::name);
  if (known == kNamed.end()) return 0;
  into += known->text;
  return taken;
}

bool breaks_line(std::string_view tag) {
  constexpr std::array<std::string_view, 20> kTags{
      "p",  "br", "div", "li",      "tr",    "h1",   "h2",   "h3",    "h4",     "h5",
      "h6", "ul", "ol",  "section", "table", "body", "head", "title", "option", "pre"};
  return std::ranges::find(kTags, tag) != kTags.end();
}

// Where the tag that begins at `at` ends; quotes hide a '>'.
std::size_t end_of_tag(std::string_view html, std::size_t at) {
  char quote = 0;
  for (std::size_t i = at; i < html.size(); ++i) {
    const char c = html[i];
    if (quote != 0) {
      quote = c == quote ? char{0} : quote;
    } else if ((c == '"' || c == '\'') && html[i - 1] == '=') {
      quote = c;
    } else if (c == '>') {
      return i;
    }
  }
  return html.size();
}

// What attributes tell people, or hide from them.
void append_attributes(std::string_view tag, std::string& into) {
  for (const std::string_view name :
       {"alt=", "title=", "content=", "value=", "placeholder=", "href=\"mailto:"}) {
    std::size_t at = 0;
    while ((at = tag.find(name, at)) != std::string_view::npos) {
      at += name.size();
      if (at >= tag.size()) break;
      const bool is_quoted = tag[at] == '"' || tag[at] == '\'';
      const std::size_t begin = is_quoted ? at + 1 : at;
      const std::size_t end = is_quoted ? tag.find(tag[at], begin) : tag.find_first_of(" >\"", begin);
      const std::string_view value = tag.substr(begin, end == std::string_view::npos ? end : end - begin);
      into += ' ';
      for (std::size_t i = 0; i < value.size(); ++i) {
        if (value[i] == '&') {
          if (const std::size_t taken = append_reference(value.substr(i + 1), into); taken > 0) {
            i += taken;
            continue;
          }
        }
        into += value[i];
      }
      into += ' ';
      at = begin + value.size();
    }
  }
}

std::string tag_name(std::string_view tag) {
  if (tag.starts_with('/')) tag.remove_prefix(1);
  std::size_t length = 0;
  while (length < tag.size() && length < 16 &&
         (tag[length] > ' ' && tag[length] != '/' && tag[length] != '>'))
    ++length;
  return text::to_lower_ascii(tag.substr(0, length));
}

// Behind the end tag of an element whose content is no text.
std::size_t behind_element(std::string_view html, std::size_t at, std::string_view name) {
  while ((at = html.find("</", at)) != std::string_view::npos) {
    if (text::to_lower_ascii(html.substr(at + 2, name.size())) == name)
      return std::min(html.size(), html.find('>', at));
    at += 2;
  }
  return html.size();
}

}  // namespace

std::string text_of_html(std::string_view html) {
  std::string text;
  std::size_t at = 0;
  while (at < html.size()) {
    const char c = html[at];
    if (c == '&') {
      const std::size_t taken = append_reference(html.substr(at + 1), text);
      if (taken == 0) text += c;
      at += 1 + taken;
    } else if (c != '<') {
      text += c;
      ++at;
    } else if (html.substr(at).starts_with("<!--")) {
      const std::size_t end = html.find("-->", at + 4);
      const std::string_view comment =
          html.substr(at + 4, end == std::string_view::npos ? end : end - at - 4);
      text.append(" ").append(comment).append(" ");
      at = end == std::string_view::npos ? html.size() : end + 3;
    } else if (html.substr(at).starts_with("<![CDATA[")) {
      at += 9;
    } else {
      const std::size_t end = end_of_tag(html, at + 1);
      const std::string_view tag = html.substr(at + 1, end - at - 1);
      const std::string name = tag_name(tag);
      if (name.empty()) {
        text += c;
        ++at;
        continue;
      }
      append_attributes(tag, text);
      if (breaks_line(name)) text += '\n';
      if (name == "td" || name == "th") text += '\t';
      at = std::min(html.size(), end + 1);
      const bool is_begin = !tag.starts_with('/') && !tag.ends_with('/');
      if (is_begin && (name == "script" || name == "style")) {
        at = std::min(html.size(), behind_element(html, at, name) + 1);
      }
    }
  }
  return text;
}

std::string charset_of_html(std::string_view octets) {
  const std::string head = text::to_lower_ascii(octets.substr(0, 1'024));
  for (const std::string_view mark : {"charset=", "encoding="}) {
    std::size_t at = head.find(mark);
    if (at == std::string::npos) continue;
    at += mark.size();
    if (at < head.size() && (head[at] == '"' || head[at] == '\'')) ++at;
    const std::size_t end = head.find_first_of("\"'; />?", at);
    return head.substr(at, end == std::string::npos ? end : end - at);
  }
  return {};
}

void extract_html(ByteView content, const Position& position, Extraction& extraction) {
  const DecodedText decoded = decode_text(content, charset_of_html(as_text(content)));
  extraction.add_metadata(position, "charset", decoded.charset);
  extraction.add_text(position, "page", text_of_html(decoded.text));
}

}  // namespace kuramori::sandbox::documents
