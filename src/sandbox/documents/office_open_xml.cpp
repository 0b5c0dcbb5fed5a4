#include "sandbox/documents/office_open_xml.hpp"

#include <algorithm>

#include "sandbox/documents/extractors.hpp"

namespace kuramori::sandbox::documents {
namespace {

bool is_any_of(std::string_view text, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, text) != names.end();
}

bool has_any_of(std::string_view text, std::initializer_list<std::string_view> pieces) {
  return std::ranges::any_of(
      pieces, [text](std::string_view piece) { return text.find(piece) != std::string_view::npos; });
}

}  // namespace

PartUse use_of_office_part(std::string_view name) {
  if (has_any_of(name, {"/media/"})) return is_picture_name(name) ? PartUse::Picture : PartUse::Skip;
  if (name.find("embeddings/") != std::string_view::npos) return PartUse::Examine;
  if (name.ends_with("vbaProject.bin")) return PartUse::Examine;
  if (name.ends_with(".rels")) return has_any_of(name, {"workbook"}) ? PartUse::Keep : PartUse::Skip;
  if (!name.ends_with(".xml")) return PartUse::Skip;
  if (has_any_of(name, {"theme/", "styles.xml", "stylesWithEffects", "fontTable", "settings.xml",
                        "webSettings", "numbering.xml", "[Content_Types]", "calcChain", "presProps",
                        "viewProps", "tableStyles", "slideLayouts/"}))
    return PartUse::Skip;
  return PartUse::Keep;
}

ElementText office_element_text(const pugi::xml_node& element) {
  const std::string_view name = local_name(element);
  if (name == "p" || name == "tr" || name == "br" || name == "cr") return {.after = "\n"};
  if (name == "tab" || name == "tc") return {.after = "\t"};
  // The same content a second time, for readers of old versions.
  if (name == "Fallback") return {.is_skipped = true};
  if (is_any_of(name, {"instrText", "delInstrText"})) return {.before = " ", .after = " "};
  if (is_any_of(name, {"docPr", "cNvPr"})) return {.before = attribute_of(element, "descr")};
  if (is_any_of(name, {"v", "f", "pt", "comment", "si"})) return {.after = "\n"};
  return {};
}

bool parse_part(Bytes& part, pugi::xml_document& into, const Position& position, Extraction& extraction) {
  if (parse_xml(part, into)) return true;
  extraction.mark_unreadable(position, Unreadable::Damaged);
  return into.first_child() != nullptr;
}

std::string text_of_part(Parts& parts, const std::string& name, const Position& position,
                         Extraction& extraction) {
  const auto part = parts.find(name);
  if (part == parts.end() || !extraction.may_go_on()) return {};
  pugi::xml_document document;
  if (!parse_part(part->second, document, position, extraction)) return {};
  return text_of(document, office_element_text);
}

void extract_office_properties(Parts& parts, const Position& position, Extraction& extraction) {
  for (auto& [name, part] : parts) {
    if (name.starts_with("docProps/")) {
      pugi::xml_document document;
      if (!parse_part(part, document, position, extraction)) continue;
      for_each_element(document, [&](const pugi::xml_node& node) {
        const std::string_view custom = attribute_of(node, "name");
        const std::string value = node.child_value();
        if (!custom.empty()) {
          extraction.add_metadata(position, custom, node.first_child().child_value());
        } else if (local_name(node.parent()) != "property") {
          extraction.add_metadata(position, local_name(node), value);
        }
        return true;
      });
    } else if (name.starts_with("customXml/") || has_any_of(name, {"/charts/chart", "/diagrams/data"})) {
      extraction.add_text(position, name, text_of_part(parts, name, position, extraction));
    }
  }
}

std::map<std::string, std::string> relationships_of(Parts& parts, const std::string& name) {
  std::map<std::string, std::string> targets;
  const std::size_t slash = name.rfind('/') + 1;
  const std::string folder = name.substr(0, slash);
  const auto part = parts.find(folder + "_rels/" + name.substr(slash) + ".rels");
  pugi::xml_document document;
  if (part == parts.end() || !parse_xml(part->second, document)) return targets;
  for (const pugi::xml_node& node : document.first_child().children()) {
    std::string target(attribute_of(node, "Target"));
    target = target.starts_with('/') ? target.substr(1) : folder + target;
    targets.emplace(attribute_of(node, "Id"), std::move(target));
  }
  return targets;
}

unsigned number_in(std::string_view name) {
  const std::size_t digit = name.find_first_of("0123456789");
  unsigned number = 0;
  for (std::size_t i = digit; i < name.size() && name[i] >= '0' && name[i] <= '9' && number < 1'000'000; ++i)
    number = number * 10 + static_cast<unsigned>(name[i] - '0');
  return number;
}

namespace {

std::string place_of_word_part(std::string_view name) {
  if (name == "word/document.xml") return "body";
  if (name.starts_with("word/header")) return "header";
  if (name.starts_with("word/footer")) return "footer";
  if (name.starts_with("word/comments")) return "comments";
  if (name.starts_with("word/footnotes") || name.starts_with("word/endnotes")) return "notes";
  return std::string(name.substr(name.find('/') + 1));
}

}  // namespace

void extract_word(ByteView content, const Position& position, Extraction& extraction) {
  Parts parts = read_package(content, use_of_office_part, position, extraction);
  for (const auto& [name, part] : parts) {
    if (!name.starts_with("word/") || has_any_of(name, {"/charts/", "/diagrams/"})) continue;
    extraction.add_text(position, place_of_word_part(name), text_of_part(parts, name, position, extraction));
  }
  extract_office_properties(parts, position, extraction);
}

void extract_slides(ByteView content, const Position& position, Extraction& extraction) {
  Parts parts = read_package(content, use_of_office_part, position, extraction);
  std::vector<std::string> names;
  for (const auto& [name, part] : parts) {
    if (name.starts_with("ppt/") && !has_any_of(name, {"/charts/", "/diagrams/", "presentation.xml"}))
      names.push_back(name);
  }
  std::ranges::sort(
      names, {}, [](const std::string& name) { return std::pair(number_in(name), std::string_view(name)); });
  for (const std::string& name : names) {
    std::string place = name.substr(4);
    const std::string number = std::to_string(number_in(name));
    if (name.starts_with("ppt/slides/slide")) place = "slide " + number;
    if (name.starts_with("ppt/notesSlides/")) place = "speaker notes " + number;
    if (name.starts_with("ppt/comments/")) place = "comments";
    if (name.starts_with("ppt/slideMasters/")) place = "slide master";
    extraction.add_text(position, place, text_of_part(parts, name, position, extraction));
  }
  extract_office_properties(parts, position, extraction);
}

}  // namespace kuramori::sandbox::documents
