#include "api/client/byte_range.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace kuramori::api::client {
namespace {

constexpr std::size_t kDigitsMax = 18;

// Digits alone; more of them than any file has octets are that many octets.
std::optional<std::uint64_t> read_number(std::string_view text) {
  if (text.empty() || !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; }))
    return std::nullopt;
  text.remove_prefix(std::min(text.find_first_not_of('0'), text.size() - 1));
  if (text.size() > kDigitsMax) return std::uint64_t{1} << 62;
  return static_cast<std::uint64_t>(*text::to_integer(text));
}

}  // namespace

RangeAnswer read_range(std::string_view header, std::uint64_t file_bytes) {
  constexpr std::string_view kUnit = "bytes=";
  header = text::trim(header);
  if (header.size() < kUnit.size() || text::to_lower_ascii(header.substr(0, kUnit.size())) != kUnit)
    return {};
  const std::string_view range = text::trim(header.substr(kUnit.size()));
  const std::size_t dash = range.find('-');
  if (dash == std::string_view::npos || range.find(',') != std::string_view::npos) return {};
  const std::string_view first_text = range.substr(0, dash);
  const std::string_view last_text = range.substr(dash + 1);
  if (first_text.empty()) {  // the last so many
    const auto count = read_number(last_text);
    if (!count) return {};
    if (*count == 0 || file_bytes == 0) return {RangeWish::Unsatisfiable, {}};
    return {RangeWish::Part, {file_bytes - std::min(*count, file_bytes), file_bytes}};
  }
  const auto first = read_number(first_text);
  const auto last =
      last_text.empty() ? std::optional<std::uint64_t>(std::uint64_t{1} << 62) : read_number(last_text);
  if (!first || !last || *last < *first) return {};
  if (*first >= file_bytes) return {RangeWish::Unsatisfiable, {}};
  return {RangeWish::Part, {*first, std::min(*last, file_bytes - 1) + 1}};
}

}  // namespace kuramori::api::client
