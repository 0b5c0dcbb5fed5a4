// Which addresses may be fetched for a preview. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace kuramori::previews {

// Where an address leads, as far as its text tells: what a name resolves to is judged when it is connected
// to.
enum class Place : std::uint8_t {
  Public,  // the fetcher must keep to the public network
  Inside,  // named in the configuration
};

struct PageUrl {
  std::string text;  // normalised, without a fragment
  std::string host;  // lower case; addresses in their usual form
  Place place = Place::Public;
};

constexpr std::size_t kUrlBytesMax = 4'096;

// InvalidArgument for what is no http(s) address; Forbidden for a user in it, for other ports than 80 and
// 443, and for addresses of this machine or of private networks in any spelling, unless `inside` names the
// place as "host" (ports 80 and 443) or "host:port".
Result<PageUrl> parse_page_url(std::string_view text, const std::vector<std::string>& inside);
// Of a redirect or a picture, relative to the page.
std::optional<std::string> resolve(const std::string& base, const std::string& reference);

}  // namespace kuramori::previews
