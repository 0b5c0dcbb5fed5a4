// The parts of an Office or OpenDocument file: a zip read once, with those parts kept that hold text.
#pragma once
#include <functional>
#include <map>
#include <string>

#include "sandbox/documents/extraction.hpp"

namespace kuramori::sandbox::documents {

enum class PartUse : std::uint8_t {
  Skip,     // style sheets, themes, fonts
  Keep,     // XML with text
  Picture,  // given to be recognised
  Examine,  // a file in the file
};

// By the name of a part: "word/document.xml".
using PartUses = PartUse (*)(std::string_view name);

// The kept parts by name. Pictures and files in the file are dealt with at once.
std::map<std::string, Bytes> read_package(ByteView content, PartUses uses, const Position& position,
                                          Extraction& extraction);

bool is_picture_name(std::string_view name);

}  // namespace kuramori::sandbox::documents
