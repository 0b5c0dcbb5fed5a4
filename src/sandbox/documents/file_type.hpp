// What a file is, by its content: names and declared types are not asked.
#pragma once
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace kuramori::sandbox::documents {

// Which extractor reads it.
enum class FileKind : std::uint8_t {
  Opaque,  // nothing in it is read: sound, programs, fonts
  Text,
  Html,
  Mail,
  Rtf,
  Pdf,
  WordXml,
  SheetXml,
  SlidesXml,
  OpenDocument,
  CompoundFile,  // Office before 2007, or what is encrypted since
  Archive,
  Compressed,  // one file, such as gzip
  Picture,
};

struct FileType {
  FileKind kind = FileKind::Opaque;
  std::string media_type = "application/octet-stream";
};

FileType file_type_of(ByteView content);
// An archive's end behind something else: the second face of a polyglot.
bool has_archive_behind(ByteView content);

// Opens libmagic's table; before the process is confined.
bool warm_file_types();

}  // namespace kuramori::sandbox::documents
