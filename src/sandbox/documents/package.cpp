#include "sandbox/documents/package.hpp"

#include <array>

#include "base/text.hpp"
#include "sandbox/documents/archive.hpp"

namespace kuramori::sandbox::documents {

bool is_picture_name(std::string_view name) {
  constexpr std::array<std::string_view, 9> kEndings{".png",  ".jpg", ".jpeg", ".gif", ".tif",
                                                     ".tiff", ".bmp", ".webp", ".jfif"};
  const std::string lower = text::to_lower_ascii(name);
  for (const std::string_view ending : kEndings) {
    if (lower.ends_with(ending)) return true;
  }
  return false;
}

std::map<std::string, Bytes> read_package(ByteView content, PartUses uses, const Position& position,
                                          Extraction& extraction) {
  std::map<std::string, Bytes> parts;
  ArchiveReader reader(content, ArchiveReader::Kind::Zip);
  while (const auto entry = reader.next()) {
    if (!extraction.may_enter()) return parts;
    const PartUse use = entry->is_file ? uses(entry->name) : PartUse::Skip;
    if (use == PartUse::Skip || (use == PartUse::Picture && !extraction.wants_picture())) continue;
    if (entry->is_encrypted) {
      extraction.mark_unreadable(position, Unreadable::Encrypted);
      continue;
    }
    auto part = reader.read(extraction);
    if (!part) {
      if (reader.state() == ArchiveReader::State::Good) return parts;  // a limit was hit
      extraction.mark_unreadable(position, reader.state() == ArchiveReader::State::Encrypted
                                               ? Unreadable::Encrypted
                                               : Unreadable::Damaged);
      continue;
    }
    if (use == PartUse::Keep) {
      parts.insert_or_assign(entry->name, *std::move(part));
    } else if (use == PartUse::Picture) {
      extraction.add_picture(position, "picture " + entry->name.substr(entry->name.rfind('/') + 1), *part);
    } else {
      extraction.examine(*part, position.inside(entry->name.substr(entry->name.rfind('/') + 1)));
    }
  }
  if (reader.state() == ArchiveReader::State::Encrypted)
    extraction.mark_unreadable(position, Unreadable::Encrypted);
  if (reader.state() == ArchiveReader::State::Damaged)
    extraction.mark_unreadable(position, Unreadable::Damaged);
  return parts;
}

}  // namespace kuramori::sandbox::documents
