#include "api/client/content_disposition.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace kuramori::api::client {
namespace {

constexpr std::size_t kTypeBytesMax = 255;
constexpr std::size_t kNameBytesMax = 1'024;
constexpr std::string_view kUnknownType = "application/octet-stream";

// Client-server API, "Serving inline content".
constexpr std::array<std::string_view, 26> kInlineTypes = {
    "text/css",    "text/plain", "text/csv",    "application/json", "application/ld+json",
    "image/jpeg",  "image/gif",  "image/png",   "image/apng",       "image/webp",
    "image/avif",  "video/mp4",  "video/webm",  "video/ogg",        "video/quicktime",
    "audio/mp4",   "audio/webm", "audio/aac",   "audio/mpeg",       "audio/ogg",
    "audio/wave",  "audio/wav",  "audio/x-wav", "audio/x-pn-wav",   "audio/flac",
    "audio/x-flac"};

bool is_printable_ascii(char c) {
  return c >= 0x20 && c < 0x7F;
}

// A quoted string is for old clients: anything that they might misread becomes an underscore.
std::string plain_name(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    const bool is_continuation = (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
    if (is_continuation) continue;
    plain += is_printable_ascii(c) && c != '"' && c != '\\' && c != '%' ? c : '_';
  }
  return plain;
}

// No folder, nothing that a terminal or a file system would act on.
std::string file_name_of(std::string_view name) {
  name = name.substr(name.find_last_of("/\\") + 1).substr(0, kNameBytesMax);
  std::string result;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7F) result += c;
  }
  while (!result.empty() && !text::is_valid_utf8(result)) result.pop_back();
  if (result == "." || result == "..") result.clear();
  return result;
}

}  // namespace

std::string content_disposition(std::string_view content_type, std::string_view file_name) {
  const std::string type = text::to_lower_ascii(text::trim(content_type.substr(0, content_type.find(';'))));
  std::string value = std::ranges::find(kInlineTypes, type) != kInlineTypes.end() ? "inline" : "attachment";
  const std::string name = file_name_of(file_name);
  if (name.empty()) return value;
  value += "; filename=\"" + plain_name(name) + "\"";
  if (!std::ranges::all_of(
          name, [](char c) { return is_printable_ascii(c) && c != '"' && c != '\\' && c != '%'; })) {
    value += "; filename*=utf-8''" + text::percent_encode(name);
  }
  return value;
}

std::string safe_content_type(std::string_view content_type) {
  content_type = text::trim(content_type);
  const std::size_t slash = content_type.find('/');
  const bool is_sound = content_type.size() <= kTypeBytesMax && slash != std::string_view::npos &&
                        slash > 0 && slash + 1 < content_type.size() &&
                        std::ranges::all_of(content_type, is_printable_ascii);
  return std::string(is_sound ? content_type : kUnknownType);
}

}  // namespace kuramori::api::client
