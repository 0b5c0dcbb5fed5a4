#include "inspection/clamd.hpp"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "base/text.hpp"

namespace kuramori::inspection {
namespace {

Error unreachable(std::string detail) {
  return unavailable("The malware scanner cannot be reached.", "clamd: " + std::move(detail));
}

class Connection {
 public:
  Connection(int socket, const Clock& clock, SteadyTime deadline)
      : socket_(socket), clock_(clock), deadline_(deadline) {}
  ~Connection() { ::close(socket_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Result<void> finish_connecting() {
    KURAMORI_CHECK(wait(POLLOUT));
    int error = 0;
    socklen_t length = sizeof error;
    if (::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &length) != 0 || error != 0)
      return unreachable(std::strerror(error));
    return {};
  }

  // False when the scanner has closed its side: what it said before is still to be read.
  Result<bool> send(ByteView bytes) {
    while (!bytes.empty()) {
      KURAMORI_CHECK(wait(POLLOUT));
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0 && (errno == EPIPE || errno == ECONNRESET)) return false;
      if (sent < 0 && errno != EAGAIN && errno != EINTR) return unreachable(std::strerror(errno));
      if (sent > 0) bytes = bytes.subspan(static_cast<std::size_t>(sent));
    }
    return true;
  }

  // Up to a NUL, a line's end, or the end of the stream.
  Result<std::string> receive(std::size_t bytes_max) {
    std::string answer;
    std::array<char, 512> room{};
    while (answer.size() < bytes_max) {
      KURAMORI_CHECK(wait(POLLIN));
      const ssize_t got = ::recv(socket_, room.data(), room.size(), MSG_DONTWAIT);
      if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
      if (got < 0 && answer.empty()) return unreachable(std::strerror(errno));
      if (got <= 0) break;
      answer.append(room.data(), static_cast<std::size_t>(got));
      if (const std::size_t end = answer.find_first_of(std::string_view("\0\n", 2)); end != std::string::npos)
        return answer.substr(0, end);
    }
    if (answer.empty()) return unreachable("no answer");
    return answer;
  }

 private:
  Result<void> wait(short events) {
    for (;;) {
      const auto left = std::chrono::ceil<Milliseconds>(deadline_ - clock_.steady_now());
      if (left.count() <= 0) return unreachable("no answer in time");
      pollfd descriptor{.fd = socket_, .events = events, .revents = 0};
      const int found = ::poll(&descriptor, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 1'000)));
      if (found > 0) return {};
      if (found < 0 && errno != EINTR) return unreachable(std::strerror(errno));
    }
  }

  int socket_;
  const Clock& clock_;
  SteadyTime deadline_;
};

Result<int> connect_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return unreachable("the path of its socket is too long");
  std::ranges::copy(path, address.sun_path);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0) return unreachable(std::strerror(errno));
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return socket;
  const int error = errno;
  ::close(socket);
  return unreachable(path + ": " + std::strerror(error));
}

Result<int> connect_tcp(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  const std::string host = address.substr(0, colon);
  const std::string port = colon == std::string::npos ? "3310" : address.substr(colon + 1);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found); error != 0)
    return unreachable(host + ": " + ::gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, &::freeaddrinfo);
  const int socket = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0) return unreachable(std::strerror(errno));
  if (::connect(socket, found->ai_addr, found->ai_addrlen) == 0 || errno == EINPROGRESS) return socket;
  const int error = errno;
  ::close(socket);
  return unreachable(address + ": " + std::strerror(error));
}

Result<int> connect_to(const std::string& address) {
  constexpr std::string_view kUnix = "unix:";
  return address.starts_with(kUnix) ? connect_unix(address.substr(kUnix.size())) : connect_tcp(address);
}

}  // namespace

Result<Scan> parse_scan_answer(std::string_view answer) {
  constexpr std::string_view kFound = " FOUND";
  answer = text::trim(answer);
  if (answer.find("size limit exceeded") != std::string_view::npos) return Scan{.is_too_large = true};
  if (!answer.starts_with("stream: ")) return unreachable("it answered something else");
  answer.remove_prefix(8);
  if (answer == "OK") return Scan{};
  if (answer.ends_with(kFound) && answer.size() > kFound.size())
    return Scan{.signature = std::string(answer.substr(0, answer.size() - kFound.size()))};
  return unreachable("it could not scan the file");
}

Result<Scan> Clamd::scan(media::PieceFeed& file) const {
  KURAMORI_TRY(socket, connect_to(options_.address));
  Connection connection(socket, clock_, clock_.steady_now() + options_.timeout);
  KURAMORI_CHECK(connection.finish_connecting());
  KURAMORI_TRY(is_open, connection.send(as_bytes(std::string_view("zINSTREAM\0", 10))));
  while (is_open) {
    KURAMORI_TRY(piece, file());
    // Network byte order; a piece of length 0 is the end.
    const auto length = static_cast<std::uint32_t>(piece.size());
    const std::array<std::uint8_t, 4> head{
        static_cast<std::uint8_t>(length >> 24), static_cast<std::uint8_t>(length >> 16),
        static_cast<std::uint8_t>(length >> 8), static_cast<std::uint8_t>(length)};
    KURAMORI_TRY(head_sent, connection.send(head));
    KURAMORI_TRY(piece_sent, connection.send(piece));
    is_open = head_sent && piece_sent;
    if (piece.empty()) break;
  }
  KURAMORI_TRY(answer, connection.receive(options_.answer_bytes_max));
  return parse_scan_answer(answer);
}

Result<std::string> Clamd::version() const {
  KURAMORI_TRY(socket, connect_to(options_.address));
  Connection connection(socket, clock_, clock_.steady_now() + options_.timeout);
  KURAMORI_CHECK(connection.finish_connecting());
  KURAMORI_TRY(is_open, connection.send(as_bytes(std::string_view("zVERSION\0", 9))));
  if (!is_open) return unreachable("it closed the connection");
  return connection.receive(options_.answer_bytes_max);
}

}  // namespace kuramori::inspection
