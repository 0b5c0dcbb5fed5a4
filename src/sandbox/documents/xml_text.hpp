// The text of an XML tree, with a line's end or a tab where an element says so. Walks without recursion:
// nothing nests too deep.
#pragma once
#include <pugixml.hpp>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace kuramori::sandbox::documents {

// What an element adds to the text before and after its content.
struct ElementText {
  std::string_view before = {};
  std::string_view after = {};
  bool is_skipped = false;
};
using ElementTexts = ElementText (*)(const pugi::xml_node& element);

// Without the namespace prefix: "t" of "w:t".
std::string_view local_name(std::string_view name);
std::string_view local_name(const pugi::xml_node& node);
// The attribute whose local name it is; empty when there is none.
std::string_view attribute_of(const pugi::xml_node& node, std::string_view local);

// False when it is not well-formed; what came before the mistake is there.
bool parse_xml(Bytes& part, pugi::xml_document& into);

std::string text_of(const pugi::xml_node& root, ElementTexts texts);
// Every element in document order, until `visit` says false.
template <class Visit>
void for_each_element(const pugi::xml_node& root, Visit visit) {
  pugi::xml_node node = root.first_child();
  while (node && node != root) {
    if (node.type() == pugi::node_element && !visit(node)) return;
    if (node.first_child()) {
      node = node.first_child();
      continue;
    }
    while (node && node != root && !node.next_sibling()) node = node.parent();
    if (node == root) return;
    node = node.next_sibling();
  }
}

}  // namespace kuramori::sandbox::documents
