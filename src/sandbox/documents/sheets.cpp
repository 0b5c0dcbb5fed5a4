// Excel since 2007: cells row by row, of visible and of hidden sheets.
#include <charconv>
#include <cmath>

#include "sandbox/documents/extractors.hpp"
#include "sandbox/documents/office_open_xml.hpp"

namespace kuramori::sandbox::documents {
namespace {

std::vector<std::string> shared_strings(Parts& parts, const Position& position, Extraction& extraction) {
  std::vector<std::string> strings;
  const auto part = parts.find("xl/sharedStrings.xml");
  if (part == parts.end()) return strings;
  pugi::xml_document document;
  if (!parse_part(part->second, document, position, extraction)) return strings;
  // A reading of how something is pronounced is no part of the text.
  const auto run_text = [](const pugi::xml_node& node) -> ElementText {
    return {.is_skipped = local_name(node) == "rPh"};
  };
  for (const pugi::xml_node& item : document.document_element().children())
    strings.push_back(text_of(item, run_text));
  return strings;
}

// Excel writes numbers of many digits as 4.1111111111111112E+15: as people would have typed them.
std::string plain_number(std::string_view written) {
  if (written.find_first_of("eE") == std::string_view::npos) return std::string(written);
  double value = 0;
  const auto [end, error] = std::from_chars(written.data(), written.data() + written.size(), value);
  constexpr double kExact = 1e18;
  if (error != std::errc() || std::abs(value) >= kExact || value != std::floor(value))
    return std::string(written);
  return std::to_string(static_cast<std::int64_t>(value));
}

std::string cell_text(const pugi::xml_node& cell, const std::vector<std::string>& strings) {
  const std::string_view type = cell.attribute("t").value();
  std::string value;
  for (const pugi::xml_node& child : cell.children()) {
    const std::string_view name = local_name(child);
    if (name == "v") value = child.child_value();
    if (name == "is") return text_of(child, office_element_text);
  }
  if (type == "s") {
    std::size_t index = strings.size();
    std::from_chars(value.data(), value.data() + value.size(), index);
    return index < strings.size() ? strings[index] : std::string();
  }
  return type == "str" ? value : plain_number(value);
}

std::string sheet_text(const pugi::xml_node& sheet, const std::vector<std::string>& strings,
                       Extraction& extraction) {
  std::string text;
  for (const pugi::xml_node& section : sheet.children()) {
    const std::string_view name = local_name(section);
    if (name == "headerFooter")
      text += text_of(section, [](const pugi::xml_node&) -> ElementText { return {.after = "\n"}; });
    if (name != "sheetData") continue;
    for (const pugi::xml_node& row : section.children()) {
      if (text.size() > extraction.text_bytes_left()) return text;
      for (const pugi::xml_node& cell : row.children()) text.append(cell_text(cell, strings)).append("\t");
      text += '\n';
    }
  }
  return text;
}

struct Sheet {
  std::string place;
  std::string part;
};

std::vector<Sheet> sheets_of(Parts& parts, const Position& position, Extraction& extraction) {
  std::vector<Sheet> sheets;
  const auto workbook = parts.find("xl/workbook.xml");
  if (workbook == parts.end()) return sheets;
  const auto targets = relationships_of(parts, "xl/workbook.xml");
  pugi::xml_document document;
  if (!parse_part(workbook->second, document, position, extraction)) return sheets;
  for_each_element(document, [&](const pugi::xml_node& node) {
    if (local_name(node) == "definedName")
      extraction.add_metadata(position, "defined name",
                              std::string(attribute_of(node, "name")) + " " + node.child_value());
    if (local_name(node) != "sheet") return true;
    const bool is_hidden = attribute_of(node, "state").find("idden") != std::string_view::npos;
    const auto target = targets.find(std::string(node.attribute("r:id").value()));
    sheets.push_back(
        {.place = (is_hidden ? "hidden sheet " : "sheet ") + std::string(node.attribute("name").value()),
         .part = target != targets.end() ? target->second : std::string()});
    return true;
  });
  return sheets;
}

}  // namespace

void extract_sheets(ByteView content, const Position& position, Extraction& extraction) {
  Parts parts = read_package(content, use_of_office_part, position, extraction);
  const std::vector<std::string> strings = shared_strings(parts, position, extraction);
  std::map<std::string, std::string> places;
  for (Sheet& sheet : sheets_of(parts, position, extraction)) {
    // A sheet's name is text as well.
    extraction.add_metadata(position, "sheet", sheet.place.substr(sheet.place.find("sheet ") + 6));
    places.emplace(std::move(sheet.part), std::move(sheet.place));
  }
  for (auto& [name, part] : parts) {
    if (!extraction.may_go_on()) return;
    if (name.starts_with("xl/worksheets/sheet") || name.starts_with("xl/worksheets/")) {
      pugi::xml_document document;
      if (!parse_part(part, document, position, extraction)) continue;
      const auto place = places.find(name);
      extraction.add_text(position, place != places.end() ? place->second : name,
                          sheet_text(document.document_element(), strings, extraction));
    } else if (name.starts_with("xl/comments") || name.starts_with("xl/threadedComments/")) {
      extraction.add_text(position, "comments", text_of_part(parts, name, position, extraction));
    } else if (name.starts_with("xl/drawings/") || name.starts_with("xl/tables/") ||
               name.starts_with("xl/externalLinks/") || name.starts_with("xl/pivotCache/")) {
      extraction.add_text(position, name.substr(3), text_of_part(parts, name, position, extraction));
    }
  }
  extract_office_properties(parts, position, extraction);
}

}  // namespace kuramori::sandbox::documents
