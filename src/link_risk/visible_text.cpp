#include "link_risk/visible_text.hpp"

#include <array>

#include "base/text.hpp"
#include "governance/confusables.hpp"
#include "link_risk/text_characters.hpp"

namespace kuramori::link_risk::detail {
namespace {

struct Brackets {
  std::string_view written;
  char meant;
};
constexpr auto kBrackets = std::to_array<Brackets>({{"[.]", '.'},
                                                    {"(.)", '.'},
                                                    {"{.}", '.'},
                                                    {"[dot]", '.'},
                                                    {"(dot)", '.'},
                                                    {"{dot}", '.'},
                                                    {"[:]", ':'},
                                                    {"[://]", ':'},
                                                    {"[/]", '/'}});

const Brackets* brackets_at(std::string_view text) {
  const char first = text.front();
  if (first != '[' && first != '(' && first != '{') return nullptr;
  for (const Brackets& brackets : kBrackets) {
    const std::string_view there = text.substr(0, brackets.written.size());
    if (there == brackets.written || (there.size() == 5 && text::to_lower_ascii(there) == brackets.written)) {
      return &brackets;
    }
  }
  return nullptr;
}

// Wide forms of what links are made of, and dots that are drawn as one.
char32_t narrowed(char32_t c) {
  const bool is_wide = (c >= 0xFF10 && c <= 0xFF19) || (c >= 0xFF21 && c <= 0xFF3A) ||
                       (c >= 0xFF41 && c <= 0xFF5A) || c == 0xFF0D || c == 0xFF0F || c == 0xFF1A ||
                       c == 0xFF20;
  if (is_wide) return c - 0xFEE0;
  if (c == 0x2024 || c == 0xFE52) return '.';
  if (c == 0x2044 || c == 0x2215) return '/';
  return c;
}

}  // namespace

bool VisibleText::hides_within(std::size_t first, std::size_t last) const {
  for (std::size_t i = first + 1; i < last; ++i) {
    // Octets of one character share their range.
    if (begin[i] != begin[i - 1] && begin[i] != end[i - 1]) return true;
  }
  return false;
}

VisibleText visible_text(std::string_view text) {
  VisibleText out;
  out.text.reserve(text.size());
  out.begin.reserve(text.size());
  out.end.reserve(text.size());
  const auto stands_for = [&out](std::size_t octets, std::size_t begin, std::size_t end) {
    out.begin.insert(out.begin.end(), octets, static_cast<std::uint32_t>(begin));
    out.end.insert(out.end.end(), octets, static_cast<std::uint32_t>(end));
  };
  for (std::size_t at = 0; at < text.size();) {
    if (const Brackets* brackets = brackets_at(text.substr(at))) {
      const bool is_whole = brackets->written == "[://]";
      out.text += is_whole ? "://" : std::string(1, brackets->meant);
      stands_for(is_whole ? 3 : 1, at, at + brackets->written.size());
      at += brackets->written.size();
      continue;
    }
    const Character c = character_at(text, at);
    if (!governance::is_invisible(c.code_point)) {
      const std::size_t before = out.text.size();
      append_utf8(out.text, narrowed(c.code_point));
      stands_for(out.text.size() - before, at, at + c.length);
    }
    at += c.length;
  }
  return out;
}

}  // namespace kuramori::link_risk::detail
