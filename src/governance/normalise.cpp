#include "governance/normalise.hpp"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/utf16.h>
#include <unicode/utf8.h>

#include <array>
#include <cstring>

#include "base/assert.hpp"
#include "governance/confusables.hpp"

namespace kuramori::governance {

namespace {

const UNormalizer2* nfkc() {
  static const UNormalizer2* const kInstance = [] {
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2* instance = unorm2_getNFKCInstance(&status);
    ensure(U_SUCCESS(status), "ICU has no NFKC data");
    return instance;
  }();
  return kInstance;
}

bool is_mark(char32_t c) {
  const auto type = u_charType(static_cast<UChar32>(c));
  return type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK;
}

// What may be copied from a text as it is, of the characters of three octets: nearly all of a Chinese or
// Japanese text.
class PlainCharacters {
 public:
  enum Kind : std::uint8_t {
    kPlain = 1,     // stands for itself, looks like nothing else
    kCombines = 2,  // unless a mark follows: kana
    kCjk = 4,       // written without spaces
    kHanDigit = 8,
  };

  static const PlainCharacters& instance() {
    static const PlainCharacters kInstance;
    return kInstance;
  }
  std::uint8_t kind(unsigned code) const { return kinds_[code]; }

 private:
  PlainCharacters() {
    for (char32_t c = 0x800; c < kinds_.size(); ++c) kinds_[c] = static_cast<std::uint8_t>(kind_of(c));
  }

  static unsigned kind_of(char32_t c) {
    const bool is_surrogate = c >= 0xD800 && c <= 0xDFFF;
    if (is_surrogate || is_mark(c) || is_invisible(c) || looks_like(c) != 0) return 0;
    unsigned kind = kPlain;
    if (unorm2_isInert(nfkc(), static_cast<UChar32>(c)) == 0) {
      if (!is_kana(c) || !is_unchanged(c)) return 0;
      kind |= kCombines;
    }
    if (is_cjk(c)) kind |= kCjk;
    if (han_digit(c) >= 0) kind |= kHanDigit;
    return kind;
  }

  static bool is_kana(char32_t c) { return c >= 0x3041 && c <= 0x30FE; }
  static bool is_unchanged(char32_t c) {
    const auto unit = static_cast<UChar>(c);
    UErrorCode status = U_ZERO_ERROR;
    return unorm2_isNormalized(nfkc(), &unit, 1, &status) != 0 && U_SUCCESS(status);
  }

  std::array<std::uint8_t, 0x10000> kinds_{};
};

constexpr auto kPrintable = [] {
  std::array<bool, 256> printable{};
  for (unsigned octet = 0; octet < printable.size(); ++octet)
    printable[octet] = (octet >= 0x20 && octet < 0x7F) || octet == '\t' || octet == '\n' || octet == '\r';
  return printable;
}();

// A base and the marks that may combine with it; what is longer is nonsense and is cut.
constexpr std::size_t kClusterUnitsMax = 48;

class Normaliser {
 public:
  Normaliser(std::string_view text, NormalisedText& out) : text_(text), out_(out) {
    out.reserve(text.size());
  }

  void run() {
    const auto size = static_cast<std::int32_t>(text_.size());
    for (std::int32_t at = 0; at < size;) {
      const std::int32_t start = at;
      at = byte(at) < 0x80 ? take_ascii(at) : take_plain(at);
      if (at == start) at = take_other(at);
    }
    if (han_digits_ >= 2) resolve_han_digits();
  }

 private:
  unsigned char byte(std::int32_t at) const {
    return static_cast<unsigned char>(text_[static_cast<std::size_t>(at)]);
  }

  char32_t next(std::int32_t& at) const {
    UChar32 c = 0;
    const auto size = static_cast<std::int32_t>(text_.size());
    U8_NEXT_OR_FFFD(reinterpret_cast<const std::uint8_t*>(text_.data()), at, size, c);
    return static_cast<char32_t>(c);
  }

  bool is_three(std::int32_t at) const {
    return static_cast<std::size_t>(at) + 2 < text_.size() && (byte(at + 1) & 0xC0) == 0x80 &&
           (byte(at + 2) & 0xC0) == 0x80;
  }

  unsigned code_of_three(std::int32_t at) const {
    return (byte(at) & 0xFU) << 12 | (byte(at + 1) & 0x3FU) << 6 | (byte(at + 2) & 0x3FU);
  }
  // Zero where no well-formed character of three octets stands.
  std::uint8_t kind_at(std::int32_t at) const {
    if (static_cast<std::size_t>(at) >= text_.size() || (byte(at) & 0xF0) != 0xE0 || !is_three(at)) return 0;
    const unsigned code = code_of_three(at);
    return code < 0x800 ? std::uint8_t{0} : plain_.kind(code);
  }

  // Whether what stands there is certainly no mark that combines with what is before it.
  bool is_apart(std::int32_t at) const {
    if (static_cast<std::size_t>(at) >= text_.size()) return true;
    if (byte(at) < 0x80) return kPrintable[byte(at)];  // what is invisible may hide a mark behind it
    if (kind_at(at) != 0) return true;
    if (!is_three(at) || byte(at) != 0xEF) return false;
    return byte(at + 1) == 0xBC || (byte(at + 1) == 0xBD && byte(at + 2) <= 0x9E);  // full width
  }

  // Printable ASCII, up to what may combine with its last character. Where it ends; `begin` when there is
  // none.
  std::int32_t take_ascii(std::int32_t begin) {
    const auto size = static_cast<std::int32_t>(text_.size());
    std::int32_t at = begin;
    while (at < size && kPrintable[byte(at)]) ++at;
    if (at > begin && !is_apart(at)) --at;
    if (at == begin) return begin;
    const std::string_view run =
        text_.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(at - begin));
    const std::size_t last = run.find_last_not_of(' ');
    if (last == std::string_view::npos) {
      blanks_ += run.size();
    } else {
      blanks_ = run.size() - 1 - last;
      after_cjk_ = false;
    }
    out_.copy(run, static_cast<std::size_t>(begin));
    return at;
  }

  // Characters that stand for themselves. Where they end; `begin` when there is none.
  std::int32_t take_plain(std::int32_t begin) {
    std::int32_t at = begin;
    std::uint8_t kind = kind_at(at);
    std::uint8_t last = 0;
    const bool cjk = (kind & PlainCharacters::kCjk) != 0;
    int digits = 0;
    for (; kind != 0 && ((kind & PlainCharacters::kCjk) != 0) == cjk; kind = kind_at(at)) {
      digits += (kind & PlainCharacters::kHanDigit) != 0 ? 1 : 0;
      last = kind;
      at += 3;
    }
    if ((last & PlainCharacters::kCombines) != 0 && !is_apart(at)) {
      at -= 3;
      digits -= (last & PlainCharacters::kHanDigit) != 0 ? 1 : 0;
    }
    if (at == begin) return begin;
    // 机 密 and 机密 are one word.
    if (cjk && after_cjk_ && blanks_ > 0) out_.drop_last(blanks_);
    after_cjk_ = cjk;
    blanks_ = 0;
    han_digits_ += static_cast<std::size_t>(digits);
    const auto from = static_cast<std::size_t>(begin);
    out_.copy(text_.substr(from, static_cast<std::size_t>(at - begin)), from);
    return at;
  }

  // One character that has to be looked at, with what combines with it.
  std::int32_t take_other(std::int32_t begin) {
    std::int32_t at = begin;
    const char32_t c = next(at);
    if (is_invisible(c)) return at;
    constexpr char32_t kIdeographicSpace = 0x3000;
    const bool is_full_width = c >= 0xFF01 && c <= 0xFF5E;
    if ((is_full_width || c == kIdeographicSpace) && is_apart(at)) {
      emit(is_full_width ? c - 0xFEE0 : U' ', begin, at);
      return at;
    }
    if (unorm2_isInert(nfkc(), static_cast<UChar32>(c)) == 0) return emit_cluster(c, begin, at);
    emit(c, begin, at);
    return at;
  }

  // Takes what can combine with `c`, normalises it, and returns where it ends.
  std::int32_t emit_cluster(char32_t c, std::int32_t start, std::int32_t at) {
    std::array<UChar, kClusterUnitsMax + 2> units{};
    std::int32_t length = 0;
    const auto push = [&](char32_t code_point) {
      U16_APPEND_UNSAFE(units.data(), length, static_cast<UChar32>(code_point));
    };
    push(c);
    const auto size = static_cast<std::int32_t>(text_.size());
    while (at < size && static_cast<std::size_t>(length) < kClusterUnitsMax) {
      std::int32_t after = at;
      const char32_t following = next(after);
      if (!is_invisible(following)) {
        if (unorm2_hasBoundaryBefore(nfkc(), static_cast<UChar32>(following)) != 0) break;
        push(following);
      }
      at = after;
    }
    // The longest compatibility mapping of one character has 18 units.
    std::array<UChar, 18 * (kClusterUnitsMax + 2)> normal;
    UErrorCode status = U_ZERO_ERROR;
    const std::int32_t normal_length = unorm2_normalize(nfkc(), units.data(), length, normal.data(),
                                                        static_cast<std::int32_t>(normal.size()), &status);
    if (U_FAILURE(status)) return at;
    for (std::int32_t i = 0; i < normal_length;) {
      UChar32 code_point = 0;
      U16_NEXT(normal.data(), i, normal_length, code_point);
      emit(static_cast<char32_t>(code_point), start, at);
    }
    return at;
  }

  void emit(char32_t c, std::int32_t start, std::int32_t end) {
    if (c >= 0x80) {
      // Struck-through, circled or underlined digits and letters.
      if (is_mark(c) && !out_.empty() && static_cast<unsigned char>(out_.text().back()) < 0x80) return;
      if (is_invisible(c)) return;
      if (const char ascii = looks_like(c); ascii != 0) {
        c = static_cast<unsigned char>(ascii);
      } else if (han_digit(c) >= 0) {
        ++han_digits_;
      }
    }
    if (c == ' ') {
      ++blanks_;
    } else {
      const bool cjk = is_cjk(c);
      if (cjk && after_cjk_ && blanks_ > 0) out_.drop_last(blanks_);
      after_cjk_ = cjk;
      blanks_ = 0;
    }
    append(c, static_cast<std::size_t>(start), static_cast<std::size_t>(end));
  }

  void append(char32_t c, std::size_t start, std::size_t end) {
    std::array<std::uint8_t, 4> utf8{};
    std::size_t length = 0;
    U8_APPEND_UNSAFE(utf8.data(), length, static_cast<UChar32>(c));
    const std::string_view character(reinterpret_cast<const char*>(utf8.data()), length);
    if (text_.substr(start, end - start) == character) {
      out_.copy(character, start);
    } else {
      out_.replace(character, start, end);
    }
  }

  // Han digits become ASCII where at least six digits stand together: 四一一一 in a number, never 三 in a
  // sentence.
  void resolve_han_digits() {
    NormalisedText source;
    std::swap(source, out_);
    const auto size = static_cast<std::int32_t>(source.size());
    const auto* octets = reinterpret_cast<const std::uint8_t*>(source.text().data());
    std::size_t done = 0;
    for (std::int32_t at = 0; at < size;) {
      const std::int32_t begin = at;
      const Run run = digit_run(octets, size, begin);
      if (run.digits >= 6 && run.han > 0) {
        out_.append(source, done, static_cast<std::size_t>(begin));
        convert(source, begin, run.end);
        done = static_cast<std::size_t>(run.end);
      }
      at = run.digits > 0 ? run.end : begin;
      if (run.digits == 0) U8_FWD_1(octets, at, size);
    }
    out_.append(source, done, source.size());
  }

  struct Run {
    std::int32_t end = 0;
    int digits = 0;
    int han = 0;
  };
  static Run digit_run(const std::uint8_t* octets, std::int32_t size, std::int32_t begin) {
    Run run{.end = begin};
    int separators = 0;
    for (std::int32_t at = begin; at < size;) {
      UChar32 c = 0;
      U8_NEXT(octets, at, size, c);
      const bool han = c > 0x7F && han_digit(static_cast<char32_t>(c)) >= 0;
      if (han || (c >= '0' && c <= '9')) {
        ++run.digits;
        run.han += han ? 1 : 0;
        run.end = at;
        separators = 0;
      } else if (run.digits == 0 || c <= 0 || c > 0x7F || std::strchr(" -._()[]", c) == nullptr ||
                 ++separators > 3) {
        break;
      }
    }
    return run;
  }

  void convert(const NormalisedText& source, std::int32_t from, std::int32_t to) {
    const auto* octets = reinterpret_cast<const std::uint8_t*>(source.text().data());
    for (std::int32_t at = from; at < to;) {
      const auto start = static_cast<std::size_t>(at);
      UChar32 c = 0;
      U8_NEXT(octets, at, to, c);
      const int digit = c > 0x7F ? han_digit(static_cast<char32_t>(c)) : -1;
      append(static_cast<char32_t>(digit >= 0 ? '0' + digit : c), source.begin_of(start),
             source.end_of(start));
    }
  }

  std::string_view text_;
  NormalisedText& out_;
  const PlainCharacters& plain_ = PlainCharacters::instance();
  std::size_t blanks_ = 0;
  std::size_t han_digits_ = 0;
  bool after_cjk_ = false;
};

}  // namespace

bool is_plain_ascii(std::string_view text) {
  // Branch-free inside, so that the compiler vectorises it.
  unsigned odd = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    odd |= static_cast<unsigned>(byte >= 0x7F) |
           (static_cast<unsigned>(byte < 0x20) & static_cast<unsigned>(byte != '\n') &
            static_cast<unsigned>(byte != '\t') & static_cast<unsigned>(byte != '\r'));
  }
  return odd == 0;
}

void normalise(std::string_view text, NormalisedText& out) {
  out.clear();
  Normaliser(text, out).run();
}

std::string normalised(std::string_view text) {
  if (is_plain_ascii(text)) return std::string(text);
  NormalisedText out;
  normalise(text, out);
  return out.text();
}

}  // namespace kuramori::governance
