// OpenDocument texts, sheets and presentations (OASIS OpenDocument 1.3).
#include <algorithm>
#include <charconv>

#include "sandbox/documents/extractors.hpp"
#include "sandbox/documents/package.hpp"
#include "sandbox/documents/xml_text.hpp"

namespace kuramori::sandbox::documents {
namespace {

constexpr std::string_view kBlanks = "                ";

PartUse use_of_part(std::string_view name) {
  if (name.starts_with("Thumbnails/")) return PartUse::Skip;
  if (name.starts_with("Pictures/") || name.find("/Pictures/") != std::string_view::npos)
    return is_picture_name(name) ? PartUse::Picture : PartUse::Skip;
  if (name == "META-INF/manifest.xml" || name == "meta.xml") return PartUse::Keep;
  if (name == "content.xml" || name == "styles.xml" || name.ends_with("/content.xml")) return PartUse::Keep;
  return PartUse::Skip;
}

ElementText element_text(const pugi::xml_node& element) {
  const std::string_view name = local_name(element);
  if (name == "p" || name == "h" || name == "line-break" || name == "table-row" || name == "list-item")
    return {.after = "\n"};
  if (name == "tab" || name == "table-cell" || name == "covered-table-cell") return {.after = "\t"};
  if (name == "s") {
    std::size_t count = 1;
    const std::string_view wanted = attribute_of(element, "c");
    std::from_chars(wanted.data(), wanted.data() + wanted.size(), count);
    return {.before = kBlanks.substr(0, std::min(count, kBlanks.size()))};
  }
  if (name == "desc" || name == "title") return {.after = "\n"};
  return {};
}

// A cell whose text is shown shortened ("4.11E+15") has its value besides.
void add_values(const pugi::xml_node& table, std::string& text) {
  for_each_element(table, [&](const pugi::xml_node& node) {
    if (local_name(node) == "table-cell") {
      const std::string_view value = attribute_of(node, "value");
      constexpr std::size_t kLong = 7;
      if (value.size() >= kLong) text.append(value).append("\n");
    }
    return true;
  });
}

void extract_body(const pugi::xml_node& document, const Position& position, Extraction& extraction) {
  unsigned page = 0;
  bool has_pieces = false;
  for_each_element(document, [&](const pugi::xml_node& node) {
    const std::string_view name = node.name();
    std::string place;
    if (name == "table:table" && local_name(node.parent()) == "spreadsheet")
      place = "sheet " + std::string(attribute_of(node, "name"));
    if (name == "draw:page") place = "slide " + std::to_string(++page);
    if (place.empty()) return extraction.may_go_on();
    has_pieces = true;
    std::string text = text_of(node, element_text);
    if (name == "table:table") add_values(node, text);
    extraction.add_text(position, place, text);
    return true;
  });
  if (!has_pieces) extraction.add_text(position, "body", text_of(document, element_text));
}

void extract_properties(const pugi::xml_node& document, const Position& position, Extraction& extraction) {
  for_each_element(document, [&](const pugi::xml_node& node) {
    const std::string_view name = local_name(node);
    const std::string_view custom = name == "user-defined" ? attribute_of(node, "name") : std::string_view();
    extraction.add_metadata(position, custom.empty() ? name : custom, node.child_value());
    return true;
  });
}

}  // namespace

void extract_open_document(ByteView content, const Position& position, Extraction& extraction) {
  std::map<std::string, Bytes> parts = read_package(content, use_of_part, position, extraction);
  if (const auto manifest = parts.find("META-INF/manifest.xml"); manifest != parts.end()) {
    pugi::xml_document document;
    parse_xml(manifest->second, document);
    bool is_encrypted = false;
    for_each_element(document, [&](const pugi::xml_node& node) {
      is_encrypted = is_encrypted || local_name(node) == "encryption-data";
      return !is_encrypted;
    });
    if (is_encrypted) {
      extraction.mark_unreadable(position, Unreadable::Encrypted);
      return;
    }
  }
  for (auto& [name, part] : parts) {
    if (name.starts_with("META-INF/")) continue;
    pugi::xml_document document;
    if (!parse_xml(part, document)) extraction.mark_unreadable(position, Unreadable::Damaged);
    if (name == "meta.xml") {
      extract_properties(document, position, extraction);
    } else if (name == "content.xml") {
      extract_body(document, position, extraction);
    } else {
      extraction.add_text(position, name == "styles.xml" ? "header and footer" : name,
                          text_of(document, element_text));
    }
  }
}

}  // namespace kuramori::sandbox::documents
