// Puts another address in the place of links in a content: the way through the page that checks at the click.
//
//   json::Object sent = rewrite_links(hosts, content, [&](const Link& link) { return page_for(link); });
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "link_risk/extraction.hpp"

namespace kuramori::link_risk {

// Nothing: the link stays as it is. The answer holds no control characters and no blanks.
using Redirect = std::function<std::optional<std::string>(const Link&)>;

// Links in text are replaced; in HTML an anchor's target is, and a bare link becomes an anchor that shows
// what stood there. Everything else stays octet by octet.
json::Object rewrite_links(const HostReader& hosts, const json::Object& content, const Redirect& redirect);

}  // namespace kuramori::link_risk
