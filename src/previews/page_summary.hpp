// What a page says of itself: OpenGraph properties, its title, its description. A reader of outside input:
// linear in time, bounded in what it keeps.
#pragma once
#include <map>
#include <string>
#include <string_view>

namespace kuramori::previews {

constexpr std::size_t kPropertiesMax = 64;
constexpr std::size_t kTextCharactersMax = 1'000;

// og:… and og:…:… as they stand in <meta>, the first of each name; og:title and og:description from elsewhere
// in the page where it has none of its own. Texts are UTF-8 without control characters, white space made
// single.
std::map<std::string, std::string> summarise(std::string_view html);

}  // namespace kuramori::previews
