// The text in streams of Word, Excel and PowerPoint files before 2007 ([MS-DOC], [MS-XLS], [MS-PPT]). Pure;
// of broken streams what can be read.
#pragma once
#include <optional>
#include <string>

#include "base/bytes.hpp"

namespace kuramori::sandbox::documents {

// By the piece table; nothing when the streams say that they are encrypted or are no such document.
struct LegacyText {
  std::string text;
  bool is_encrypted = false;
  bool is_damaged = false;
};

bool word_uses_table_1(ByteView document);
LegacyText text_of_word(ByteView document, ByteView table);
LegacyText text_of_workbook(ByteView workbook);
LegacyText text_of_presentation(ByteView presentation);

}  // namespace kuramori::sandbox::documents
