#include "app/line_channel.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace kuramori::app {

bool LineChannel::send(std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = ::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

Result<std::optional<std::string>> LineChannel::receive() {
  std::array<char, 65'536> chunk{};
  std::size_t searched = 0;
  for (;;) {
    if (const auto end = buffer_.find('\n', searched); end != std::string::npos) {
      std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return std::optional(std::move(line));
    }
    searched = buffer_.size();
    if (buffer_.size() > line_bytes_max_) {
      return Error(ErrorCode::TooLarge, "M_TOO_LARGE", "A line on the administration socket is too long.");
    }
    const ssize_t got = ::recv(descriptor_, chunk.data(), chunk.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return std::optional<std::string>();
    buffer_.append(chunk.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace kuramori::app
