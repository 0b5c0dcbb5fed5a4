// The request target taken apart: origin form or absolute form (RFC 9112, 3.2), and its query decoded.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kuramori::net::detail {

struct TargetParts {
  std::string_view path;   // encoded, begins with '/'
  std::string_view query;  // encoded, without the '?'
};

// Nothing when the target is neither "/…" nor "http(s)://host/…".
std::optional<TargetParts> split_target(std::string_view target);

using QueryPairs = std::vector<std::pair<std::string, std::string>>;

// Decodes percent escapes and '+'. Nothing on a malformed escape or on text that is not UTF-8.
std::optional<QueryPairs> parse_query(std::string_view query);

// Percent-decodes one path parameter; nothing on a malformed escape or on text that is not UTF-8.
std::optional<std::string> decode_parameter(std::string_view encoded);

}  // namespace kuramori::net::detail
