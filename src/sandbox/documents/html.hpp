// The text of a page: what a reader sees, and what is hidden in comments and attributes.
#pragma once
#include <string>
#include <string_view>

namespace kuramori::sandbox::documents {

// Of UTF-8. Pure; one pass.
std::string text_of_html(std::string_view html);
// The encoding that a page says of itself in its first kilobyte; empty when it says nothing.
std::string charset_of_html(std::string_view octets);

}  // namespace kuramori::sandbox::documents
