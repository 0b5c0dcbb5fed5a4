#include "organisation/words.hpp"

#include <algorithm>

namespace kuramori::organisation {
namespace {

constexpr std::size_t kUnitIdBytesMax = 64;
constexpr std::size_t kUserIdBytesMax = 255;

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return is_upper(c) || (c >= 'a' && c <= 'z');
}

}  // namespace

std::optional<Selector> parse_selector(std::string_view text) {
  using Kind = Selector::Kind;
  for (const Kind kind : {Kind::Everybody, Kind::Employees, Kind::Partners, Kind::Customers}) {
    Selector selector{.kind = kind, .value = {}};
    if (to_text(selector) == text) return selector;
  }
  for (const Kind kind : {Kind::Unit, Kind::Role}) {
    const std::string prefix = to_text({.kind = kind, .value = {}});
    if (text.starts_with(prefix) && text.size() > prefix.size())
      return Selector{.kind = kind, .value = std::string(text.substr(prefix.size()))};
  }
  return std::nullopt;
}

bool is_user_id(std::string_view text) {
  const std::size_t colon = text.find(':');
  const bool is_printable = std::ranges::all_of(text, [](char c) { return c > ' ' && c != 0x7f; });
  return text.starts_with('@') && colon != std::string_view::npos && colon > 1 && colon + 1 < text.size() &&
         text.size() <= kUserIdBytesMax && is_printable;
}

bool is_unit_id(std::string_view text) {
  return !text.empty() && text.size() <= kUnitIdBytesMax && std::ranges::all_of(text, [](char c) {
    return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '.';
  });
}

bool is_region(std::string_view text) {
  if (text.size() < 2 || !is_upper(text[0]) || !is_upper(text[1])) return false;
  if (text.size() == 2) return true;
  const std::string_view subdivision = text.substr(3);
  return text[2] == '-' && !subdivision.empty() && subdivision.size() <= 3 &&
         std::ranges::all_of(subdivision, [](char c) { return is_upper(c) || is_digit(c); });
}

}  // namespace kuramori::organisation
