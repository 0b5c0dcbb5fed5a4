#include "link_risk/rewriting.hpp"

#include <algorithm>
#include <vector>

#include "link_risk/html_references.hpp"

namespace kuramori::link_risk {
namespace {

struct Change {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string replacement;
};

std::string replacement_for(const FoundLink& found, std::string_view original, const std::string& address) {
  switch (found.placed) {
    case Placed::InText:
      return address;
    case Placed::InTarget: {
      const std::string value = detail::escape_attribute(address);
      return found.is_quoted ? value : "\"" + value + "\"";
    }
    case Placed::InHtml:
      break;
  }
  return "<a href=\"" + detail::escape_attribute(address) + "\">" + std::string(original) + "</a>";
}

std::string changed(std::string_view text, std::vector<Change>& changes) {
  std::ranges::sort(changes, {}, &Change::begin);
  std::string out;
  std::size_t at = 0;
  for (const Change& change : changes) {
    if (change.begin < at) continue;
    out += text.substr(at, change.begin - at);
    out += change.replacement;
    at = change.end;
  }
  out += text.substr(at);
  return out;
}

}  // namespace

json::Object rewrite_links(const HostReader& hosts, const json::Object& content, const Redirect& redirect) {
  const Extraction extraction = extract_links(hosts, content);
  if (extraction.links.empty()) return content;
  std::uint32_t index = 0;
  auto next = extraction.links.begin();
  return replace_texts(content, [&](ContentTextView view) -> std::optional<std::string> {
    std::vector<Change> changes;
    for (; next != extraction.links.end() && next->text == index; ++next) {
      const auto address = redirect(next->link);
      if (!address) continue;
      const std::string_view original = view.text.substr(next->begin, next->end - next->begin);
      changes.push_back({.begin = next->begin,
                         .end = next->end,
                         .replacement = replacement_for(*next, original, *address)});
    }
    ++index;
    if (changes.empty()) return std::nullopt;
    return changed(view.text, changes);
  });
}

}  // namespace kuramori::link_risk
