#include "governance/normalise.hpp"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/utf16.h>
#include <unicode/utf8.h>

#include <array>
#include <cstring>
#include <vector>

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

// What becomes of the characters of three octets: nearly all of a Chinese or Japanese text.
class ThreeOctets {
 public:
  // Of characters that stand for themselves and look like nothing else.
  enum Kind : std::uint8_t {
    kPlain = 1,
    kCombines = 2,  // unless a mark follows: kana
    kCjk = 4,       // written without spaces
    kHanDigit = 8,
    kAscii = 0x80,  // stands for the character of ASCII in the other bits, unless a mark follows
  };

  static const ThreeOctets& instance() {
    static const ThreeOctets kInstance;
    return kInstance;
  }
  std::uint8_t kind(std::size_t code) const { return kinds_[code]; }

 private:
  ThreeOctets() {
    for (char32_t c = 0x800; c < kinds_.size(); ++c) kinds_[c] = static_cast<std::uint8_t>(kind_of(c));
  }

  static unsigned kind_of(char32_t c) {
    if (c >= 0xFF01 && c <= 0xFF5E) return kAscii | static_cast<unsigned>(c - 0xFEE0);
    if (c == 0x3000) return kAscii | static_cast<unsigned>(' ');
    const bool is_surrogate = c >= 0xD800 && c <= 0xDFFF;
    if (is_surrogate || is_mark(c) || is_invisible(c)) return 0;
    const bool is_inert = unorm2_isInert(nfkc(), static_cast<UChar32>(c)) != 0;
    if (const char ascii = looks_like(c); ascii != 0)
      return is_inert ? kAscii | static_cast<unsigned char>(ascii) : 0U;
    unsigned kind = kPlain;
    if (!is_inert) {
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
  Normaliser(std::string_view text, NormalisedText& out)
      : text_(text),
        octets_(reinterpret_cast<const std::uint8_t*>(text.data())),
        size_(static_cast<std::int32_t>(text.size())),
        out_(out) {
    out.reserve(text.size());
  }

  void run() {
    for (std::int32_t at = 0; at < size_;) {
      const std::int32_t start = at;
      at = byte(at) < 0x80 ? take_ascii(at) : take_three_octets(at);
      if (at == start) at = take_other(at);
    }
    if (han_digits_.size() >= 2) resolve_han_digits();
  }

 private:
  // `at` lies within the text: this is asked for each octet.
  unsigned char byte(std::int32_t at) const { return octets_[at]; }

  char32_t next(std::int32_t& at) const {
    UChar32 c = 0;
    U8_NEXT_OR_FFFD(octets_, at, size_, c);
    return static_cast<char32_t>(c);
  }

  // Zero where no character of three octets stands, or one that has to be looked at.
  std::uint8_t kind_at(std::int32_t at) const {
    if (size_ - at < 3) return 0;
    const unsigned first = byte(at);
    const unsigned second = byte(at + 1);
    const unsigned third = byte(at + 2);
    if ((first & 0xF0U) != 0xE0 || (second & 0xC0U) != 0x80 || (third & 0xC0U) != 0x80) return 0;
    return three_octets_.kind((first & 0xFU) << 12 | (second & 0x3FU) << 6 | (third & 0x3FU));
  }

  // Whether what stands there is certainly no mark that combines with what is before it.
  bool is_apart(std::int32_t at) const {
    if (at >= size_) return true;
    if (byte(at) < 0x80) return kPrintable[byte(at)];  // what is invisible may hide a mark behind it
    return kind_at(at) != 0;
  }

  std::string_view part(std::int32_t begin, std::int32_t end) const {
    return text_.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
  }

  // Printable ASCII, up to what may combine with its last character. Where it ends; `begin` when there is
  // none.
  std::int32_t take_ascii(std::int32_t begin) {
    std::int32_t at = begin;
    while (at < size_ && kPrintable[byte(at)]) ++at;
    if (at > begin && !is_apart(at)) --at;
    if (at == begin) return begin;
    const std::string_view run = part(begin, at);
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

  // Characters that stand for themselves, or one that stands for one of ASCII. Where they end; `begin` when
  // there is none.
  std::int32_t take_three_octets(std::int32_t begin) {
    std::int32_t at = begin;
    std::uint8_t kind = kind_at(begin);
    if ((kind & ThreeOctets::kAscii) != 0) {
      if (!is_apart(begin + 3)) return begin;
      emit_ascii(static_cast<char>(kind & ~ThreeOctets::kAscii), begin, begin + 3);
      return begin + 3;
    }
    const bool begins_cjk = (kind & ThreeOctets::kCjk) != 0;
    unsigned last = 0;
    unsigned all = 0;
    for (; (kind & ThreeOctets::kPlain) != 0 && (kind & ThreeOctets::kAscii) == 0; kind = kind_at(at)) {
      all |= kind;
      last = kind;
      at += 3;
    }
    if ((last & ThreeOctets::kCombines) != 0 && !is_apart(at)) {
      at -= 3;
      if (at > begin) last = kind_at(at - 3);
    }
    if (at == begin) return begin;
    // 机 密 and 机密 are one word.
    if (begins_cjk && after_cjk_ && blanks_ > 0) out_.drop_last(blanks_);
    after_cjk_ = (last & ThreeOctets::kCjk) != 0;
    blanks_ = 0;
    if ((all & ThreeOctets::kHanDigit) != 0) note_han_digits(begin, at);
    out_.copy(part(begin, at), static_cast<std::size_t>(begin));
    return at;
  }

  void note_han_digits(std::int32_t begin, std::int32_t end) {
    for (std::int32_t at = begin; at < end; at += 3) {
      if ((kind_at(at) & ThreeOctets::kHanDigit) != 0)
        han_digits_.push_back(static_cast<std::int32_t>(out_.size()) + at - begin);
    }
  }

  // One character that has to be looked at, with what combines with it.
  std::int32_t take_other(std::int32_t begin) {
    std::int32_t at = begin;
    const char32_t c = next(at);
    if (is_invisible(c)) return at;
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
    while (at < size_ && static_cast<std::size_t>(length) < kClusterUnitsMax) {
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
      if (const char ascii = looks_like(c); ascii != 0) c = static_cast<unsigned char>(ascii);
    }
    if (c == ' ') {
      ++blanks_;
    } else {
      const bool cjk = is_cjk(c);
      if (cjk && after_cjk_ && blanks_ > 0) out_.drop_last(blanks_);
      after_cjk_ = cjk;
      blanks_ = 0;
    }
    if (c >= 0x80 && han_digit(c) >= 0) han_digits_.push_back(static_cast<std::int32_t>(out_.size()));
    append(c, static_cast<std::size_t>(start), static_cast<std::size_t>(end));
  }

  void emit_ascii(char c, std::int32_t start, std::int32_t end) {
    if (c == ' ') {
      ++blanks_;
    } else {
      after_cjk_ = false;
      blanks_ = 0;
    }
    out_.replace({&c, 1}, static_cast<std::size_t>(start), static_cast<std::size_t>(end));
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
    std::vector<std::pair<std::int32_t, std::int32_t>> numbers;
    const std::string& text = out_.text();
    const auto* octets = reinterpret_cast<const std::uint8_t*>(text.data());
    const auto size = static_cast<std::int32_t>(text.size());
    std::int32_t end = 0;
    for (const std::int32_t digit : han_digits_) {
      if (digit < end) continue;
      const std::int32_t begin = row_begin(octets, end, digit);
      const Row row = digit_row(octets, size, begin);
      end = row.end;
      if (row.digits >= 6) numbers.emplace_back(begin, end);
    }
    if (numbers.empty()) return;
    NormalisedText source;
    std::swap(source, out_);
    std::size_t done = 0;
    for (const auto& [first, last] : numbers) {
      out_.append(source, done, static_cast<std::size_t>(first));
      convert(source, first, last);
      done = static_cast<std::size_t>(last);
    }
    out_.append(source, done, source.size());
  }

  static bool is_any_digit(UChar32 c) {
    return (c >= '0' && c <= '9') || (c > 0x7F && han_digit(static_cast<char32_t>(c)) >= 0);
  }
  static bool is_between_digits(UChar32 c) {
    return c > 0 && c <= 0x7F && std::strchr(" -._()[]", c) != nullptr;
  }
  static constexpr int kBetweenDigitsMax = 3;

  // Where the row of digits begins that the digit at `at` belongs to; not before `first`.
  static std::int32_t row_begin(const std::uint8_t* octets, std::int32_t first, std::int32_t at) {
    std::int32_t begin = at;
    int between = 0;
    while (at > first) {
      UChar32 c = 0;
      U8_PREV(octets, first, at, c);
      if (is_any_digit(c)) {
        begin = at;
        between = 0;
      } else if (!is_between_digits(c) || ++between > kBetweenDigitsMax) {
        break;
      }
    }
    return begin;
  }

  struct Row {
    std::int32_t end = 0;
    int digits = 0;
  };
  static Row digit_row(const std::uint8_t* octets, std::int32_t size, std::int32_t begin) {
    Row row{.end = begin};
    int between = 0;
    for (std::int32_t at = begin; at < size;) {
      UChar32 c = 0;
      U8_NEXT(octets, at, size, c);
      if (is_any_digit(c)) {
        ++row.digits;
        row.end = at;
        between = 0;
      } else if (!is_between_digits(c) || ++between > kBetweenDigitsMax) {
        break;
      }
    }
    return row;
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
  const std::uint8_t* octets_;  // of the text
  std::int32_t size_;
  NormalisedText& out_;
  const ThreeOctets& three_octets_ = ThreeOctets::instance();
  std::size_t blanks_ = 0;
  std::vector<std::int32_t> han_digits_;  // where they stand in what was made
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
