#include "link_risk/link_scan.hpp"

#include <algorithm>

#include "governance/characters.hpp"
#include "governance/confusables.hpp"
#include "link_risk/text_characters.hpp"

namespace kuramori::link_risk::detail {
namespace {

constexpr std::size_t kHostOctetsMax = 1024;
constexpr std::size_t kIdentifierMax = 255;
constexpr std::size_t kMarkdownTextMax = 300;

bool is_continuation(char c) {
  return governance::is_continuation(c);
}

std::size_t start_of_character(std::string_view text, std::size_t last_octet) {
  std::size_t at = last_octet;
  while (at > 0 && last_octet - at < 3 && is_continuation(text[at])) --at;
  return at;
}

bool is_dot(char32_t c) {
  return c == '.' || is_wide_dot(c);
}

bool belongs_to_host(char32_t c) {
  return is_dot(c) || is_label_character(c);
}

// Behind the last character that belongs to the link: a full stop ends the sentence, a bracket what it
// opened.
std::size_t without_trailing_punctuation(std::string_view text, std::size_t begin, std::size_t end) {
  constexpr std::string_view kPunctuation = ".,;:!?'*_~";
  while (end > begin) {
    const char last = text[end - 1];
    if (kPunctuation.contains(last)) {
      --end;
      continue;
    }
    const char opening = last == ')' ? '(' : last == ']' ? '[' : last == '}' ? '{' : '\0';
    if (opening == '\0') break;
    const std::string_view link = text.substr(begin, end - begin);
    if (std::ranges::count(link, opening) >= std::ranges::count(link, last)) break;
    --end;
  }
  return end;
}

struct HostSpan {
  std::size_t begin;
  std::size_t end;
};

HostSpan host_around(std::string_view text, std::size_t dot, std::size_t from) {
  HostSpan span{.begin = dot, .end = dot};
  while (span.begin > from && dot - span.begin < kHostOctetsMax) {
    const std::size_t before = start_of_character(text, span.begin - 1);
    if (before < from || !belongs_to_host(character_at(text, before).code_point)) break;
    span.begin = before;
  }
  while (span.end < text.size() && span.end - dot < kHostOctetsMax) {
    const Character c = character_at(text, span.end);
    if (!belongs_to_host(c.code_point)) break;
    span.end += c.length;
  }
  return span;
}

// A host in the middle of text without spaces: "请看example.com谢谢". Cut where Han or kana meet ASCII.
HostSpan without_words_around(std::string_view text, HostSpan span) {
  std::size_t last_dot_end = span.begin;
  for (std::size_t at = span.begin; at < span.end;) {
    const Character c = character_at(text, at);
    at += c.length;
    if (is_dot(c.code_point) && at < span.end) last_dot_end = at;
  }
  for (std::size_t at = last_dot_end; at < span.end;) {
    const Character c = character_at(text, at);
    if (c.code_point >= 0x80 && at > last_dot_end && governance::is_cjk(c.code_point)) {
      span.end = at;
      break;
    }
    at += c.length;
  }
  std::size_t begin = span.begin;
  bool after_cjk = false;
  for (std::size_t at = span.begin; at + 1 < last_dot_end;) {
    const Character c = character_at(text, at);
    const bool is_cjk = governance::is_cjk(c.code_point);
    if (after_cjk && c.code_point < 0x80 && governance::is_alphanumeric(static_cast<char>(c.code_point)))
      begin = at;
    after_cjk = is_cjk;
    at += c.length;
  }
  span.begin = begin;
  const auto is_edge = [](char c) { return c == '.' || c == '-' || c == '_'; };
  while (span.begin < span.end && is_edge(text[span.begin])) ++span.begin;
  while (span.end > span.begin && is_edge(text[span.end - 1])) --span.end;
  return span;
}

bool is_ascii(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

// The top level as it is written, and whether a wide dot stands before it.
struct TopLevel {
  std::string_view text;
  bool is_behind_wide_dot = false;
};
std::optional<TopLevel> top_level(std::string_view host) {
  std::optional<TopLevel> found;
  for (std::size_t at = 0; at < host.size();) {
    const Character c = character_at(host, at);
    at += c.length;
    if (is_dot(c.code_point)) found = {.text = host.substr(at), .is_behind_wide_dot = c.code_point != '.'};
  }
  return found;
}

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, governance::is_digit);
}

}  // namespace

std::optional<ScannedLink> LinkScan::next() {
  while (at_ < text_.size()) {
    const Character c = character_at(text_, at_);
    std::optional<ScannedLink> found;
    if (c.code_point == ':') {
      found = with_scheme(at_);
      if (!found) ++at_;
    } else if (is_dot(c.code_point)) {
      found = without_scheme(at_);  // moves on by itself
    } else {
      at_ += c.length;
    }
    if (found) {
      at_ = std::max(found->end, at_);
      free_from_ = found->end;
      return found;
    }
  }
  return std::nullopt;
}

std::optional<ScannedLink> LinkScan::with_scheme(std::size_t colon) {
  for (const std::size_t length : {5U, 4U, 3U}) {
    if (colon < free_from_ + length) continue;
    const std::size_t begin = colon - length;
    const std::string_view rest = text_.substr(begin);
    const auto prefix = scheme_prefix(rest.substr(0, Link::kOctetsMax));
    if (!prefix || rest[length] != ':') continue;
    const std::string_view behind = rest.substr(prefix->length, kHostOctetsMax);
    const std::size_t authority = std::min(behind.find_first_of("/\\?# \t\n<>\""), behind.size());
    if (authority == 0) return std::nullopt;
    const std::size_t end = end_of_link(begin, begin + prefix->length);
    if (end <= begin + prefix->length) return std::nullopt;
    auto link = read_link(hosts_, text_.substr(begin, end - begin));
    if (!link) return std::nullopt;
    return ScannedLink{.link = *std::move(link), .shown = markdown_text(begin), .begin = begin, .end = end};
  }
  return std::nullopt;
}

std::optional<ScannedLink> LinkScan::without_scheme(std::size_t dot) {
  const HostSpan around = host_around(text_, dot, free_from_);
  // Whatever comes of it: the characters of this host are looked at once.
  at_ = std::max(around.end, dot + character_at(text_, dot).length);
  const HostSpan span = without_words_around(text_, around);
  if (span.begin >= span.end || belongs_to_identifier(span.begin)) return std::nullopt;
  // A scheme follows in the same run ("see.https://…"): it is found by its colon.
  const std::string_view written = text_.substr(span.begin, span.end - span.begin);
  const auto top = top_level(written);
  if (!top || top->text.empty()) return std::nullopt;
  if (top->is_behind_wide_dot && !is_ascii(top->text)) return std::nullopt;
  const bool has_more = span.end == around.end && span.end < text_.size();
  const bool is_followed = has_more && (text_[span.end] == '/' || text_[span.end] == ':');
  if (is_number(top->text) && !is_followed) return std::nullopt;  // "3.14", "10.0.0.1" in a sentence
  const auto host = hosts_.read(written);
  if (!host) return std::nullopt;
  if (host->kind == HostKind::Name) {
    if (!host->has_known_suffix || hosts_.suffixes().registrable_domain(host->name).empty())
      return std::nullopt;
  } else if (std::ranges::count(written, '.') != 3) {
    return std::nullopt;
  }
  std::size_t end = span.end;
  if (has_more && text_[end] == ':') {
    std::size_t digits = end + 1;
    while (digits < text_.size() && governance::is_digit(text_[digits])) ++digits;
    if (digits > end + 1 && digits <= end + 6) end = digits;
  }
  if (end < text_.size() && (text_[end] == '/' || text_[end] == '?' || text_[end] == '#')) {
    end = without_trailing_punctuation(text_, span.begin, end_of_path(end));
  }
  auto link = read_link(hosts_, text_.substr(span.begin, end - span.begin));
  if (!link) return std::nullopt;
  return ScannedLink{
      .link = *std::move(link), .shown = markdown_text(span.begin), .begin = span.begin, .end = end};
}

std::size_t LinkScan::end_of_link(std::size_t begin, std::size_t authority) const {
  std::size_t at = authority;
  while (at < text_.size() && at - begin < Link::kOctetsMax) {
    const Character c = character_at(text_, at);
    if (c.code_point == '/' || c.code_point == '\\' || c.code_point == '?' || c.code_point == '#') {
      return without_trailing_punctuation(text_, begin, end_of_path(at));
    }
    if ((ends_link(c.code_point) && !is_wide_dot(c.code_point)) || text_.substr(at, 2) == "](") break;
    at += c.length;
  }
  // Wide full stops end the sentence as well.
  std::size_t end = without_trailing_punctuation(text_, authority, at);
  while (end >= authority + 3 && is_wide_dot(character_at(text_, end - 3).code_point)) {
    end = without_trailing_punctuation(text_, authority, end - 3);
  }
  return end;
}

std::size_t LinkScan::end_of_path(std::size_t at) const {
  const std::size_t limit = std::min(text_.size(), at + Link::kOctetsMax);
  while (at < limit) {
    const Character c = character_at(text_, at);
    if (ends_link(c.code_point) || is_wide_dot(c.code_point) || text_.substr(at, 2) == "](") break;
    at += c.length;
  }
  return at;
}

// "alice@example.com", "@alice:example.com", "#room:example.com", "dir/file.py": nothing that is followed.
bool LinkScan::belongs_to_identifier(std::size_t begin) const {
  if (begin == 0) return false;
  const char before = text_[begin - 1];
  if (before == '@' || before == '#' || before == '!' || before == '$') return true;
  if (before == '/' || before == '\\') return begin < 2 || text_[begin - 2] != '/';
  if (before != ':') return false;
  for (std::size_t i = begin - 1; i > 0 && begin - i <= kIdentifierMax; --i) {
    const char c = text_[i - 1];
    if (c == '@' || c == '#' || c == '!') return true;
    if (!governance::is_alphanumeric(c) && std::string_view("._=/+-").find(c) == std::string_view::npos)
      return false;
  }
  return false;
}

std::string LinkScan::markdown_text(std::size_t begin) const {
  if (begin < 3 || text_[begin - 1] != '(' || text_[begin - 2] != ']') return {};
  const std::size_t close = begin - 2;
  const std::size_t first = close - std::min(close, kMarkdownTextMax);
  const std::string_view before = text_.substr(first, close - first);
  const std::size_t open = before.rfind('[');
  return open == std::string_view::npos ? std::string() : std::string(before.substr(open + 1));
}

}  // namespace kuramori::link_risk::detail
