// What Word, Excel and PowerPoint files since 2007 have in common (ECMA-376).
#pragma once
#include <map>
#include <string>

#include "sandbox/documents/package.hpp"
#include "sandbox/documents/xml_text.hpp"

namespace kuramori::sandbox::documents {

using Parts = std::map<std::string, Bytes>;

PartUse use_of_office_part(std::string_view name);
// Paragraphs are lines, cells are parted by tabs; runs of one paragraph join.
ElementText office_element_text(const pugi::xml_node& element);

// Parts of any of them: properties, charts, diagrams, custom data.
void extract_office_properties(Parts& parts, const Position& position, Extraction& extraction);
// Text of one part, or nothing when there is none of that name.
std::string text_of_part(Parts& parts, const std::string& name, const Position& position,
                         Extraction& extraction);
// Marks the file as damaged when it is not well-formed.
bool parse_part(Bytes& part, pugi::xml_document& into, const Position& position, Extraction& extraction);
// Relationship id → target part, of the part's .rels.
std::map<std::string, std::string> relationships_of(Parts& parts, const std::string& name);
// The number in "ppt/slides/slide12.xml"; 0 when there is none.
unsigned number_in(std::string_view name);

}  // namespace kuramori::sandbox::documents
