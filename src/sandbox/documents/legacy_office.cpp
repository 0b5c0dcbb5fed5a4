#include "sandbox/documents/legacy_office.hpp"

#include <bit>
#include <cmath>
#include <cstring>

#include "sandbox/documents/charset.hpp"
#include "sandbox/documents/compound_file.hpp"

namespace kuramori::sandbox::documents {
namespace {

std::string wide_text(ByteView bytes) {
  return decode_as(bytes.first(bytes.size() / 2 * 2), "UTF-16LE").value_or("");
}
std::string narrow_text(ByteView bytes) {
  return decode_as(bytes, "windows-1252").value_or("");
}

// Marks of Word: ends of paragraphs, cells, pages and fields.
std::string with_lines(std::string text) {
  for (char& c : text) {
    if (c == '\r' || c == '\v' || c == '\f') c = '\n';
    if (c == '\a') c = '\t';
    if (c >= 0 && c < 0x20 && c != '\n' && c != '\t') c = ' ';
  }
  return text;
}

constexpr std::size_t kFlags = 10;  // of the FIB
constexpr std::uint32_t kEncrypted = 0x100;
constexpr std::uint32_t kTable1 = 0x200;
constexpr std::size_t kPieces = 0x1A2;  // fcClx, lcbClx

}  // namespace

bool word_uses_table_1(ByteView document) {
  return (read_u16(document, kFlags) & kTable1) != 0;
}

// [MS-DOC] 2.4.1: characters lie in pieces, each of one octet or of two for each character.
LegacyText text_of_word(ByteView document, ByteView table) {
  LegacyText result;
  if (read_u16(document, 0) != 0xA5EC) {
    result.is_damaged = true;
    return result;
  }
  result.is_encrypted = (read_u16(document, kFlags) & kEncrypted) != 0;
  if (result.is_encrypted) return result;
  std::size_t at = read_u32(document, kPieces);
  const std::size_t end = at + read_u32(document, kPieces + 4);
  result.is_damaged = true;
  if (end > table.size()) return result;
  while (at < end && table[at] == 1) at += 3 + read_u16(table, at + 1);
  if (at >= end || table[at] != 2) return result;
  const std::size_t bytes = read_u32(table, at + 1);
  at += 5;
  if (bytes < 4 || bytes > end - at) return result;
  result.is_damaged = false;
  const std::size_t count = (bytes - 4) / 12;
  std::uint64_t characters = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t first = read_u32(table, at + 4 * i);
    const std::uint32_t next = read_u32(table, at + 4 * (i + 1));
    const std::uint32_t place = read_u32(table, at + 4 * (count + 1) + 8 * i + 2);
    if (next < first) break;
    const bool is_narrow = (place & 0x40000000) != 0;
    const std::size_t begin = is_narrow ? (place & 0x3FFFFFFF) / 2 : place & 0x3FFFFFFF;
    const std::size_t length = std::size_t{next - first} * (is_narrow ? 1 : 2);
    characters += next - first;
    // Pieces that overlap would make much of little.
    if (begin > document.size() || length > document.size() - begin || characters > document.size()) {
      result.is_damaged = true;
      break;
    }
    const ByteView piece = document.subspan(begin, length);
    result.text += is_narrow ? narrow_text(piece) : wide_text(piece);
  }
  result.text = with_lines(std::move(result.text));
  return result;
}

namespace {

// [MS-XLS] 2.1.4: records, of which one too long goes on in Continue records.
class RecordReader {
 public:
  explicit RecordReader(ByteView stream) : stream_(stream) {}
  bool next() {
    if (at_ + 4 > stream_.size()) return false;
    type_ = read_u16(stream_, at_);
    const std::size_t length = read_u16(stream_, at_ + 2);
    if (length > stream_.size() - at_ - 4) return false;
    body_ = stream_.subspan(at_ + 4, length);
    at_ += 4 + length;
    return true;
  }
  bool is_at_continuation() const { return read_u16(stream_, at_) == 0x3C && at_ + 4 <= stream_.size(); }
  std::uint32_t type() const { return type_; }
  ByteView body() const { return body_; }

 private:
  ByteView stream_;
  std::size_t at_ = 0;
  std::uint32_t type_ = 0;
  ByteView body_;
};

// [MS-XLS] 2.5.293: strings of the shared table, across the ends of records. After such an end a string's
// characters begin with a new flag of their width.
class SharedStrings {
 public:
  explicit SharedStrings(RecordReader& records) : records_(records), rest_(records.body()) {}

  std::string read() {
    std::string text;
    skip(8);
    while (!rest_.empty() || more()) {
      if (rest_.size() < 3) break;
      const std::size_t characters = read_u16(rest_, 0);
      const std::uint8_t flags = rest_[2];
      skip(3);
      const std::size_t runs = (flags & 8) != 0 ? number(2) : 0;
      const std::size_t extension = (flags & 4) != 0 ? number(4) : 0;
      text += string(characters, (flags & 1) != 0);
      text += '\n';
      skip(runs * 4 + extension);
    }
    return text;
  }

 private:
  bool more() {
    if (!records_.is_at_continuation() || !records_.next()) return false;
    rest_ = records_.body();
    return true;
  }
  std::size_t number(std::size_t bytes) {
    const std::size_t value = bytes == 2 ? read_u16(rest_, 0) : read_u32(rest_, 0);
    skip(bytes);
    return value;
  }
  void skip(std::size_t bytes) {
    while (bytes > 0) {
      if (rest_.empty() && !more()) return;
      const std::size_t step = std::min(bytes, rest_.size());
      rest_ = rest_.subspan(step);
      bytes -= step;
    }
  }
  std::string string(std::size_t characters, bool is_wide) {
    std::string text;
    while (characters > 0) {
      if (rest_.empty()) {
        if (!more() || rest_.empty()) return text;
        is_wide = (rest_[0] & 1) != 0;
        rest_ = rest_.subspan(1);
      }
      const std::size_t width = is_wide ? 2 : 1;
      const std::size_t step = std::min(characters, rest_.size() / width);
      if (step == 0) return text;
      const ByteView piece = rest_.first(step * width);
      text += is_wide ? wide_text(piece) : narrow_text(piece);
      rest_ = rest_.subspan(step * width);
      characters -= step;
    }
    return text;
  }

  RecordReader& records_;
  ByteView rest_;
};

std::string number_text(double value) {
  constexpr double kExact = 1e15;
  if (value == std::floor(value) && std::abs(value) < kExact * 1000)
    return std::to_string(static_cast<std::int64_t>(value));
  return std::isfinite(value) ? std::to_string(value) : std::string();
}

double double_at(ByteView body, std::size_t at) {
  const std::uint64_t bits = read_u32(body, at) | (std::uint64_t{read_u32(body, at + 4)} << 32);
  return std::bit_cast<double>(bits);
}

// [MS-XLS] 2.5.217: a number of 30 bits, whole or the front of a double, perhaps a hundredth.
double packed_number(std::uint32_t packed) {
  const double value = (packed & 2) != 0 ? static_cast<double>(static_cast<std::int32_t>(packed) >> 2)
                                         : std::bit_cast<double>(std::uint64_t{packed & 0xFFFFFFFC} << 32);
  return (packed & 1) != 0 ? value / 100 : value;
}

}  // namespace

LegacyText text_of_workbook(ByteView workbook) {
  constexpr std::uint32_t kFilePass = 0x2F, kSharedTable = 0xFC, kLabel = 0x204, kNumber = 0x203,
                          kPacked = 0x27E, kPackedRow = 0xBD, kSheet = 0x85, kHeader = 0x14, kFooter = 0x15,
                          kStringResult = 0x207, kTextObject = 0x1B6;
  LegacyText result;
  RecordReader records(workbook);
  bool has_any = false;
  while (records.next()) {
    has_any = true;
    const ByteView body = records.body();
    switch (records.type()) {
      case kFilePass:
        result.is_encrypted = true;
        return result;
      case kSharedTable:
        result.text += SharedStrings(records).read();
        break;
      case kNumber:
        result.text += number_text(double_at(body, 6)) + "\n";
        break;
      case kPacked:
        result.text += number_text(packed_number(read_u32(body, 6))) + "\n";
        break;
      case kPackedRow:
        for (std::size_t at = 4; at + 8 <= body.size(); at += 6)
          result.text += number_text(packed_number(read_u32(body, at + 2))) + "\t";
        result.text += "\n";
        break;
      case kSheet:
        if (body.size() > 8)
          result.text +=
              ((body[7] & 1) != 0 ? wide_text(body.subspan(8)) : narrow_text(body.subspan(8))) + "\n";
        break;
      case kLabel:
        if (body.size() > 9)
          result.text +=
              ((body[8] & 1) != 0 ? wide_text(body.subspan(9)) : narrow_text(body.subspan(9))) + "\n";
        break;
      case kHeader:
      case kFooter:
      case kStringResult:
        if (body.size() > 3)
          result.text +=
              ((body[2] & 1) != 0 ? wide_text(body.subspan(3)) : narrow_text(body.subspan(3))) + "\n";
        break;
      case kTextObject:
        // A note's characters stand in the next record.
        if (records.is_at_continuation() && records.next() && records.body().size() > 1)
          result.text += ((records.body()[0] & 1) != 0 ? wide_text(records.body().subspan(1))
                                                       : narrow_text(records.body().subspan(1))) +
                         "\n";
        break;
      default:
        break;
    }
  }
  result.is_damaged = !has_any;
  return result;
}

// [MS-PPT] 2.3: records in containers; those of text wherever they are.
LegacyText text_of_presentation(ByteView presentation) {
  constexpr std::uint32_t kWideText = 4'000, kNarrowText = 4'008, kString = 4'026, kCrypt = 12'052;
  LegacyText result;
  std::size_t at = 0;
  while (at + 8 <= presentation.size()) {
    const bool is_container = (presentation[at] & 0x0F) == 0x0F;
    const std::uint32_t type = read_u16(presentation, at + 2);
    const std::size_t length = read_u32(presentation, at + 4);
    at += 8;
    if (type == kCrypt) result.is_encrypted = true;
    if (is_container) continue;  // what is in it comes next
    if (length > presentation.size() - at) {
      result.is_damaged = true;
      break;
    }
    const ByteView body = presentation.subspan(at, length);
    if (type == kWideText || type == kString) result.text += with_lines(wide_text(body)) + "\n";
    if (type == kNarrowText) result.text += with_lines(narrow_text(body)) + "\n";
    at += length;
  }
  return result;
}

}  // namespace kuramori::sandbox::documents
