#include "governance/normalise.hpp"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/utf16.h>
#include <unicode/utf8.h>

#include <array>
#include <bitset>
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

// Most of a Chinese text: stands for itself, combines with nothing, looks like nothing else.
bool is_plain_ideograph(char32_t c) {
  return c >= 0x4E00 && c <= 0x9FFF && c != U'\u4E28';
}

// Of the ideographs from U+4E00: which are digits, so that most are told from them by one look.
constexpr std::size_t kIdeographs = 0xA000 - 0x4E00;
const std::bitset<kIdeographs>& han_digits() {
  static const std::bitset<kIdeographs> kDigits = [] {
    std::bitset<kIdeographs> digits;
    for (std::size_t i = 0; i < kIdeographs; ++i)
      digits.set(i, han_digit(static_cast<char32_t>(0x4E00 + i)) >= 0);
    return digits;
  }();
  return kDigits;
}

// A base and the marks that may combine with it; what is longer is nonsense and is cut.
constexpr std::size_t kClusterUnitsMax = 48;

class Normaliser {
 public:
  Normaliser(std::string_view text, NormalisedText& out) : text_(text), out_(out) {
    out.text.reserve(text.size());
    out.begin.reserve(text.size());
    out.end.reserve(text.size());
  }

  void run() {
    const auto size = static_cast<std::int32_t>(text_.size());
    for (std::int32_t at = 0; at < size;) {
      const std::int32_t start = at;
      if (byte(at) >= 0xE3 && byte(at) <= 0xEF) {
        at = take_east_asian(at);
        if (at > start) continue;
      }
      const char32_t c = next(at);
      if (is_invisible(c)) continue;
      if (c < 0x80 && is_apart(at)) {
        emit(c, start, at);
        continue;
      }
      if (is_plain_ideograph(c) || unorm2_isInert(nfkc(), static_cast<UChar32>(c)) != 0) {
        emit(c, start, at);
      } else {
        at = emit_cluster(c, start, at);
      }
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

  // Whether what stands there is certainly no mark that combines with what is before it.
  bool is_apart(std::int32_t at) const {
    if (static_cast<std::size_t>(at) >= text_.size() || byte(at) < 0x80) return true;
    if (!is_three(at)) return false;
    if (byte(at) >= 0xE4 && byte(at) <= 0xE9) return true;
    if (byte(at) == 0xEF) return byte(at + 1) == 0xBC || (byte(at + 1) == 0xBD && byte(at + 2) <= 0x9E);
    if (byte(at) != 0xE3) return false;
    if (byte(at + 1) == 0x80) return byte(at + 2) <= 0x9F;  // punctuation
    return byte(at + 1) == 0x81 || byte(at + 1) == 0x83 ||
           (byte(at + 1) == 0x82 && byte(at + 2) != 0x99 && byte(at + 2) != 0x9A);
  }

  // An ideograph, or kana that no mark follows: it stands for itself.
  bool stands_for_itself(std::int32_t at) const {
    if (!is_three(at)) return false;
    const unsigned first = byte(at);
    const unsigned second = byte(at + 1);
    const unsigned third = byte(at + 2);
    if (first == 0xE4)
      return second >= 0xB8 && !(second == 0xB8 && third == 0xA8);  // U+4E28 looks like a bar
    if (first > 0xE4) return first <= 0xE9;
    if (first != 0xE3) return false;
    const bool is_kana = (second == 0x81 && third >= 0x81) || (second == 0x82 && third <= 0x96) ||
                         (second == 0x82 && third >= 0xA1) || (second == 0x83 && third <= 0xBA) ||
                         (second == 0x83 && third == 0xBC);
    return is_kana && is_apart(at + 3);
  }

  // Runs of characters that stand for themselves, full width, and the ideographic space. Where it ends; where
  // it began when it is something else.
  std::int32_t take_east_asian(std::int32_t begin) {
    std::int32_t at = begin;
    while (stands_for_itself(at)) at += 3;
    if (at > begin) {
      copy_run(begin, at);
      return at;
    }
    if (!is_three(at) || !is_apart(at + 3)) return begin;
    const unsigned code = (byte(at) & 0xFU) << 12 | (byte(at + 1) & 0x3FU) << 6 | (byte(at + 2) & 0x3FU);
    if (code == 0x3000) {
      emit(U' ', begin, at + 3);
    } else if (code >= 0xFF01 && code <= 0xFF5E) {
      emit(static_cast<char32_t>(code - 0xFEE0), begin, at + 3);
    } else {
      return begin;
    }
    return at + 3;
  }

  void copy_run(std::int32_t begin, std::int32_t end) {
    if (after_cjk_ && blanks_ > 0) drop_last(blanks_);
    after_cjk_ = true;
    blanks_ = 0;
    const auto& digits = han_digits();
    const auto octets = static_cast<std::size_t>(end - begin);
    const std::size_t place = out_.text.size();
    out_.text.append(text_.substr(static_cast<std::size_t>(begin), octets));
    out_.begin.resize(place + octets);
    out_.end.resize(place + octets);
    for (std::size_t i = 0; i < octets; i += 3) {
      const auto from = static_cast<std::uint32_t>(begin) + static_cast<std::uint32_t>(i);
      for (std::size_t j = 0; j < 3; ++j) {
        out_.begin[place + i + j] = from;
        out_.end[place + i + j] = from + 3;
      }
      const auto octet = [&](std::uint32_t n) { return byte(static_cast<std::int32_t>(from + n)) & 0x3FU; };
      const unsigned code = (byte(static_cast<std::int32_t>(from)) & 0xFU) << 12 | octet(1) << 6 | octet(2);
      if (code >= 0x4E00 && digits[code - 0x4E00]) ++han_digits_;
    }
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
    std::array<UChar, 18 * (kClusterUnitsMax + 2)> normal{};
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
    if (is_plain_ideograph(c)) {
      han_digits_ += han_digit(c) >= 0 ? 1 : 0;
    } else if (c >= 0x80) {
      const auto type = u_charType(static_cast<UChar32>(c));
      const bool mark = type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK;
      // Struck-through, circled or underlined digits and letters.
      if (mark && !out_.text.empty() && static_cast<unsigned char>(out_.text.back()) < 0x80) return;
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
      // 机 密 and 机密 are one word.
      if (cjk && after_cjk_ && blanks_ > 0) drop_last(blanks_);
      after_cjk_ = cjk;
      blanks_ = 0;
    }
    append(c, static_cast<std::uint32_t>(start), static_cast<std::uint32_t>(end));
  }

  void append(char32_t c, std::uint32_t start, std::uint32_t end) {
    std::array<std::uint8_t, 4> utf8{};
    std::size_t length = 0;
    U8_APPEND_UNSAFE(utf8.data(), length, static_cast<UChar32>(c));
    out_.text.append(reinterpret_cast<const char*>(utf8.data()), length);
    for (std::size_t i = 0; i < length; ++i) {
      out_.begin.push_back(start);
      out_.end.push_back(end);
    }
  }
  void drop_last(std::size_t octets) {
    out_.text.resize(out_.text.size() - octets);
    out_.begin.resize(out_.text.size());
    out_.end.resize(out_.text.size());
  }

  // Han digits become ASCII where at least six digits stand together: 四一一一 in a number, never 三 in a
  // sentence.
  void resolve_han_digits() {
    NormalisedText source;
    std::swap(source, out_);
    const auto size = static_cast<std::int32_t>(source.text.size());
    const auto* octets = reinterpret_cast<const std::uint8_t*>(source.text.data());
    std::size_t done = 0;
    for (std::int32_t at = 0; at < size;) {
      const std::int32_t begin = at;
      const Run run = digit_run(octets, size, begin);
      if (run.digits >= 6 && run.han > 0) {
        copy(source, done, static_cast<std::size_t>(begin));
        convert(source, begin, run.end);
        done = static_cast<std::size_t>(run.end);
      }
      at = run.digits > 0 ? run.end : begin;
      if (run.digits == 0) U8_FWD_1(octets, at, size);
    }
    copy(source, done, source.text.size());
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

  void copy(const NormalisedText& source, std::size_t from, std::size_t to) {
    const auto first = static_cast<std::ptrdiff_t>(from);
    const auto last = static_cast<std::ptrdiff_t>(to);
    out_.text.append(source.text, from, to - from);
    out_.begin.insert(out_.begin.end(), source.begin.begin() + first, source.begin.begin() + last);
    out_.end.insert(out_.end.end(), source.end.begin() + first, source.end.begin() + last);
  }
  void convert(const NormalisedText& source, std::int32_t from, std::int32_t to) {
    const auto* octets = reinterpret_cast<const std::uint8_t*>(source.text.data());
    for (std::int32_t at = from; at < to;) {
      const auto start = static_cast<std::size_t>(at);
      UChar32 c = 0;
      U8_NEXT(octets, at, to, c);
      const int digit = c > 0x7F ? han_digit(static_cast<char32_t>(c)) : -1;
      append(static_cast<char32_t>(digit >= 0 ? '0' + digit : c), source.begin[start], source.end[start]);
    }
  }

  std::string_view text_;
  NormalisedText& out_;
  std::size_t blanks_ = 0;
  std::size_t han_digits_ = 0;
  bool after_cjk_ = false;
};

}  // namespace

void NormalisedText::clear() {
  text.clear();
  begin.clear();
  end.clear();
}

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
  return std::move(out.text);
}

void compose(NormalisedText& outer, const NormalisedText& inner) {
  for (std::size_t i = 0; i < outer.begin.size(); ++i) {
    const std::uint32_t last = outer.end[i] - 1;
    outer.begin[i] = inner.begin[outer.begin[i]];
    outer.end[i] = inner.end[last];
  }
}

}  // namespace kuramori::governance
