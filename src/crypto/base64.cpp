#include "crypto/base64.hpp"

#include <array>

namespace kuramori::crypto {
namespace {

constexpr std::string_view kStandard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrlSafe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t kInvalid = 0xFF;

using DecodeTable = std::array<std::uint8_t, 256>;

constexpr DecodeTable decode_table(std::string_view alphabet) {
  DecodeTable table{};
  table.fill(kInvalid);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return table;
}

constexpr DecodeTable kStandardValues = decode_table(kStandard);
constexpr DecodeTable kUrlSafeValues = decode_table(kUrlSafe);

std::string encode(ByteView data, std::string_view alphabet) {
  std::string out((data.size() * 4 + 2) / 3, '\0');
  char* to = out.data();
  std::size_t i = 0;
  for (; i + 3 <= data.size(); i += 3) {
    const std::uint32_t group = static_cast<std::uint32_t>(data[i]) << 16 |
                                static_cast<std::uint32_t>(data[i + 1]) << 8 | data[i + 2];
    *to++ = alphabet[group >> 18];
    *to++ = alphabet[group >> 12 & 63];
    *to++ = alphabet[group >> 6 & 63];
    *to++ = alphabet[group & 63];
  }
  const std::size_t rest = data.size() - i;
  if (rest == 0) return out;
  const std::uint32_t group = static_cast<std::uint32_t>(data[i]) << 16 |
                              (rest == 2 ? static_cast<std::uint32_t>(data[i + 1]) << 8 : 0U);
  *to++ = alphabet[group >> 18];
  *to++ = alphabet[group >> 12 & 63];
  if (rest == 2) *to = alphabet[group >> 6 & 63];
  return out;
}

// The text without its padding, or nothing when there is padding of the wrong length.
std::optional<std::string_view> without_padding(std::string_view text) {
  const std::size_t end = text.find('=');
  if (end == std::string_view::npos) return text;
  const std::string_view padding = text.substr(end);
  if (text.size() % 4 != 0 || (padding != "=" && padding != "==")) return std::nullopt;
  return text.substr(0, end);
}

// Surplus bits of the last character are ignored, as other servers do: signatures made by them carry such
// bits.
std::optional<Bytes> decode(std::string_view padded, const DecodeTable& values) {
  const std::optional<std::string_view> text = without_padding(padded);
  if (!text || text->size() % 4 == 1) return std::nullopt;
  Bytes out;
  out.reserve(text->size() * 3 / 4);
  std::uint32_t group = 0;
  unsigned bits = 0;
  for (const char c : *text) {
    const std::uint8_t value = values[static_cast<unsigned char>(c)];
    if (value == kInvalid) return std::nullopt;
    group = group << 6 | value;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out.push_back(static_cast<std::uint8_t>(group >> bits & 0xFF));
    }
  }
  return out;
}

}  // namespace

std::string to_base64(ByteView data) {
  return encode(data, kStandard);
}
std::string to_base64_url(ByteView data) {
  return encode(data, kUrlSafe);
}
std::string to_base64_padded(ByteView data) {
  std::string out = encode(data, kStandard);
  out.append((4 - out.size() % 4) % 4, '=');
  return out;
}

std::optional<Bytes> from_base64(std::string_view text) {
  return decode(text, kStandardValues);
}
std::optional<Bytes> from_base64_url(std::string_view text) {
  return decode(text, kUrlSafeValues);
}

}  // namespace kuramori::crypto
