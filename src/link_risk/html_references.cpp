#include "link_risk/html_references.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

#include "link_risk/text_characters.hpp"

namespace kuramori::link_risk::detail {
namespace {

struct Named {
  std::string_view name;  // with its semicolon where it must have one
  char32_t code_point;
};
// Those that can stand for a character of a link, and those that hide.
constexpr auto kNamed = std::to_array<Named>({{"amp;", '&'},     {"amp", '&'},
                                              {"AMP;", '&'},     {"lt;", '<'},
                                              {"lt", '<'},       {"gt;", '>'},
                                              {"gt", '>'},       {"quot;", '"'},
                                              {"quot", '"'},     {"apos;", '\''},
                                              {"colon;", ':'},   {"sol;", '/'},
                                              {"bsol;", '\\'},   {"period;", '.'},
                                              {"commat;", '@'},  {"quest;", '?'},
                                              {"num;", '#'},     {"equals;", '='},
                                              {"percnt;", '%'},  {"hyphen;", '-'},
                                              {"dash;", '-'},    {"lowbar;", '_'},
                                              {"plus;", '+'},    {"lpar;", '('},
                                              {"rpar;", ')'},    {"Tab;", '\t'},
                                              {"nbsp;", 0xA0},   {"NewLine;", '\n'},
                                              {"shy;", 0xAD},    {"zwj;", 0x200D},
                                              {"zwnj;", 0x200C}, {"lrm;", 0x200E},
                                              {"rlm;", 0x200F},  {"ZeroWidthSpace;", 0x200B}});

struct Reference {
  char32_t code_point;
  std::size_t length;
};

std::optional<Reference> read_reference(std::string_view text) {
  if (text.size() >= 3 && text[1] == '#') {
    const bool is_hexadecimal = text[2] == 'x' || text[2] == 'X';
    const std::size_t first = is_hexadecimal ? 3 : 2;
    std::uint32_t value = 0;
    const char* const begin = text.data() + first;
    const char* const limit = text.data() + text.size();
    const auto [end, error] = std::from_chars(begin, limit, value, is_hexadecimal ? 16 : 10);
    if (end == begin) return std::nullopt;
    if (error != std::errc{} || value == 0 || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
      value = 0xFFFD;
    auto length = static_cast<std::size_t>(end - text.data());
    if (length < text.size() && text[length] == ';') ++length;
    return Reference{.code_point = value, .length = length};
  }
  for (const auto& [name, code_point] : kNamed) {
    if (text.substr(1).starts_with(name))
      return Reference{.code_point = code_point, .length = name.size() + 1};
  }
  return std::nullopt;
}

}  // namespace

std::string resolve_references(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  for (std::size_t i = 0; i < value.size();) {
    if (value[i] == '&') {
      if (const auto found = read_reference(value.substr(i))) {
        append_utf8(out, found->code_point);
        i += found->length;
        continue;
      }
    }
    out.push_back(value[i++]);
  }
  return out;
}

std::string escape_attribute(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  for (const char c : value) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      default:
        out.push_back(c);
    }
  }
  return out;
}

}  // namespace kuramori::link_risk::detail
