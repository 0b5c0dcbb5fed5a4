// What the server itself answers when a request does not reach a handler. All texts are ours and plain ASCII.
#pragma once
#include <string_view>

#include "net/http_types.hpp"

namespace kuramori::net::detail {

struct Refusal {
  int status = 0;  // 0: none
  std::string_view reason;
  std::string_view message;

  explicit operator bool() const { return status != 0; }
};

inline constexpr Refusal kUnrecognizedPath{404, "M_UNRECOGNIZED", "There is no such endpoint."};
inline constexpr Refusal kWrongMethod{405, "M_UNRECOGNIZED", "This endpoint does not take this method."};
inline constexpr Refusal kBadParameter{400, "M_INVALID_PARAM",
                                       "The path is not correctly percent-encoded UTF-8."};
inline constexpr Refusal kBadQuery{400, "M_INVALID_PARAM",
                                   "The query is not correctly percent-encoded UTF-8."};
inline constexpr Refusal kBodyTooLarge{413, "M_TOO_LARGE", "The request body is too large."};
inline constexpr Refusal kHeaderTooLarge{431, "M_TOO_LARGE", "The request header is too large."};
inline constexpr Refusal kTargetTooLong{414, "M_TOO_LARGE", "The request target is too long."};
inline constexpr Refusal kMalformed{400, "M_UNKNOWN", "The request is not well-formed HTTP."};
inline constexpr Refusal kAmbiguousLength{400, "M_UNKNOWN", "The length of the request body is ambiguous."};
inline constexpr Refusal kBadTransferCoding{501, "M_UNKNOWN", "The only transfer coding here is 'chunked'."};
inline constexpr Refusal kBadVersion{505, "M_UNKNOWN", "This server speaks HTTP/1.1 and HTTP/1.0."};
inline constexpr Refusal kBadExpectation{417, "M_UNKNOWN",
                                         "The only expectation met here is '100-continue'."};
inline constexpr Refusal kTooSlow{408, "M_UNKNOWN", "The request did not arrive in time."};
inline constexpr Refusal kBusy{429, "M_LIMIT_EXCEEDED", "The server is busy; try again shortly."};
inline constexpr Refusal kHandlerFailed{500, "M_UNKNOWN", "Internal server error."};

// The Matrix error object ("Standard error response"); `retry_after_ms` is left out when zero.
Response to_response(const Refusal& refusal, std::int64_t retry_after_ms = 0);

}  // namespace kuramori::net::detail
