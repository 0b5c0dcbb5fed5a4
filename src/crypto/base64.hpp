// Base64 in the two alphabets that Matrix uses (appendices.md, "Unpadded Base64").
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace kuramori::crypto {

std::string to_base64(ByteView data);         // unpadded, standard alphabet
std::string to_base64_padded(ByteView data);  // padded, standard alphabet
std::string to_base64_url(ByteView data);     // unpadded, URL-safe alphabet
// Accepts with and without padding; nothing for any other character or an impossible length.
std::optional<Bytes> from_base64(std::string_view text);
std::optional<Bytes> from_base64_url(std::string_view text);

}  // namespace kuramori::crypto
