// Every link that a reader of an event's content could follow: in text, in markdown, as an anchor, without a
// scheme, written with wide characters, hidden ones or brackets ("hxxp://evil[.]example").
//
//   Extraction found = extract_links(hosts, content);
//
// A content without links costs one look at each octet of its texts. Pure; thread-safe.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "json/json.hpp"
#include "link_risk/link.hpp"

namespace kuramori::link_risk {

enum class Placed : std::uint8_t {
  InText,    // the link stands in a plain text
  InHtml,    // in the text of org.matrix.custom.html, outside of an anchor
  InTarget,  // an anchor's target
};

struct FoundLink {
  Link link;
  std::string shown;  // what the reader sees in its place; empty: the link itself
  Placed placed = Placed::InText;
  bool hides_characters = false;  // invisible ones stand within it
  std::uint32_t text = 0;         // which of the content's texts, in the order of for_each_text
  std::uint32_t begin = 0;        // octets of that text
  std::uint32_t end = 0;
  bool is_quoted = true;  // InTarget: the value stands between quotes
};

struct Extraction {
  static constexpr std::size_t kLinksMax = 2000;

  std::vector<FoundLink> links;  // without permalinks of Matrix
  bool is_truncated = false;     // there were more than kLinksMax
};
Extraction extract_links(const HostReader& hosts, const json::Object& content);

// Links in one plain text; `shown`, `placed` and `text` are not set but for markdown.
std::vector<FoundLink> links_in_text(const HostReader& hosts, std::string_view text);

// False: there is none. One pass over octets; may promise too much, never too little.
bool may_hold_link(std::string_view text);

// The texts of a content that a client may show, in a fixed order. Encrypted content has none.
struct ContentTextView {
  std::string_view text;
  bool is_html = false;
};
void for_each_text(const json::Object& content, const std::function<void(ContentTextView)>& visit);
// The same texts; what `replace` answers takes the text's place.
using ReplaceText = std::function<std::optional<std::string>(ContentTextView)>;
json::Object replace_texts(const json::Object& content, const ReplaceText& replace);

}  // namespace kuramori::link_risk
