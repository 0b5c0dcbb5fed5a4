#include "sandbox/documents/rtf.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "sandbox/documents/charset.hpp"
#include "sandbox/documents/extractors.hpp"

namespace kuramori::sandbox::documents {
namespace {

constexpr std::size_t kGroupsMax = 10'000;
constexpr std::size_t kObjectsMax = 100;

// The encodings of \fcharset and \ansicpg.
std::string_view charset_of_font(int number) {
  switch (number) {
    case 128:
      return "Shift_JIS";
    case 129:
      return "windows-949";
    case 134:
      return "GB18030";
    case 136:
      return "Big5";
    case 204:
      return "windows-1251";
    default:
      return {};
  }
}

std::string_view charset_of_code_page(int number) {
  switch (number) {
    case 932:
      return "Shift_JIS";
    case 936:
    case 54936:
      return "GB18030";
    case 949:
      return "windows-949";
    case 950:
      return "Big5";
    case 65001:
      return "UTF-8";
    default:
      return "windows-1252";
  }
}

enum class Target : std::uint8_t { Text, Property, FontTable, Object, Nowhere };

struct Group {
  Target target = Target::Text;
  int font = -1;
  int fallback_length = 1;  // \uc
  std::string property;
};

constexpr std::array<std::string_view, 12> kProperties{"title",    "subject", "author",    "operator",
                                                       "keywords", "comment", "manager",   "company",
                                                       "category", "doccomm", "hlinkbase", "buptim"};
constexpr std::array<std::string_view, 14> kNoText{
    "pict",     "colortbl", "stylesheet", "themedata", "colorschememapping", "latentstyles", "datastore",
    "xmlnstbl", "rsidtbl",  "generator",  "listtable", "listoverridetable",  "filetbl",      "revtbl"};

class RtfReader {
 public:
  explicit RtfReader(std::string_view rtf) : rest_(rtf) {}

  RtfContent read() {
    while (!rest_.empty()) step();
    flush();
    content_.is_whole = groups_.size() == 1;
    return std::move(content_);
  }

 private:
  void step() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    if (c == '{') {
      flush();
      if (groups_.size() < kGroupsMax) {
        groups_.push_back(groups_.back());
      } else {
        ++beyond_;
      }
    } else if (c == '}') {
      end_group();
    } else if (c == '\\') {
      control();
    } else if (c != '\r' && c != '\n') {
      octet(c);
    }
  }

  void end_group() {
    flush();
    if (beyond_ > 0) {
      --beyond_;
      return;
    }
    if (groups_.back().target == Target::Property && !value_.empty()) {
      content_.properties.emplace_back(groups_.back().property, std::exchange(value_, {}));
    }
    if (groups_.back().target == Target::Object && !object_.empty()) {
      if (content_.objects.size() < kObjectsMax) content_.objects.push_back(std::move(object_));
      object_.clear();
    }
    if (groups_.size() > 1) groups_.pop_back();
  }

  void control() {
    if (rest_.empty()) return;
    const char c = rest_.front();
    if (c == '\'') {
      rest_.remove_prefix(1);
      unsigned value = 0;
      const std::string_view digits = rest_.substr(0, 2);
      std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
      rest_.remove_prefix(digits.size());
      octet(static_cast<char>(value));
      return;
    }
    const bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!is_word) {
      rest_.remove_prefix(1);
      if (c == '*') is_optional_ = true;
      if (c == '~') octet(' ');
      if (c == '{' || c == '}' || c == '\\') octet(c);
      if (c == '\n' || c == '\r') octet('\n');
      return;
    }
    std::size_t length = 0;
    while (length < rest_.size() &&
           ((rest_[length] >= 'a' && rest_[length] <= 'z') || (rest_[length] >= 'A' && rest_[length] <= 'Z')))
      ++length;
    const std::string_view word = rest_.substr(0, length);
    rest_.remove_prefix(length);
    std::optional<int> number;
    int value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error == std::errc()) number = value;
    if (end != rest_.data()) rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    if (rest_.starts_with(' ')) rest_.remove_prefix(1);
    apply(word, number);
  }

  void apply(std::string_view word, std::optional<int> number) {
    Group& group = groups_.back();
    const bool is_optional = std::exchange(is_optional_, false);
    if (word == "u" && number) {
      unicode(*number);
    } else if (word == "uc" && number) {
      group.fallback_length = std::clamp(*number, 0, 16);
    } else if (word == "par" || word == "line" || word == "row" || word == "sect" || word == "page") {
      octet('\n');
    } else if (word == "tab" || word == "cell") {
      octet('\t');
    } else if (word == "f" && number) {
      flush();
      group.font = *number;
    } else if (word == "ansicpg" && number) {
      code_page_ = charset_of_code_page(*number);
    } else if (word == "fcharset" && number && group.target == Target::FontTable) {
      fonts_[group.font] = charset_of_font(*number);
    } else if (word == "bin" && number && *number > 0) {
      rest_.remove_prefix(std::min(rest_.size(), static_cast<std::size_t>(*number)));
    } else if (word == "fonttbl") {
      group.target = Target::FontTable;
    } else if (word == "objdata") {
      group.target = Target::Object;
    } else if (std::ranges::find(kProperties, word) != kProperties.end()) {
      group.target = Target::Property;
      group.property = word;
    } else if (std::ranges::find(kNoText, word) != kNoText.end()) {
      group.target = Target::Nowhere;
    } else if (is_optional && !holds_text(word)) {
      group.target = Target::Nowhere;
    }
  }

  // Destinations that readers may leave out, but that people wrote.
  static bool holds_text(std::string_view word) {
    constexpr std::array<std::string_view, 12> kWords{"annotation", "footnote",  "shpinst",   "shptxt",
                                                      "fldinst",    "bkmkstart", "atnauthor", "atnid",
                                                      "userprops",  "propname",  "staticval", "shprslt"};
    return std::ranges::find(kWords, word) != kWords.end();
  }

  void unicode(int number) {
    flush();
    const auto unit = static_cast<std::uint16_t>(number);
    Bytes octets{static_cast<std::uint8_t>(unit & 0xFF), static_cast<std::uint8_t>(unit >> 8)};
    const bool is_high = unit >= 0xD800 && unit < 0xDC00;
    if (is_high) {
      high_ = octets;
    } else {
      if (!high_.empty()) octets.insert(octets.begin(), high_.begin(), high_.end());
      high_.clear();
      append(decode_as(octets, "UTF-16LE").value_or(""));
    }
    skip_ = groups_.back().fallback_length;
  }

  void octet(char c) {
    if (skip_ > 0) {
      --skip_;
      return;
    }
    pending_ += c;
  }

  std::string_view charset() const {
    const auto font = fonts_.find(groups_.back().font);
    return font != fonts_.end() && !font->second.empty() ? font->second : code_page_;
  }

  void flush() {
    skip_ = 0;
    if (pending_.empty()) return;
    const std::string octets = std::exchange(pending_, {});
    const Target target = groups_.back().target;
    if (target == Target::Object) {
      add_hexadecimal(octets);
    } else if (target == Target::Text || target == Target::Property) {
      const auto decoded = decode_as(as_bytes(octets), charset());
      append(decoded ? *decoded : decode_text(as_bytes(octets)).text);
    }
  }

  void add_hexadecimal(std::string_view digits) {
    for (const char c : digits) {
      unsigned value = 0;
      if (std::from_chars(&c, &c + 1, value, 16).ec != std::errc()) continue;
      if (half_) {
        object_.push_back(static_cast<std::uint8_t>((*half_ << 4) | value));
        half_.reset();
      } else {
        half_ = value;
      }
    }
  }

  void append(std::string_view text) {
    const Target target = groups_.back().target;
    if (target == Target::Text) content_.text += text;
    if (target == Target::Property) value_ += text;
  }

  std::string_view rest_;
  RtfContent content_;
  std::vector<Group> groups_{Group{}};
  std::size_t beyond_ = 0;  // groups deeper than are kept
  std::map<int, std::string_view> fonts_;
  std::string_view code_page_ = "windows-1252";
  std::string pending_;  // octets of one encoding
  std::string value_;    // of the property that is read
  Bytes object_;
  std::optional<unsigned> half_;
  Bytes high_;
  int skip_ = 0;
  bool is_optional_ = false;
};

}  // namespace

RtfContent read_rtf(std::string_view rtf) {
  return RtfReader(rtf).read();
}

void extract_rtf(ByteView content, const Position& position, Extraction& extraction) {
  const RtfContent rtf = read_rtf(as_text(content));
  for (const auto& [name, value] : rtf.properties) extraction.add_metadata(position, name, value);
  extraction.add_text(position, "body", rtf.text);
  if (!rtf.is_whole) extraction.mark_unreadable(position, Unreadable::Damaged);
  for (const Bytes& object : rtf.objects) {
    if (!extraction.may_enter()) return;
    // [MS-OLEDS] 2.2.5: the class and its name stand before the file.
    const std::string_view octets = as_text(object);
    std::size_t begin = octets.size();
    for (const std::string_view mark : {"\xD0\xCF\x11\xE0", "PK\x03\x04", "%PDF-"})
      begin = std::min(begin, octets.find(mark));
    if (begin < octets.size()) extraction.examine(ByteView(object).subspan(begin), position.inside("object"));
  }
}

}  // namespace kuramori::sandbox::documents
