#include "sandbox/documents/xml_text.hpp"

namespace kuramori::sandbox::documents {

std::string_view local_name(std::string_view name) {
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

std::string_view local_name(const pugi::xml_node& node) {
  return local_name(std::string_view(node.name()));
}

std::string_view attribute_of(const pugi::xml_node& node, std::string_view local) {
  for (const pugi::xml_attribute& attribute : node.attributes()) {
    if (local_name(std::string_view(attribute.name())) == local) return attribute.value();
  }
  return {};
}

bool parse_xml(Bytes& part, pugi::xml_document& into) {
  constexpr unsigned kOptions = pugi::parse_default | pugi::parse_ws_pcdata;
  const pugi::xml_parse_result result = into.load_buffer_inplace(part.data(), part.size(), kOptions);
  return static_cast<bool>(result);
}

std::string text_of(const pugi::xml_node& root, ElementTexts texts) {
  std::string text;
  pugi::xml_node node = root.first_child();
  while (node && node != root) {
    bool is_entered = false;
    if (node.type() == pugi::node_element) {
      const ElementText element = texts(node);
      text += element.before;
      is_entered = !element.is_skipped && node.first_child();
      if (!is_entered && !element.is_skipped) text += element.after;
    } else if (node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata) {
      text += node.value();
    }
    if (is_entered) {
      node = node.first_child();
      continue;
    }
    while (node && node != root && !node.next_sibling()) {
      node = node.parent();
      if (node && node != root) text += texts(node).after;
    }
    if (node && node != root) node = node.next_sibling();
  }
  return text;
}

}  // namespace kuramori::sandbox::documents
