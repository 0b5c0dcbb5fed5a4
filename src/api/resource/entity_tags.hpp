// Conditional requests over versions (RFC 9110 section 13): a version is its entity tag.
//
//   if (auto denied = check_version(call.request, current.version)) co_return *std::move(denied);
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_types.hpp"

namespace kuramori::api::resource {

std::string tag_of(std::int64_t version);  // "\"7\""

// If-Match and If-None-Match: "*", or a list of tags. Malformed ones match nothing.
struct TagList {
  bool any = false;                    // "*"
  std::vector<std::string> tags = {};  // strong ones, with their quotes
  std::vector<std::string> weak = {};  // what stands after W/
};
constexpr std::size_t kTagsMax = 32;
std::optional<TagList> parse_tags(std::string_view header);

// Whether If-None-Match names the tag: the answer to a read is then not_modified (weak comparison).
bool is_known_to_client(const net::Request& request, std::string_view tag);

enum class Presence : bool { Optional, Required };
// Whether If-Match names the tag. Nothing when the change may go on; 412 version-changed when the tag is
// another, 428 precondition-required when there must be one and is none, 400 when it cannot be read.
std::optional<net::Response> check_if_match(const net::Request& request, std::string_view tag,
                                            Presence presence);

}  // namespace kuramori::api::resource
