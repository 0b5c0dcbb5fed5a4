#include "net/detail/response_head.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.hpp"

namespace kuramori::net::detail {
namespace {

// Client-server API, "Web Browser Clients".
constexpr std::string_view kCors =
    "Access-Control-Allow-Origin: *\r\n"
    "Access-Control-Allow-Methods: GET, POST, PUT, DELETE, PATCH, HEAD, OPTIONS\r\n"
    "Access-Control-Allow-Headers: X-Requested-With, Content-Type, Authorization, Date\r\n";

constexpr std::array<std::string_view, 7> kOurs = {"content-length",
                                                   "transfer-encoding",
                                                   "connection",
                                                   "date",
                                                   "access-control-allow-origin",
                                                   "access-control-allow-methods",
                                                   "access-control-allow-headers"};

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 417:
      return "Expectation Failed";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "";
  }
}

template <class Integer>
void append_number(std::string& out, Integer value) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

bool breaks_header(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

bool is_usable(std::string_view name, std::string_view value) {
  if (name.empty() || breaks_header(name) || breaks_header(value)) return false;
  if (name.find_first_of(": \t") != std::string_view::npos) return false;
  const std::string lower = text::to_lower_ascii(name);
  return std::ranges::find(kOurs, lower) == kOurs.end();
}

}  // namespace

bool may_have_body(int status) {
  return status >= 200 && status != 204 && status != 304;
}

std::string_view DateText::at(Timestamp now) {
  const std::int64_t second = to_unix_ms(now) / 1000;
  if (second == second_) return text_;
  second_ = second;
  const auto time = static_cast<std::time_t>(second);
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  static constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::array<char, 64> out{};
  const int size = std::snprintf(out.data(), out.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                                 kDays[static_cast<std::size_t>(parts.tm_wday)], parts.tm_mday,
                                 kMonths[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900,
                                 parts.tm_hour, parts.tm_min, parts.tm_sec);
  text_.assign(out.data(), static_cast<std::size_t>(size));
  return text_;
}

void append_head(std::string& out, const Response& response, AfterResponse after, std::string_view date) {
  out.append("HTTP/1.1 ");
  append_number(out, response.status);
  out.append(" ").append(reason_phrase(response.status)).append("\r\n");
  if (may_have_body(response.status)) {
    if (!response.content_type.empty() && !breaks_header(response.content_type)) {
      out.append("Content-Type: ").append(response.content_type).append("\r\n");
    }
    out.append("Content-Length: ");
    append_number(out, response.stream ? response.stream->bytes() : response.body.size());
    out.append("\r\n");
  }
  out.append(kCors).append("Date: ").append(date).append("\r\n");
  if (after == AfterResponse::Close) out.append("Connection: close\r\n");
  if (after == AfterResponse::KeepAliveHttp10) out.append("Connection: keep-alive\r\n");
  for (const auto& [name, value] : response.headers) {
    if (is_usable(name, value)) out.append(name).append(": ").append(value).append("\r\n");
  }
  out.append("\r\n");
}

}  // namespace kuramori::net::detail
