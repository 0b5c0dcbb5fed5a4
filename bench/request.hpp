#pragma once
// The bytes of requests, and the few words of an answer that the scenarios look for.

#include <string>
#include <string_view>

#include "endpoint.hpp"

namespace kuramori::bench {

struct RequestLine {
  std::string_view method;
  std::string_view target;  // already percent-encoded
};

// `token` empty: no Authorization header. `body` empty: no body.
std::string render_request(const Endpoint& endpoint, RequestLine line, std::string_view token,
                           std::string_view body);

std::string percent_encode(std::string_view text);

// The text of the first member `name` whose value is a string without escapes; empty when there is none. Far
// cheaper than parsing, and right for the tokens and identifiers that it is used for.
std::string_view string_member(std::string_view json, std::string_view name);

}  // namespace kuramori::bench
