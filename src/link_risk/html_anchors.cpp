#include "link_risk/html_anchors.hpp"

#include <optional>

#include "base/text.hpp"
#include "governance/characters.hpp"
#include "governance/normalise.hpp"
#include "link_risk/html_references.hpp"

namespace kuramori::link_risk::detail {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

struct Attribute {
  std::string name;
  Span value;
  bool is_quoted = false;
};

struct Tag {
  std::string name;
  bool is_closing = false;
  std::size_t end = 0;  // behind '>'
  std::optional<Attribute> target;
};

class TagReader {
 public:
  TagReader(std::string_view html, std::size_t begin) : html_(html), at_(begin + 1) {}

  // Nothing when the text at '<' is no tag.
  std::optional<Tag> read() {
    Tag tag;
    if (at_ < html_.size() && html_[at_] == '/') {
      tag.is_closing = true;
      ++at_;
    }
    if (at_ >= html_.size() || !governance::is_letter(html_[at_])) return std::nullopt;
    while (at_ < html_.size() && !is_space(html_[at_]) && html_[at_] != '>' && html_[at_] != '/') {
      tag.name.push_back(governance::lower(html_[at_++]));
    }
    while (auto attribute = next_attribute()) {
      if (attribute->name == "href" && !tag.target) tag.target = std::move(attribute);
    }
    tag.end = std::min(at_ + 1, html_.size());
    return tag;
  }

 private:
  std::optional<Attribute> next_attribute() {
    while (at_ < html_.size() && (is_space(html_[at_]) || html_[at_] == '/')) ++at_;
    if (at_ >= html_.size() || html_[at_] == '>') return std::nullopt;
    Attribute attribute;
    do {
      attribute.name.push_back(governance::lower(html_[at_++]));
    } while (at_ < html_.size() && !is_space(html_[at_]) && html_[at_] != '=' && html_[at_] != '>' &&
             html_[at_] != '/');
    while (at_ < html_.size() && is_space(html_[at_])) ++at_;
    if (at_ >= html_.size() || html_[at_] != '=') return attribute;
    ++at_;
    while (at_ < html_.size() && is_space(html_[at_])) ++at_;
    read_value(attribute);
    return attribute;
  }

  void read_value(Attribute& attribute) {
    const char quote = at_ < html_.size() ? html_[at_] : '\0';
    if (quote == '"' || quote == '\'') {
      const std::size_t end = std::min(html_.find(quote, at_ + 1), html_.size());
      attribute.is_quoted = true;
      attribute.value = {.begin = at_ + 1, .end = std::max(end, std::min(at_ + 1, html_.size()))};
      at_ = std::min(end + 1, html_.size());
      return;
    }
    attribute.value.begin = at_;
    while (at_ < html_.size() && !is_space(html_[at_]) && html_[at_] != '>') ++at_;
    attribute.value.end = at_;
  }

  std::string_view html_;
  std::size_t at_;
};

std::string target_of(std::string_view value) {
  std::string target;
  for (const char c : resolve_references(value)) {
    if (c != '\t' && c != '\n' && c != '\r') target.push_back(c);
  }
  // Controls and blanks around it are dropped (WHATWG URL, "basic URL parser").
  std::size_t begin = 0;
  while (begin < target.size() && static_cast<unsigned char>(target[begin]) <= 0x20) ++begin;
  std::size_t end = target.size();
  while (end > begin && static_cast<unsigned char>(target[end - 1]) <= 0x20) --end;
  return target.substr(begin, end - begin);
}

std::string shown_text(std::string_view html) {
  governance::NormalisedText text;
  governance::strip_html(html, text);
  return std::string(text::trim(text.text()));
}

}  // namespace

HtmlPieces read_html(std::string_view html) {
  HtmlPieces pieces;
  std::optional<std::size_t> inner;  // where the text of the open anchor begins
  std::size_t text_begin = 0;
  const auto close_anchor = [&](std::size_t end) {
    if (inner) pieces.anchors.back().shown = shown_text(html.substr(*inner, end - *inner));
    inner.reset();
  };
  for (std::size_t at = html.find('<'); at != std::string_view::npos;) {
    if (html.substr(at).starts_with("<!--")) {
      const std::size_t close = html.find("-->", at + 4);
      at = html.find('<', close == std::string_view::npos ? at + 4 : close + 3);
      continue;
    }
    const auto tag = TagReader(html, at).read();
    if (!tag) {
      at = html.find('<', at + 1);
      continue;
    }
    if (tag->name == "a") {
      if (!inner && at > text_begin) pieces.texts.push_back({.begin = text_begin, .end = at});
      close_anchor(at);
      text_begin = tag->end;
      if (!tag->is_closing && tag->target) {
        const Span value = tag->target->value;
        pieces.anchors.push_back({.target = target_of(html.substr(value.begin, value.end - value.begin)),
                                  .value = value,
                                  .is_quoted = tag->target->is_quoted,
                                  .shown = {}});
        inner = tag->end;
      }
    }
    at = html.find('<', tag->end);
  }
  if (inner) {
    close_anchor(html.size());
  } else if (text_begin < html.size()) {
    pieces.texts.push_back({.begin = text_begin, .end = html.size()});
  }
  return pieces;
}

}  // namespace kuramori::link_risk::detail
