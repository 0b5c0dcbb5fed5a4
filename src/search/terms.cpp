#include "search/terms.hpp"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>

#include "base/assert.hpp"

namespace kuramori::search {
namespace {

enum class Kind : std::uint8_t { Blank, Word, Run, Symbol, Joiner, Mark };

bool is_unspaced_script(UChar32 c) {
  static constexpr std::array kScripts{USCRIPT_HAN,      USCRIPT_HIRAGANA, USCRIPT_KATAKANA,
                                       USCRIPT_BOPOMOFO, USCRIPT_HANGUL,   USCRIPT_THAI,
                                       USCRIPT_LAO,      USCRIPT_KHMER,    USCRIPT_MYANMAR};
  UErrorCode status = U_ZERO_ERROR;
  const UScriptCode own = uscript_getScript(c, &status);
  if (U_SUCCESS(status) != 0) {
    if (std::ranges::find(kScripts, own) != kScripts.end()) return true;
    if (own == USCRIPT_LATIN || own == USCRIPT_GREEK || own == USCRIPT_CYRILLIC) return false;
  }
  // Such as the long vowel mark, which several scripts share.
  return std::ranges::any_of(kScripts, [c](UScriptCode script) { return uscript_hasScript(c, script) != 0; });
}

Kind kind_of(UChar32 c) {
  if (c < 0x80) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
    if (is_letter) return Kind::Word;
    return c == '\'' ? Kind::Joiner : Kind::Blank;
  }
  if (c == 0x2019) return Kind::Joiner;
  if (c >= 0x1F3FB && c <= 0x1F3FF) return Kind::Blank;  // a tone of skin finds nothing by itself
  const auto type = u_charType(c);
  if (type == U_NON_SPACING_MARK || type == U_COMBINING_SPACING_MARK) return Kind::Mark;
  const bool is_letter = u_isUAlphabetic(c) != 0;
  if (is_letter && is_unspaced_script(c)) return Kind::Run;
  if (is_letter || u_isalnum(c) != 0 || type == U_OTHER_NUMBER || type == U_LETTER_NUMBER) return Kind::Word;
  const bool is_symbol = type == U_OTHER_SYMBOL || u_hasBinaryProperty(c, UCHAR_EXTENDED_PICTOGRAPHIC) != 0;
  return is_symbol ? Kind::Symbol : Kind::Blank;
}

icu::UnicodeString fold(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* folding = icu::Normalizer2::getNFKCCasefoldInstance(status);
  ensure(U_SUCCESS(status) != 0, "ICU has its data");
  const auto given =
      icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
  return folding->normalize(given, status);
}

// Gathers characters of one kind into a term.
class Cutter {
 public:
  void take(UChar32 c) {
    const Kind kind = kind_of(c);
    if (kind == Kind::Mark) return append(c);
    if (kind == Kind::Joiner) return;  // don't, don’t and dont are one word
    if (kind != open_) close();
    if (kind == Kind::Blank) return;
    open_ = kind;
    append(c);
    if (kind == Kind::Symbol) close();
  }
  Terms finish() {
    close();
    return std::move(terms_);
  }

 private:
  void append(UChar32 c) {
    if (open_ == Kind::Blank || (open_ == Kind::Word && length_ == kWordCharactersMax)) return;
    std::array<char, U8_MAX_LENGTH> octets{};
    std::int32_t size = 0;
    U8_APPEND_UNSAFE(octets.data(), size, c);
    term_.append(octets.data(), static_cast<std::size_t>(size));
    ++length_;
  }
  void close() {
    if (!term_.empty()) {
      auto& list = open_ == Kind::Run ? terms_.runs : open_ == Kind::Symbol ? terms_.symbols : terms_.words;
      list.push_back(std::move(term_));
    }
    term_.clear();
    length_ = 0;
    open_ = Kind::Blank;
  }

  Terms terms_;
  Kind open_ = Kind::Blank;
  std::string term_;
  std::size_t length_ = 0;
};

bool has_word(const Terms& text, const std::string& wanted, std::vector<std::string>* highlights) {
  const bool by_prefix = characters(wanted) >= kPrefixCharactersMin;
  bool is_found = false;
  for (const std::string& word : text.words) {
    if (by_prefix ? !word.starts_with(wanted) : word != wanted) continue;
    is_found = true;
    if (highlights == nullptr) break;
    highlights->push_back(word);
  }
  return is_found;
}

bool has_part(const std::vector<std::string>& parts, const std::string& wanted) {
  return std::ranges::any_of(parts, [&](const std::string& part) { return part.contains(wanted); });
}

}  // namespace

Terms terms_of(std::string_view text) {
  Cutter cutter;
  const bool is_ascii =
      std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (is_ascii) {
    for (const char c : text) cutter.take(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    return cutter.finish();
  }
  const icu::UnicodeString folded = fold(text);
  for (std::int32_t i = 0; i < folded.length();) {
    const UChar32 c = folded.char32At(i);
    i += U16_LENGTH(c);
    cutter.take(c == 0xFFFD || U_IS_SURROGATE(c) ? ' ' : c);
  }
  return cutter.finish();
}

std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::ranges::count_if(utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string_view first_characters(std::string_view utf8, std::size_t count) {
  std::size_t at = 0;
  for (; at < utf8.size(); ++at) {
    if ((static_cast<unsigned char>(utf8[at]) & 0xC0U) != 0x80U && count-- == 0) break;
  }
  return utf8.substr(0, at);
}

std::vector<std::string_view> pairs_of(std::string_view run) {
  std::vector<std::string_view> pairs;
  while (!run.empty()) {
    pairs.push_back(first_characters(run, 2));
    run.remove_prefix(first_characters(run, 1).size());
  }
  return pairs;
}

bool contains_all(const Terms& text, const Terms& wanted, std::vector<std::string>* highlights) {
  for (const std::string& word : wanted.words) {
    if (!has_word(text, word, highlights)) return false;
  }
  return std::ranges::all_of(wanted.runs, [&](const std::string& run) { return has_part(text.runs, run); }) &&
         std::ranges::all_of(wanted.symbols, [&](const std::string& s) { return has_part(text.symbols, s); });
}

}  // namespace kuramori::search
