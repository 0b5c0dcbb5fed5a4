#include "sandbox/documents/charset.hpp"

#include <unicode/ucnv.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <memory>

namespace kuramori::sandbox::documents {
namespace {

constexpr std::size_t kSampleBytes = 65'536;
constexpr double kGoodShare = 0.55;  // of pairs that are common characters

struct CloseConverter {
  void operator()(UConverter* converter) const { ucnv_close(converter); }
};
using Converter = std::unique_ptr<UConverter, CloseConverter>;

bool within(std::uint8_t byte, std::uint8_t first, std::uint8_t last) {
  return byte >= first && byte <= last;
}

// How much of a text would be common characters, if it had this encoding.
struct Tally {
  std::size_t characters = 0;
  std::size_t common = 0;
  std::size_t broken = 0;
  double share() const {
    if (characters == 0 || broken * 100 > characters) return 0;
    return static_cast<double>(common) / static_cast<double>(characters);
  }
};

// One character at the front: its length in octets (0: broken) and whether it is a common one.
struct Step {
  std::size_t length = 0;
  bool is_common = false;
};

// GB 2312 level 1 and punctuation are common; the rest of GB 18030 is not.
Step step_gb18030(ByteView b) {
  if (!within(b[0], 0x81, 0xFE)) return {};
  if (b.size() >= 4 && within(b[1], 0x30, 0x39) && within(b[2], 0x81, 0xFE) && within(b[3], 0x30, 0x39)) {
    return {4, false};
  }
  if (!within(b[1], 0x40, 0xFE) || b[1] == 0x7F) return {};
  const bool is_level_1 = within(b[0], 0xB0, 0xD7) || within(b[0], 0xA1, 0xA3);
  return {2, is_level_1 && b[1] >= 0xA1};
}

Step step_big5(ByteView b) {
  if (!within(b[0], 0x81, 0xFE) || !(within(b[1], 0x40, 0x7E) || within(b[1], 0xA1, 0xFE))) return {};
  return {2, within(b[0], 0xA1, 0xC6)};
}

Step step_shift_jis(ByteView b) {
  if (within(b[0], 0xA1, 0xDF)) return {1, false};  // half-width kana
  const bool is_lead = within(b[0], 0x81, 0x9F) || within(b[0], 0xE0, 0xFC);
  if (!is_lead || !within(b[1], 0x40, 0xFC) || b[1] == 0x7F) return {};
  const bool is_kana =
      (b[0] == 0x82 && within(b[1], 0x4F, 0xF1)) || (b[0] == 0x83 && within(b[1], 0x40, 0x96));
  const bool is_level_1 =
      (b[0] == 0x88 && b[1] >= 0x9F) || within(b[0], 0x89, 0x97) || (b[0] == 0x98 && b[1] <= 0x72);
  return {2, is_kana || is_level_1 || (b[0] == 0x81 && b[1] <= 0xAC)};
}

Step step_euc_jp(ByteView b) {
  if (b[0] == 0x8E && within(b[1], 0xA1, 0xDF)) return {2, false};
  if (b[0] == 0x8F) return {b.size() >= 3 ? std::size_t{3} : std::size_t{0}, false};
  if (!within(b[0], 0xA1, 0xFE) || !within(b[1], 0xA1, 0xFE)) return {};
  // Without its kana this could as well be GB 2312.
  return {2, b[0] == 0xA1 || b[0] == 0xA4 || b[0] == 0xA5 || within(b[0], 0xB0, 0xCF)};
}

using Stepper = Step (*)(ByteView);
struct Candidate {
  std::string_view name;
  Stepper step;
};
constexpr std::array kCandidates{Candidate{"GB18030", step_gb18030}, Candidate{"Big5", step_big5},
                                 Candidate{"Shift_JIS", step_shift_jis}, Candidate{"EUC-JP", step_euc_jp}};

Tally tally(ByteView bytes, Stepper stepper) {
  Tally result;
  while (!bytes.empty()) {
    if (bytes[0] < 0x80) {
      bytes = bytes.subspan(1);
      continue;
    }
    if (bytes.size() < 2) break;  // cut off
    const Step step = stepper(bytes);
    ++result.characters;
    if (step.length == 0) {
      ++result.broken;
      bytes = bytes.subspan(1);
      continue;
    }
    result.common += step.is_common ? 1 : 0;
    bytes = bytes.subspan(std::min(step.length, bytes.size()));
  }
  return result;
}

// A whole number of characters, but for one that is cut off at the end.
bool is_utf8(ByteView bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    const std::uint8_t lead = bytes[at];
    std::size_t length = 1;
    if (lead >= 0x80) {
      if (within(lead, 0xC2, 0xDF)) length = 2;
      if (within(lead, 0xE0, 0xEF)) length = 3;
      if (within(lead, 0xF0, 0xF4)) length = 4;
      if (length == 1) return false;
    }
    for (std::size_t i = 1; i < length && at + i < bytes.size(); ++i) {
      if (!within(bytes[at + i], 0x80, 0xBF)) return false;
    }
    at += length;
  }
  return true;
}

std::string_view charset_of_mark(ByteView bytes) {
  const std::string_view text = as_text(bytes.first(std::min<std::size_t>(4, bytes.size())));
  if (text.starts_with("\xEF\xBB\xBF")) return "UTF-8";
  if (text == std::string_view("\xFF\xFE\0\0", 4)) return "UTF-32LE";
  if (text == std::string_view("\0\0\xFE\xFF", 4)) return "UTF-32BE";
  if (text.starts_with("\xFF\xFE")) return "UTF-16LE";
  if (text.starts_with("\xFE\xFF")) return "UTF-16BE";
  return {};
}

// The share of units whose high octet is one that ordinary text in English, Chinese and Japanese has.
double plausible_utf16(ByteView bytes, std::size_t high) {
  std::size_t good = 0;
  const std::size_t units = bytes.size() / 2;
  if (units == 0) return 0;
  for (std::size_t i = 0; i < units; ++i) {
    const std::uint8_t h = bytes[2 * i + high];
    const std::uint8_t l = bytes[2 * i + 1 - high];
    const bool is_latin = h == 0 && (l >= 0x20 || l == '\n' || l == '\r' || l == '\t');
    good += is_latin || h == 0x20 || h == 0x30 || h == 0xFF || within(h, 0x4E, 0x9F) ? 1 : 0;
  }
  return static_cast<double>(good) / static_cast<double>(units);
}

std::string_view utf16_without_mark(ByteView bytes) {
  constexpr double kSure = 0.97;
  if (bytes.size() < 4) return {};
  const double little = plausible_utf16(bytes, 1);
  const double big = plausible_utf16(bytes, 0);
  if (little >= kSure && little >= big) return "UTF-16LE";
  if (big >= kSure) return "UTF-16BE";
  return {};
}

std::string_view utf32_without_mark(ByteView bytes) {
  if (bytes.size() < 8 || bytes.size() % 4 != 0) return {};
  bool little = true;
  bool big = true;
  for (std::size_t i = 0; i + 4 <= bytes.size(); i += 4) {
    little = little && bytes[i + 3] == 0 && bytes[i + 2] <= 0x10;
    big = big && bytes[i] == 0 && bytes[i + 1] <= 0x10;
  }
  if (little && !big) return "UTF-32LE";
  return big && !little ? "UTF-32BE" : std::string_view();
}

bool has_iso_2022_jp(std::string_view text) {
  for (const std::string_view escape : {"\x1B$B", "\x1B$@", "\x1B(J", "\x1B(I"}) {
    if (text.find(escape) != std::string_view::npos) return true;
  }
  return false;
}

// Names of mails and pages that mean a smaller set than what is really written under them.
std::string_view widened(std::string_view charset) {
  const auto is = [charset](std::string_view name) {
    return std::ranges::equal(charset, name, [](char a, char b) {
      return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
    });
  };
  if (is("gb2312") || is("gbk") || is("gb18030") || is("x-gbk") || is("gb_2312-80") || is("cp936"))
    return "GB18030";
  if (is("shift_jis") || is("sjis") || is("x-sjis") || is("shift-jis") || is("windows-31j") || is("cp932"))
    return "windows-932";
  if (is("big5") || is("cp950") || is("x-x-big5")) return "Big5-HKSCS";
  if (is("iso-8859-1") || is("latin1") || is("us-ascii") || is("ascii")) return "windows-1252";
  if (is("ks_c_5601-1987") || is("euc-kr")) return "windows-949";
  return charset;
}

std::string without_mark(std::string text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  return text;
}

}  // namespace

std::string_view guess_charset(ByteView bytes) {
  if (const std::string_view marked = charset_of_mark(bytes); !marked.empty()) return marked;
  const ByteView sample = bytes.first(std::min(bytes.size(), kSampleBytes));
  const bool has_nul = std::ranges::find(sample, std::uint8_t{0}) != sample.end();
  if (has_nul) {
    const ByteView whole = sample.first(sample.size() / 4 * 4);
    if (const std::string_view wide = utf32_without_mark(whole); !wide.empty()) return wide;
    if (const std::string_view wide = utf16_without_mark(whole); !wide.empty()) return wide;
  }
  if (is_utf8(sample)) return has_iso_2022_jp(as_text(sample)) ? "ISO-2022-JP" : "UTF-8";
  const Candidate* best = nullptr;
  double best_share = 0;
  for (const Candidate& candidate : kCandidates) {
    const double share = tally(sample, candidate.step).share();
    if (share > best_share) {
      best = &candidate;
      best_share = share;
    }
  }
  if (best_share < 0.9) {
    if (const std::string_view wide = utf16_without_mark(sample); !wide.empty()) return wide;
  }
  return best != nullptr && best_share >= kGoodShare ? best->name : "windows-1252";
}

std::optional<std::string> decode_as(ByteView bytes, std::string_view charset) {
  const std::string_view wide = widened(charset);
  if (wide == "UTF-8") {
    if (!is_utf8(bytes)) return std::nullopt;
    return without_mark(to_utf8(as_text(bytes)));
  }
  UErrorCode status = U_ZERO_ERROR;
  const Converter converter(ucnv_open(std::string(wide).c_str(), &status));
  if (U_FAILURE(status)) return std::nullopt;
  ucnv_setToUCallBack(converter.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &status);
  // No encoding makes more UTF-16 units of its octets than there are octets.
  icu::UnicodeString text;
  UChar* target = text.getBuffer(static_cast<std::int32_t>(bytes.size() + 1));
  if (target == nullptr) return std::nullopt;
  UChar* const begin = target;
  const char* source = reinterpret_cast<const char*>(bytes.data());
  const char* const end = source + bytes.size();
  ucnv_toUnicode(converter.get(), &target, begin + bytes.size() + 1, &source, end, nullptr, 0, &status);
  text.releaseBuffer(static_cast<std::int32_t>(target - begin));
  if (U_FAILURE(status)) return std::nullopt;
  std::string utf8;
  text.toUTF8String(utf8);
  return without_mark(std::move(utf8));
}

DecodedText decode_text(ByteView bytes, std::string_view declared) {
  const std::string_view guessed = guess_charset(bytes);
  // Who declares UTF-8 or nothing is not believed; who declares one of many single-octet sets must be.
  if (!declared.empty() && guessed != "UTF-8" && charset_of_mark(bytes).empty()) {
    if (auto text = decode_as(bytes, declared)) return {*std::move(text), std::string(declared)};
  }
  if (auto text = decode_as(bytes, guessed)) return {*std::move(text), std::string(guessed)};
  // Broken somewhere: what can be read of it.
  UErrorCode status = U_ZERO_ERROR;
  const Converter converter(ucnv_open(std::string(widened(guessed)).c_str(), &status));
  if (U_FAILURE(status)) return {to_utf8(as_text(bytes)), std::string(guessed)};
  const icu::UnicodeString text(reinterpret_cast<const char*>(bytes.data()),
                                static_cast<std::int32_t>(bytes.size()), converter.get(), status);
  std::string utf8;
  if (U_SUCCESS(status)) text.toUTF8String(utf8);
  return {without_mark(std::move(utf8)), std::string(guessed)};
}

bool looks_like_text(ByteView bytes) {
  const ByteView sample = bytes.first(std::min(bytes.size(), kSampleBytes));
  if (sample.empty()) return true;
  if (!charset_of_mark(sample).empty()) return true;
  std::size_t odd = 0;
  bool has_nul = false;
  for (const std::uint8_t byte : sample) {
    has_nul = has_nul || byte == 0;
    const bool is_usual = byte >= 0x20 || within(byte, 0x08, 0x0D) || byte == 0x1B;
    odd += is_usual && byte != 0x7F ? 0 : 1;
  }
  if (has_nul) {
    const ByteView whole = sample.first(sample.size() / 4 * 4);
    return !utf32_without_mark(whole).empty() ||
           !utf16_without_mark(sample.first(sample.size() / 2 * 2)).empty();
  }
  return odd * 200 <= sample.size();
}

std::string to_utf8(std::string_view text) {
  const icu::UnicodeString wide =
      icu::UnicodeString::fromUTF8({text.data(), static_cast<std::int32_t>(text.size())});
  std::string utf8;
  wide.toUTF8String(utf8);
  return utf8;
}

}  // namespace kuramori::sandbox::documents
