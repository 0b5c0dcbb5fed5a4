// What lies in compound files: documents of Office before 2007, encrypted ones since, macros, messages of
// Outlook.
#include <algorithm>

#include "sandbox/documents/charset.hpp"
#include "sandbox/documents/compound_file.hpp"
#include "sandbox/documents/extractors.hpp"
#include "sandbox/documents/legacy_office.hpp"

namespace kuramori::sandbox::documents {
namespace {

void add(const LegacyText& found, std::string_view place, const Position& position, Extraction& extraction) {
  extraction.add_text(position, place, found.text);
  if (found.is_encrypted) extraction.mark_unreadable(position, Unreadable::Encrypted);
  if (found.is_damaged) extraction.mark_unreadable(position, Unreadable::Damaged);
}

void extract_word_97(const CompoundFile& file, const Position& position, Extraction& extraction) {
  const Bytes document = file.stream("WordDocument").value_or(Bytes());
  const Bytes table = file.stream(word_uses_table_1(document) ? "1Table" : "0Table").value_or(Bytes());
  add(text_of_word(document, table), "body", position, extraction);
}

// [MS-OXMSG] 2.4: properties of a message are streams, named by their tag and type: 001F is UTF-16, 001E
// octets, 0102 binary.
struct MessageText {
  std::string_view tag;
  std::string_view name;
};
constexpr MessageText kMessageTexts[] = {
    {"0037", "subject"}, {"0C1A", "from"}, {"0E04", "to"}, {"0E03", "cc"}, {"1000", "mail body"}};

std::string message_text(const CompoundFile& file, const std::string& storage, std::string_view tag) {
  const std::string base = storage + "__substg1.0_" + std::string(tag);
  if (const auto wide = file.stream(base + "001F")) return decode_as(*wide, "UTF-16LE").value_or("");
  if (const auto octets = file.stream(base + "001E")) return decode_text(*octets).text;
  return {};
}

void extract_outlook_message(const CompoundFile& file, const Position& position, Extraction& extraction) {
  for (const MessageText& part : kMessageTexts) {
    const std::string text = message_text(file, "", part.tag);
    if (part.name != "mail body") extraction.add_metadata(position, part.name, text);
    extraction.add_text(position, part.name == "mail body" ? part.name : "mail header", text);
  }
  if (const auto page = file.stream("__substg1.0_10130102")) extract_html(*page, position, extraction);
  for (const std::string& name : file.names()) {
    constexpr std::string_view kData = "/__substg1.0_37010102";
    if (!name.starts_with("__attach_version1.0") || !name.ends_with(kData) || !extraction.may_enter())
      continue;
    const std::string storage = name.substr(0, name.size() - kData.size()) + "/";
    if (storage.find('/') != storage.size() - 1) continue;
    std::string attachment = message_text(file, storage, "3707");
    if (attachment.empty()) attachment = message_text(file, storage, "3704");
    const auto content = file.stream(name);
    if (content && extraction.may_inflate(content->size(), content->size()))
      extraction.examine(*content, position.inside(attachment.empty() ? "attachment" : attachment));
  }
}

// Files that were put into a document, kept in its storages.
void extract_packages(const CompoundFile& file, const Position& position, Extraction& extraction) {
  for (const std::string& name : file.names()) {
    if (!name.ends_with("/Package") && name != "Package" && name != "CONTENTS" &&
        !name.ends_with("/CONTENTS"))
      continue;
    const auto content = file.stream(name);
    if (content && extraction.may_enter()) extraction.examine(*content, position.inside("object"));
  }
}

}  // namespace

void extract_compound_file(ByteView content, const Position& position, Extraction& extraction) {
  const CompoundFile file(content);
  if (!file.is_good()) {
    extraction.mark_unreadable(position, Unreadable::Damaged);
    return;
  }
  const auto names = file.names();
  const bool has_macros = std::ranges::any_of(names, [](const std::string& name) {
    return name == "VBA" || name.ends_with("/VBA") || name.ends_with("VBA/dir") || name == "_VBA_PROJECT_CUR";
  });
  if (has_macros) extraction.mark_macros();
  // [MS-OFFCRYPTO] 2.3.4: an encrypted package of Office since 2007.
  if (file.has("EncryptedPackage")) {
    extraction.mark_unreadable(position, Unreadable::Encrypted);
    return;
  }
  if (file.has("WordDocument")) extract_word_97(file, position, extraction);
  for (const char* name : {"Workbook", "Book"}) {
    if (const auto workbook = file.stream(name))
      add(text_of_workbook(*workbook), "workbook", position, extraction);
  }
  if (const auto slides = file.stream("PowerPoint Document"))
    add(text_of_presentation(*slides), "slides", position, extraction);
  if (file.has("__properties_version1.0")) extract_outlook_message(file, position, extraction);
  extract_packages(file, position, extraction);
}

}  // namespace kuramori::sandbox::documents
