#include "link_risk/extraction.hpp"

#include "governance/characters.hpp"
#include "governance/normalise.hpp"
#include "link_risk/html_anchors.hpp"
#include "link_risk/link_scan.hpp"
#include "link_risk/text_characters.hpp"
#include "link_risk/visible_text.hpp"

namespace kuramori::link_risk {
namespace {

class Gathering {
 public:
  explicit Gathering(const HostReader& hosts) : hosts_(hosts) {}

  void take(ContentTextView view) {
    if (may_hold_link(view.text)) {
      if (view.is_html) {
        take_html(view.text);
      } else {
        take_text(view.text);
      }
    }
    ++text_;
  }
  Extraction result() && { return std::move(extraction_); }

 private:
  void add(FoundLink found) {
    if (is_permalink(found.link)) return;
    if (extraction_.links.size() >= Extraction::kLinksMax) {
      extraction_.is_truncated = true;
      return;
    }
    found.text = text_;
    extraction_.links.push_back(std::move(found));
  }

  void take_text(std::string_view text) {
    for (FoundLink& found : links_in_text(hosts_, text)) add(std::move(found));
  }

  void take_html(std::string_view html) {
    const detail::HtmlPieces pieces = detail::read_html(html);
    for (const detail::Anchor& anchor : pieces.anchors) {
      if (!scheme_prefix(anchor.target) && !anchor.target.starts_with("//")) {
        // "www.example.com" is a path to a browser; clients drop it or make a link of it.
        if (!anchor.target.starts_with("www.")) continue;
      }
      auto link = read_link(hosts_, anchor.target);
      if (!link) continue;
      add({.link = *std::move(link),
           .shown = anchor.shown,
           .placed = Placed::InTarget,
           .hides_characters = false,
           .text = 0,
           .begin = static_cast<std::uint32_t>(anchor.value.begin),
           .end = static_cast<std::uint32_t>(anchor.value.end),
           .is_quoted = anchor.is_quoted});
    }
    governance::NormalisedText visible;
    for (const detail::Span& span : pieces.texts) {
      governance::strip_html(html.substr(span.begin, span.end - span.begin), visible);
      if (!may_hold_link(visible.text())) continue;
      for (FoundLink& found : links_in_text(hosts_, visible.text())) {
        found.placed = Placed::InHtml;
        const std::size_t last = found.end - 1;
        found.begin = static_cast<std::uint32_t>(span.begin + visible.begin_of(found.begin));
        found.end = static_cast<std::uint32_t>(span.begin + visible.end_of(last));
        add(std::move(found));
      }
    }
  }

  const HostReader& hosts_;
  std::uint32_t text_ = 0;
  Extraction extraction_;
};

bool may_begin_label(char c) {
  return governance::is_alphanumeric(c) || static_cast<unsigned char>(c) >= 0x80;
}

// A dot between two characters, or in brackets.
bool joins_labels(std::string_view text, std::size_t dot) {
  const char before = text[dot - 1];
  const char after = text[dot + 1];
  if (static_cast<unsigned char>(before) <= 0x20) return false;
  if (before == '[' || before == '(' || before == '{') return true;
  return may_begin_label(after);
}

// Wide dots before what may be a top level, which is ASCII behind them; wide colons before slashes.
bool may_be_wide_separator(std::string_view text, std::size_t at) {
  const std::string_view character = text.substr(at, 3);
  if (character.size() < 3 || at + 3 >= text.size()) return false;
  const char after = text[at + 3];
  if (character == "\xEF\xBC\x9A") return after == '/' || after == '\\' || after == '\xEF';
  const bool is_dot = character == "\xE3\x80\x82" || character == "\xEF\xBC\x8E" ||
                      character == "\xEF\xBD\xA1" || character == "\xE2\x80\xA4" ||
                      character == "\xEF\xB9\x92";
  // E2 begins what is invisible.
  return is_dot && (governance::is_alphanumeric(after) || after == '\xE2' || after == '\xEF');
}

}  // namespace

bool may_hold_link(std::string_view text) {
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x80) {
      const bool may_begin_separator = c == 0xE2 || c == 0xE3 || c == 0xEF;
      if (may_begin_separator && may_be_wide_separator(text, i)) return true;
    } else if (c == '.') {
      if (joins_labels(text, i)) return true;
    } else if (c == ':') {
      const char after = text[i + 1];
      if (after == '/' || after == '\\' || after == ']') return true;
    } else if (c == '[' || c == '(' || c == '{') {
      if ((text[i + 1] | 0x20) == 'd') return true;
    } else if (c == '&') {
      return true;  // perhaps a reference in HTML: "&period;"
    }
  }
  return false;
}

std::vector<FoundLink> links_in_text(const HostReader& hosts, std::string_view text) {
  const detail::VisibleText visible = detail::visible_text(text);
  std::vector<FoundLink> found;
  detail::LinkScan scan(hosts, visible.text);
  while (auto next = scan.next()) {
    found.push_back({.link = std::move(next->link),
                     .shown = std::move(next->shown),
                     .placed = Placed::InText,
                     .hides_characters = visible.hides_within(next->begin, next->end),
                     .text = 0,
                     .begin = visible.begin[next->begin],
                     .end = visible.end[next->end - 1],
                     .is_quoted = true});
    if (found.size() > Extraction::kLinksMax) break;
  }
  return found;
}

Extraction extract_links(const HostReader& hosts, const json::Object& content) {
  Gathering gathering(hosts);
  for_each_text(content, [&gathering](ContentTextView view) { gathering.take(view); });
  return std::move(gathering).result();
}

}  // namespace kuramori::link_risk
