// The readers of the kinds of files. Each adds to the extraction what it finds; what it cannot read it marks
// so.
#pragma once
#include "sandbox/documents/extraction.hpp"

namespace kuramori::sandbox::documents {

void extract_plain_text(ByteView content, const Position& position, Extraction& extraction);
void extract_html(ByteView content, const Position& position, Extraction& extraction);
void extract_mail(ByteView content, const Position& position, Extraction& extraction);
void extract_rtf(ByteView content, const Position& position, Extraction& extraction);
void extract_pdf(ByteView content, const Position& position, Extraction& extraction);
void extract_word(ByteView content, const Position& position, Extraction& extraction);
void extract_sheets(ByteView content, const Position& position, Extraction& extraction);
void extract_slides(ByteView content, const Position& position, Extraction& extraction);
void extract_open_document(ByteView content, const Position& position, Extraction& extraction);
void extract_compound_file(ByteView content, const Position& position, Extraction& extraction);
void extract_archive(ByteView content, const Position& position, Extraction& extraction);
void extract_compressed(ByteView content, const Position& position, Extraction& extraction);
void extract_picture(ByteView content, const Position& position, Extraction& extraction);

}  // namespace kuramori::sandbox::documents
