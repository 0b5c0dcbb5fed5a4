#pragma once
// Just enough of HTTP/1.1 to find a response's end and status: the rest of the message is nobody's business
// here.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace kuramori::bench {

struct Response {
  int status = 0;  // 0: the connection broke before an answer
  std::string_view body;
};

class ResponseParser {
 public:
  void append(std::string_view bytes) { buffer_.append(bytes); }
  // The response at the front of what was appended, once it is whole. Its body is valid until `reset`.
  // A response that is not HTTP yields status 0.
  std::optional<Response> take();
  bool empty() const { return buffer_.empty(); }
  void reset();

 private:
  bool read_head();
  std::optional<Response> take_chunked();

  std::string buffer_;
  std::string unchunked_;
  std::size_t body_at_ = 0;  // 0: the head is not whole yet
  std::size_t body_bytes_ = 0;
  std::size_t searched_ = 0;
  bool chunked_ = false;
  int status_ = 0;
};

}  // namespace kuramori::bench
