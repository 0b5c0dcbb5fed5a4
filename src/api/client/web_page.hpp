// A page for people, small enough to need no application: no scripts, nothing from elsewhere.
#pragma once
#include <string_view>

#include "net/http_types.hpp"

namespace kuramori::api::client {

// `content` is HTML; what is not ours in it is escaped by the caller.
net::Response web_page(int status, std::string_view language, std::string_view content);
std::string escape_html(std::string_view text);

}  // namespace kuramori::api::client
