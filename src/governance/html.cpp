// What a reader sees of org.matrix.custom.html: tags removed, character references resolved.
#include <unicode/utf8.h>

#include <array>
#include <charconv>
#include <optional>

#include "governance/normalise.hpp"

namespace kuramori::governance {

namespace {

struct NamedReference {
  std::string_view name;
  char32_t code_point;
};
constexpr auto kNamed = std::to_array<NamedReference>(
    {{"amp", '&'},    {"lt", '<'},     {"gt", '>'},     {"quot", '"'}, {"apos", '\''},  {"nbsp", ' '},
     {"ensp", ' '},   {"emsp", ' '},   {"thinsp", ' '}, {"shy", 0xAD}, {"zwj", 0x200D}, {"zwnj", 0x200C},
     {"lrm", 0x200E}, {"rlm", 0x200F}, {"hyphen", '-'}, {"dash", '-'}, {"ndash", '-'},  {"mdash", '-'},
     {"middot", '.'}, {"period", '.'}, {"lpar", '('},   {"rpar", ')'}, {"Tab", '\t'},   {"NewLine", '\n'}});

constexpr std::size_t kReferenceMax = 12;

struct Reference {
  char32_t code_point;
  std::size_t length;
};

// A reference at the start of `text`, which begins with '&'. The final semicolon may be missing after a
// number.
std::optional<Reference> reference(std::string_view text) {
  if (text.size() >= 3 && text[1] == '#') {
    const bool hexadecimal = text[2] == 'x' || text[2] == 'X';
    const std::size_t first = hexadecimal ? 3 : 2;
    std::uint32_t value = 0;
    const char* const begin = text.data() + std::min(first, text.size());
    const auto [end, error] = std::from_chars(begin, text.data() + text.size(), value, hexadecimal ? 16 : 10);
    if (error != std::errc{} || end == begin) return std::nullopt;
    if (value == 0 || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) value = 0xFFFD;
    auto length = static_cast<std::size_t>(end - text.data());
    if (length < text.size() && text[length] == ';') ++length;
    return Reference{value, length};
  }
  const auto semicolon = text.substr(0, kReferenceMax).find(';');
  if (semicolon == std::string_view::npos) return std::nullopt;
  for (const auto& [name, code_point] : kNamed) {
    if (text.substr(1, semicolon - 1) == name) return Reference{code_point, semicolon + 1};
  }
  return std::nullopt;
}

// Elements that begin a new line; all others leave the text together.
bool breaks_line(std::string_view tag) {
  constexpr auto kBlocks = std::to_array<std::string_view>(
      {"br", "p",  "div", "li", "ul", "ol", "tr",  "td",         "th",      "table",   "h1",
       "h2", "h3", "h4",  "h5", "h6", "hr", "pre", "blockquote", "details", "summary", "caption"});
  if (!tag.empty() && tag.front() == '/') tag.remove_prefix(1);
  std::string name;
  for (const char c : tag) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (!((lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9')) || name.size() > 12) break;
    name.push_back(lower);
  }
  for (const auto block : kBlocks) {
    if (name == block) return true;
  }
  return false;
}

}  // namespace

void strip_html(std::string_view html, NormalisedText& out) {
  out.clear();
  std::size_t plain = 0;  // where characters that are shown as they are begin
  const auto copy_until = [&](std::size_t end) { out.copy(html.substr(plain, end - plain), plain); };
  for (std::size_t i = 0; i < html.size();) {
    if (html[i] == '<' && i + 1 < html.size() &&
        (html[i + 1] == '/' || html[i + 1] == '!' || (html[i + 1] | 0x20) >= 'a')) {
      const bool comment = html.substr(i, 4) == "<!--";
      const auto close = comment ? html.find("-->", i + 4) : html.find('>', i);
      if (close != std::string_view::npos) {
        const std::size_t end = close + (comment ? 3 : 1);
        copy_until(i);
        if (!comment && breaks_line(html.substr(i + 1, close - i - 1))) out.replace("\n", i, end);
        plain = i = end;
        continue;
      }
    }
    if (html[i] == '&') {
      if (const auto found = reference(html.substr(i))) {
        std::array<std::uint8_t, 4> utf8{};
        std::size_t length = 0;
        U8_APPEND_UNSAFE(utf8.data(), length, static_cast<UChar32>(found->code_point));
        copy_until(i);
        out.replace({reinterpret_cast<const char*>(utf8.data()), length}, i, i + found->length);
        plain = i += found->length;
        continue;
      }
    }
    ++i;
  }
  copy_until(html.size());
}

}  // namespace kuramori::governance
