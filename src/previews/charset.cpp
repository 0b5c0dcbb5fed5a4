#include "previews/charset.hpp"

#include <unicode/ucnv.h>
#include <unicode/unistr.h>

#include <array>
#include <memory>
#include <optional>
#include <utility>

#include "base/text.hpp"

namespace kuramori::previews {
namespace {

constexpr std::size_t kLookedAt = 2'048;  // for the page's own statement
constexpr std::size_t kCharsetNameBytesMax = 40;

// Names that browsers read as a larger encoding than they say.
constexpr std::array<std::pair<std::string_view, const char*>, 16> kMeant{{{"gb2312", "gb18030"},
                                                                           {"gbk", "gb18030"},
                                                                           {"gb_2312-80", "gb18030"},
                                                                           {"x-gbk", "gb18030"},
                                                                           {"gb18030", "gb18030"},
                                                                           {"big5", "Big5-HKSCS"},
                                                                           {"big5-hkscs", "Big5-HKSCS"},
                                                                           {"shift_jis", "windows-31j"},
                                                                           {"shift-jis", "windows-31j"},
                                                                           {"sjis", "windows-31j"},
                                                                           {"x-sjis", "windows-31j"},
                                                                           {"euc-kr", "windows-949"},
                                                                           {"ks_c_5601-1987", "windows-949"},
                                                                           {"iso-8859-1", "windows-1252"},
                                                                           {"latin1", "windows-1252"},
                                                                           {"us-ascii", "windows-1252"}}};

// After `charset=`, which may be quoted.
std::optional<std::string> charset_in(std::string_view text) {
  const std::string lower = text::to_lower_ascii(text);
  std::size_t at = lower.find("charset");
  while (at != std::string::npos) {
    std::string_view rest = std::string_view(lower).substr(at + 7);
    while (!rest.empty() && (rest.front() == ' ' || rest.front() == '\t')) rest.remove_prefix(1);
    if (rest.starts_with('=')) {
      rest.remove_prefix(1);
      while (!rest.empty() && std::string_view(" \t\"'").contains(rest.front())) rest.remove_prefix(1);
      const std::size_t end = rest.find_first_of(" \t\"';>/\r\n");
      const std::string_view name = rest.substr(0, end);
      if (!name.empty() && name.size() <= kCharsetNameBytesMax) return std::string(name);
    }
    at = lower.find("charset", at + 7);
  }
  return std::nullopt;
}

std::optional<std::string> by_byte_order_mark(std::string_view body) {
  if (body.starts_with("\xEF\xBB\xBF")) return "utf-8";
  if (body.starts_with("\xFE\xFF")) return "utf-16be";
  if (body.starts_with("\xFF\xFE")) return "utf-16le";
  return std::nullopt;
}

std::string charset_of(std::string_view body, std::string_view content_type) {
  if (auto marked = by_byte_order_mark(body)) return *marked;
  if (auto told = charset_in(content_type)) return *told;
  const std::string_view head = body.substr(0, kLookedAt);
  const std::string lower = text::to_lower_ascii(head);
  for (std::size_t meta = lower.find("<meta"); meta != std::string::npos;
       meta = lower.find("<meta", meta + 5)) {
    const std::size_t end = lower.find('>', meta);
    auto stated = charset_in(head.substr(meta, end == std::string::npos ? end : end - meta + 1));
    // A page whose statement could be read this far is not in UTF-16.
    if (stated) return stated->starts_with("utf-16") ? "utf-8" : *stated;
    if (end == std::string::npos) break;
  }
  return text::is_valid_utf8(body) ? "utf-8" : "windows-1252";
}

struct Close {
  void operator()(UConverter* converter) const { ucnv_close(converter); }
};

}  // namespace

std::string to_utf8(std::string_view body, std::string_view content_type) {
  const std::string name = charset_of(body, content_type);
  const char* meant = name.c_str();
  for (const auto& [from, to] : kMeant) {
    if (from == name) meant = to;
  }
  UErrorCode status = U_ZERO_ERROR;
  std::unique_ptr<UConverter, Close> converter(ucnv_open(meant, &status));
  if (U_FAILURE(status)) {
    status = U_ZERO_ERROR;
    converter.reset(ucnv_open("utf-8", &status));
  }
  if (U_FAILURE(status)) return {};
  const icu::UnicodeString text(body.data(), static_cast<std::int32_t>(body.size()), converter.get(), status);
  std::string out;
  if (U_FAILURE(status)) return out;
  text.toUTF8String(out);
  if (out.starts_with("\xEF\xBB\xBF")) out.erase(0, 3);
  return out;
}

}  // namespace kuramori::previews
