#include "http_client.hpp"

#include <array>

namespace kuramori::bench {

void Connection::request(std::string_view bytes) {
  parser_.reset();
  busy_ = true;
  if (!transport_.is_open()) {
    if (!transport_.open(endpoint_)) {
      broken();
      return;
    }
    loop_.add(transport_.descriptor(), *this);
    output_.assign(bytes);
    return;  // The first event says that the connection stands.
  }
  output_.assign(bytes);
  flush();
}

void Connection::flush() {
  while (!output_.empty()) {
    const IoResult result = transport_.write(output_);
    if (result.state == IoState::Again) return;
    if (result.state == IoState::Closed) {
      broken();
      return;
    }
    if (result.bytes == output_.size()) {
      output_.clear();
    } else {
      output_.erase(0, result.bytes);
    }
  }
}

void Connection::read_all() {
  static std::array<char, 256 * 1024> buffer;
  while (transport_.is_open()) {
    const IoResult result = transport_.read(buffer);
    if (result.state == IoState::Again) return;
    if (result.state == IoState::Closed) {
      broken();
      return;
    }
    parser_.append({buffer.data(), result.bytes});
    if (!busy_) continue;
    if (const std::optional<Response> response = parser_.take()) {
      answer(*response);
      // A server answers one request at a time: what follows belongs to the next edge.
      if (!endpoint_.tls) return;
    }
  }
}

void Connection::answer(const Response& response) {
  busy_ = false;
  handler_(*this, response);
}

void Connection::broken() {
  transport_.close();
  output_.clear();
  if (!busy_) return;
  busy_ = false;
  handler_(*this, Response{});
}

void Connection::on_ready(std::uint32_t events) {
  if (!transport_.is_open()) return;
  if (!output_.empty()) flush();
  if (transport_.is_open() && (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) read_all();
}

}  // namespace kuramori::bench
