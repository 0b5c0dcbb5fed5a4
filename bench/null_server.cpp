#include "null_server.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <vector>

namespace kuramori::bench {
namespace {

volatile std::sig_atomic_t stopping = 0;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::system_category(), what);
}

std::string answer_with(std::string_view body) {
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

class NullServer {
 public:
  explicit NullServer(std::uint16_t port);
  ~NullServer() {
    close(listener_);
    close(epoll_);
  }
  NullServer(const NullServer&) = delete;
  NullServer& operator=(const NullServer&) = delete;
  void run();

 private:
  void accept_all();
  void read_from(int peer);
  void handle(int peer, std::string_view head, std::string_view body);
  void announce(std::string_view body);
  void write_to(int peer, std::string_view bytes) { send(peer, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  void watch(int descriptor);

  int listener_;
  int epoll_;
  std::string constant_ = answer_with(
      R"({"event_id":"$null","room_id":"!null:null","user_id":"@null:null","access_token":"null","next_batch":"s0"})");
  std::unordered_map<int, std::string> unread_;
  std::vector<int> waiting_;
  std::size_t position_ = 0;
  std::string last_news_;
};

NullServer::NullServer(std::uint16_t port)
    : listener_(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)), epoll_(epoll_create1(0)) {
  const int on = 1;
  setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto* generic = static_cast<const sockaddr*>(static_cast<const void*>(&address));
  if (bind(listener_, generic, sizeof address) != 0) fail("bind");
  if (listen(listener_, SOMAXCONN) != 0) fail("listen");
  watch(listener_);
}

void NullServer::watch(int descriptor) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = descriptor;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) fail("epoll_ctl");
}

void NullServer::run() {
  std::array<epoll_event, 256> events{};
  while (stopping == 0) {
    const int ready = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 200);
    for (int index = 0; index < ready; ++index) {
      const int descriptor = events[static_cast<std::size_t>(index)].data.fd;
      if (descriptor == listener_) {
        accept_all();
      } else {
        read_from(descriptor);
      }
    }
  }
}

void NullServer::accept_all() {
  for (;;) {
    const int peer = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
    if (peer < 0) return;
    const int on = 1;
    setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    watch(peer);
  }
}

void NullServer::read_from(int peer) {
  static std::array<char, 65536> buffer;
  const ssize_t got = recv(peer, buffer.data(), buffer.size(), 0);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) {
    unread_.erase(peer);
    std::erase(waiting_, peer);
    close(peer);
    return;
  }
  std::string& unread = unread_[peer];
  unread.append(buffer.data(), static_cast<std::size_t>(got));
  for (;;) {
    const std::string_view all = unread;
    const std::size_t end = all.find("\r\n\r\n");
    if (end == std::string_view::npos) return;
    const std::string_view head = all.substr(0, end);
    std::size_t length = 0;
    if (const std::size_t at = head.find("Content-Length: "); at != std::string_view::npos) {
      std::from_chars(head.data() + at + 16, head.data() + head.size(), length);
    }
    if (all.size() < end + 4 + length) return;
    handle(peer, head, all.substr(end + 4, length));
    unread.erase(0, end + 4 + length);
  }
}

void NullServer::handle(int peer, std::string_view head, std::string_view body) {
  const std::string_view line = head.substr(0, head.find("\r\n"));
  const std::size_t since = line.find("since=s");
  if (since == std::string_view::npos) {
    write_to(peer, constant_);
    if (!waiting_.empty() && line.starts_with("PUT")) announce(body);
    return;
  }
  std::size_t known = 0;
  std::from_chars(line.data() + since + 7, line.data() + line.size(), known);
  if (known < position_) {
    write_to(peer, last_news_);
  } else {
    waiting_.push_back(peer);
  }
}

void NullServer::announce(std::string_view body) {
  ++position_;
  last_news_ = answer_with(R"({"next_batch":"s)" + std::to_string(position_) +
                           R"(","rooms":{"join":{"!null:null":{"timeline":{"events":[{"content":)" +
                           std::string(body) +
                           R"(,"event_id":"$null","sender":"@null:null","type":"m.room.message"}]}}}}})");
  std::vector<int> waiting;
  waiting.swap(waiting_);
  for (const int peer : waiting) write_to(peer, last_news_);
}

}  // namespace

void serve_null(std::uint16_t port) {
  const auto stop = [](int) { stopping = 1; };
  std::signal(SIGINT, stop);
  std::signal(SIGTERM, stop);
  NullServer(port).run();
}

}  // namespace kuramori::bench
