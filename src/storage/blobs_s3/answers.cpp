#include "storage/blobs_s3/answers.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace kuramori::storage::blobs_s3 {
namespace {

constexpr std::size_t kEntityBytesMax = 10;
constexpr std::uint32_t kLastAscii = 0x7F;

// Keys, upload identifiers and entity tags are ASCII: a reference to anything else is no answer of ours.
std::optional<char> entity(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, char>, 5> kNamed{
      {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}}};
  for (const auto& [known, c] : kNamed) {
    if (known == name) return c;
  }
  if (!name.starts_with('#')) return std::nullopt;
  name.remove_prefix(1);
  const bool is_hex = name.starts_with('x');
  if (is_hex) name.remove_prefix(1);
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number, is_hex ? 16 : 10);
  if (error != std::errc() || end != name.data() + name.size() || number == 0 || number > kLastAscii) {
    return std::nullopt;
  }
  return static_cast<char>(number);
}

std::optional<std::string> unescape(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (text.front() == '<') return std::nullopt;
    if (text.front() != '&') {
      out.push_back(text.front());
      text.remove_prefix(1);
      continue;
    }
    const std::size_t end = text.substr(0, kEntityBytesMax).find(';');
    if (end == std::string_view::npos) return std::nullopt;
    const std::optional<char> c = entity(text.substr(1, end - 1));
    if (!c) return std::nullopt;
    out.push_back(*c);
    text.remove_prefix(end + 1);
  }
  return out;
}

// From the end of `<name>` or `<name …>` on; npos when there is none.
std::size_t content_begin(std::string_view xml, std::string_view name, std::size_t from) {
  const std::string tag = "<" + std::string(name);
  for (std::size_t at = xml.find(tag, from); at != std::string_view::npos; at = xml.find(tag, at + 1)) {
    const std::size_t next = at + tag.size();
    if (next >= xml.size()) break;
    if (xml[next] == '>') return next + 1;
    if (xml[next] != ' ' && xml[next] != '\n') continue;  // a longer name
    const std::size_t end = xml.find('>', next);
    if (end != std::string_view::npos && xml[end - 1] != '/') return end + 1;
  }
  return std::string_view::npos;
}

}  // namespace

std::vector<std::string_view> elements(std::string_view xml, std::string_view name) {
  std::vector<std::string_view> found;
  const std::string closing = "</" + std::string(name) + ">";
  std::size_t at = 0;
  for (;;) {
    const std::size_t begin = content_begin(xml, name, at);
    if (begin == std::string_view::npos) return found;
    const std::size_t end = xml.find(closing, begin);
    if (end == std::string_view::npos) return found;
    found.push_back(xml.substr(begin, end - begin));
    at = end + closing.size();
  }
}

std::optional<std::string> element(std::string_view xml, std::string_view name) {
  const std::size_t begin = content_begin(xml, name, 0);
  if (begin == std::string_view::npos) return std::nullopt;
  const std::size_t end = xml.find("</" + std::string(name) + ">", begin);
  if (end == std::string_view::npos) return std::nullopt;
  return unescape(xml.substr(begin, end - begin));
}

}  // namespace kuramori::storage::blobs_s3
