#include "previews/page_summary.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.hpp"

namespace kuramori::previews {
namespace {

constexpr std::size_t kAttributesMax = 32;
constexpr std::size_t kTagNameBytesMax = 64;
constexpr std::size_t kEntityBytesMax = 12;

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

void append_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out.push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out.push_back(static_cast<char>(0xC0U | (code >> 6U)));
    out.push_back(static_cast<char>(0x80U | (code & 0x3FU)));
  } else if (code < 0x10000) {
    out.push_back(static_cast<char>(0xE0U | (code >> 12U)));
    out.push_back(static_cast<char>(0x80U | ((code >> 6U) & 0x3FU)));
    out.push_back(static_cast<char>(0x80U | (code & 0x3FU)));
  } else {
    out.push_back(static_cast<char>(0xF0U | (code >> 18U)));
    out.push_back(static_cast<char>(0x80U | ((code >> 12U) & 0x3FU)));
    out.push_back(static_cast<char>(0x80U | ((code >> 6U) & 0x3FU)));
    out.push_back(static_cast<char>(0x80U | (code & 0x3FU)));
  }
}

// The entities that titles and descriptions are written with.
std::optional<std::uint32_t> entity(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::uint32_t>, 24> kNamed{
      {{"amp", '&'},      {"lt", '<'},       {"gt", '>'},        {"quot", '"'},     {"apos", '\''},
       {"nbsp", ' '},     {"ndash", 0x2013}, {"mdash", 0x2014},  {"lsquo", 0x2018}, {"rsquo", 0x2019},
       {"ldquo", 0x201C}, {"rdquo", 0x201D}, {"hellip", 0x2026}, {"middot", 0xB7},  {"bull", 0x2022},
       {"laquo", 0xAB},   {"raquo", 0xBB},   {"copy", 0xA9},     {"reg", 0xAE},     {"trade", 0x2122},
       {"times", 0xD7},   {"eacute", 0xE9},  {"yen", 0xA5},      {"euro", 0x20AC}}};
  if (!name.starts_with('#')) {
    for (const auto& [known, code] : kNamed) {
      if (known == name) return code;
    }
    return std::nullopt;
  }
  name.remove_prefix(1);
  const bool is_hex = name.starts_with('x') || name.starts_with('X');
  if (is_hex) name.remove_prefix(1);
  std::uint32_t code = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), code, is_hex ? 16 : 10);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  if (code < 0x20 || code == 0x7F || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return U' ';
  return code;
}

// Entities resolved, control characters and runs of white space one space, at most so many characters.
std::string tidy(std::string_view raw) {
  std::string out;
  std::size_t characters = 0;
  bool is_gap = false;
  while (!raw.empty() && characters < kTextCharactersMax) {
    std::string piece;
    std::size_t used = 1;
    if (raw.front() == '&') {
      const std::size_t end = raw.substr(0, kEntityBytesMax).find(';');
      const auto code = end == std::string_view::npos ? std::nullopt : entity(raw.substr(1, end - 1));
      if (code) {
        append_utf8(piece, *code);
        used = end + 1;
      } else {
        piece = "&";
      }
    } else {
      while (used < raw.size() && (static_cast<unsigned char>(raw[used]) & 0xC0U) == 0x80U) ++used;
      piece = raw.substr(0, used);
    }
    raw.remove_prefix(used);
    const bool is_blank =
        piece.size() == 1 && (static_cast<unsigned char>(piece[0]) <= 0x20 || piece[0] == '\x7f');
    if (is_blank) {
      is_gap = !out.empty();
      continue;
    }
    if (is_gap) out.push_back(' ');
    is_gap = false;
    out += piece;
    ++characters;
  }
  return text::is_valid_utf8(out) ? out : std::string();
}

struct Attribute {
  std::string name;
  std::string_view value;
};

// The attributes of a tag, and where it ends: just behind its '>'.
struct Tag {
  std::vector<Attribute> attributes;
  std::size_t end = 0;

  std::string_view value(std::string_view name) const {
    for (const Attribute& attribute : attributes) {
      if (attribute.name == name) return attribute.value;
    }
    return "";
  }
};

Tag read_tag(std::string_view html, std::size_t at) {
  Tag tag;
  const auto skip_space = [&] {
    while (at < html.size() && (is_space(html[at]) || html[at] == '/')) ++at;
  };
  for (skip_space(); at < html.size() && html[at] != '>'; skip_space()) {
    const std::size_t name_begin = at;
    while (at < html.size() && !is_space(html[at]) && html[at] != '=' && html[at] != '>' && html[at] != '/')
      ++at;
    if (at == name_begin) ++at;  // a stray '='
    const std::string_view name = html.substr(name_begin, at - name_begin);
    while (at < html.size() && is_space(html[at])) ++at;
    std::string_view value;
    if (at < html.size() && html[at] == '=') {
      ++at;
      while (at < html.size() && is_space(html[at])) ++at;
      if (at < html.size() && (html[at] == '"' || html[at] == '\'')) {
        const char quote = html[at++];
        const std::size_t end = std::min(html.find(quote, at), html.size());
        value = html.substr(at, end - at);
        at = std::min(end + 1, html.size());
      } else {
        const std::size_t begin = at;
        while (at < html.size() && !is_space(html[at]) && html[at] != '>') ++at;
        value = html.substr(begin, at - begin);
      }
    }
    if (tag.attributes.size() < kAttributesMax && name.size() <= kTagNameBytesMax) {
      tag.attributes.push_back({text::to_lower_ascii(name), value});
    }
  }
  tag.end = std::min(at + 1, html.size());
  return tag;
}

bool starts_with_ignoring_case(std::string_view text, std::string_view lower) {
  if (text.size() < lower.size()) return false;
  return text::to_lower_ascii(text.substr(0, lower.size())) == lower;
}

// Where "</name" begins; the end of the text when it does not.
std::size_t closing(std::string_view html, std::string_view name, std::size_t from) {
  const std::string wanted = "</" + std::string(name);
  for (std::size_t at = html.find("</", from); at != std::string_view::npos; at = html.find("</", at + 2)) {
    if (starts_with_ignoring_case(html.substr(at), wanted)) return at;
  }
  return html.size();
}

class Reader {
 public:
  explicit Reader(std::string_view html) : html_(html) {}

  std::map<std::string, std::string> read() {
    std::size_t at = 0;
    while ((at = html_.find('<', at)) != std::string_view::npos) at = after_tag(at);
    if (!title_.empty()) found_.try_emplace("og:title", title_);
    if (!description_.empty()) found_.try_emplace("og:description", description_);
    std::erase_if(found_, [](const auto& entry) { return entry.second.empty(); });
    return std::move(found_);
  }

 private:
  // What follows '<' at `at`; where to go on.
  std::size_t after_tag(std::size_t at) {
    const std::string_view rest = html_.substr(at);
    if (rest.starts_with("<!--")) {
      const std::size_t end = html_.find("-->", at + 4);
      return end == std::string_view::npos ? html_.size() : end + 3;
    }
    std::size_t end = at + 1;
    while (end < html_.size() && !is_space(html_[end]) && html_[end] != '>' && html_[end] != '/') {
      if (end - at > kTagNameBytesMax) return at + 1;
      ++end;
    }
    const std::string name = text::to_lower_ascii(html_.substr(at + 1, end - at - 1));
    if (name.empty()) return at + 1;
    if (name == "meta") {
      const Tag tag = read_tag(html_, end);
      add(tag);
      return tag.end;
    }
    for (const std::string_view raw : {"script", "style", "noscript", "template", "textarea", "svg"}) {
      if (name == raw) return closing(html_, raw, end);
    }
    if (name == "title" && title_.empty()) {
      const std::size_t begin = std::min(html_.find('>', end), html_.size());
      const std::size_t finish = closing(html_, name, begin);
      if (begin < finish) title_ = tidy(html_.substr(begin + 1, finish - begin - 1));
      return finish;
    }
    return at + 1;
  }

  void add(const Tag& tag) {
    std::string name = text::to_lower_ascii(text::trim(tag.value("property")));
    if (name.empty()) name = text::to_lower_ascii(text::trim(tag.value("name")));
    const std::string_view content = tag.value("content");
    if (name == "description" && description_.empty()) description_ = tidy(content);
    // Twitter's names where OpenGraph's are missing.
    if (name == "twitter:title" && title_.empty()) title_ = tidy(content);
    if (name == "twitter:description" && description_.empty()) description_ = tidy(content);
    if (name.starts_with("og:") && found_.size() < kPropertiesMax) found_.try_emplace(name, tidy(content));
  }

  std::string_view html_;
  std::map<std::string, std::string> found_;
  std::string title_;
  std::string description_;
};

}  // namespace

std::map<std::string, std::string> summarise(std::string_view html) {
  return Reader(html).read();
}

}  // namespace kuramori::previews
