// Small text operations that the standard library lacks. UTF-8 throughout.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace kuramori::text {

// Well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_valid_utf8(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);
std::string_view trim(std::string_view text);
std::string to_lower_ascii(std::string_view text);
// The whole text as a decimal integer, or nothing. No sign but a leading minus, no spaces.
std::optional<std::int64_t> to_integer(std::string_view text);

std::string to_hex(ByteView bytes);
std::optional<Bytes> from_hex(std::string_view text);

// Percent-decoding (RFC 3986); '+' is left alone. Nothing when an escape is malformed.
std::optional<std::string> percent_decode(std::string_view text);
// Encodes everything but unreserved characters.
std::string percent_encode(std::string_view text);

// Compares in time that depends on the lengths alone.
bool equals_constant_time(std::string_view a, std::string_view b);

// `*` any run, `?` one character; case is ignored for ASCII. Linear in both lengths for patterns with one `*`
// run.
bool matches_glob(std::string_view text, std::string_view pattern);

}  // namespace kuramori::text
