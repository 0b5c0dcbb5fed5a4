// What our own interfaces answer when it is done.
#pragma once
#include <string>
#include <string_view>

#include "json/json.hpp"
#include "net/http_types.hpp"

namespace kuramori::api::resource {

net::Response ok(const json::Object& body);
net::Response ok_text(std::string json_text);  // already serialised
// With a strong entity tag (RFC 9110 section 8.8.3): answered anew each time, and kept by nobody but its
// reader.
net::Response ok_tagged(std::string json_text, std::string_view tag);
net::Response created(const json::Object& body, std::string location);
net::Response no_content();
net::Response not_modified(std::string_view tag);

}  // namespace kuramori::api::resource
