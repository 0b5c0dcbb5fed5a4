// The pieces of org.matrix.custom.html that can hold a link: anchors with their targets, and text between
// them.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kuramori::link_risk::detail {

// Octets of the source.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
};

struct Anchor {
  std::string target;  // references resolved, tabs and line ends removed, as browsers do
  Span value;          // the attribute's value, without its quotes
  bool is_quoted = false;
  std::string shown;  // the text that a reader sees
};

struct HtmlPieces {
  std::vector<Anchor> anchors;
  std::vector<Span> texts;  // outside of anchors
};
HtmlPieces read_html(std::string_view html);

}  // namespace kuramori::link_risk::detail
