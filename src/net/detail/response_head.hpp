// The status line and header of a response, formatted into one buffer.
#pragma once
#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "net/http_types.hpp"

namespace kuramori::net::detail {

enum class AfterResponse : std::uint8_t { KeepAlive, KeepAliveHttp10, Close };

// The Date header's value, formatted once a second.
class DateText {
 public:
  std::string_view at(Timestamp now);

 private:
  std::int64_t second_ = -1;
  std::string text_;
};

// Whether a response of this status has a body at all (RFC 9110, 6.4.1).
bool may_have_body(int status);

// Appends to `out`. Framing and CORS belong to the server: a handler's own headers of those names are left
// out, and so is one that would break the header block.
void append_head(std::string& out, const Response& response, AfterResponse after, std::string_view date);

}  // namespace kuramori::net::detail
