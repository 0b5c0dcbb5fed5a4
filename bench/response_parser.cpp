#include "response_parser.hpp"

#include <strings.h>

#include <charconv>

namespace kuramori::bench {
namespace {

constexpr std::size_t kKeptCapacity = 64 * 1024;

bool same_name(std::string_view left, std::string_view right) {
  return left.size() == right.size() && strncasecmp(left.data(), right.data(), left.size()) == 0;
}

template <class Number>
Number number_in(std::string_view text, int base) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  Number value{};
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

}  // namespace

void ResponseParser::reset() {
  buffer_.clear();
  // Thousands of parked connections must not each keep the buffer of one large answer.
  if (buffer_.capacity() > kKeptCapacity) buffer_.shrink_to_fit();
  unchunked_.clear();
  body_at_ = body_bytes_ = searched_ = 0;
  chunked_ = false;
  status_ = 0;
}

bool ResponseParser::read_head() {
  const std::size_t end = buffer_.find("\r\n\r\n", searched_ < 3 ? 0 : searched_ - 3);
  if (end == std::string::npos) {
    searched_ = buffer_.size();
    return false;
  }
  body_at_ = end + 4;
  std::string_view head(buffer_.data(), end);
  if (head.starts_with("HTTP/1.") && head.size() > 12) status_ = number_in<int>(head.substr(9, 3), 10);
  for (std::size_t line = head.find("\r\n"); line != std::string_view::npos;
       line = head.find("\r\n", line + 2)) {
    const std::string_view rest = head.substr(line + 2);
    const std::string_view field = rest.substr(0, rest.find("\r\n"));
    const std::size_t colon = field.find(':');
    if (colon == 14 && same_name(field.substr(0, colon), "content-length")) {
      body_bytes_ = number_in<std::size_t>(field.substr(colon + 1), 10);
    } else if (colon == 17 && same_name(field.substr(0, colon), "transfer-encoding")) {
      chunked_ = field.find("chunked") != std::string_view::npos;
    }
  }
  if (!chunked_) buffer_.reserve(body_at_ + body_bytes_);
  return true;
}

std::optional<Response> ResponseParser::take_chunked() {
  unchunked_.clear();
  for (std::size_t at = body_at_;;) {
    const std::size_t line_end = buffer_.find("\r\n", at);
    if (line_end == std::string::npos) return std::nullopt;
    const auto size = number_in<std::size_t>(std::string_view(buffer_).substr(at, line_end - at), 16);
    const std::size_t data = line_end + 2;
    if (size == 0) {
      // Servers of this protocol send no trailers: the last chunk is followed by one empty line.
      if (buffer_.size() < data + 2) return std::nullopt;
      return Response{status_, unchunked_};
    }
    if (buffer_.size() < data + size + 2) return std::nullopt;
    unchunked_.append(buffer_, data, size);
    at = data + size + 2;
  }
}

std::optional<Response> ResponseParser::take() {
  if (body_at_ == 0 && !read_head()) return std::nullopt;
  if (chunked_) return take_chunked();
  if (buffer_.size() < body_at_ + body_bytes_) return std::nullopt;
  return Response{status_, std::string_view(buffer_).substr(body_at_, body_bytes_)};
}

}  // namespace kuramori::bench
