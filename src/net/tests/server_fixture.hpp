// A real server on loopback, and clients that speak to it through bare sockets.
#pragma once
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "base/text.hpp"
#include "net/server.hpp"
#include "runtime/sleep.hpp"

namespace kuramori::net::testing {

inline int connect_to(std::uint16_t port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(descriptor);
    return -1;
  }
  return descriptor;
}

struct Reply {
  int status = 0;  // 0: the connection ended first
  std::map<std::string, std::string> headers;
  std::string body;
};

class Client {
 public:
  explicit Client(std::uint16_t port) : descriptor_(connect_to(port)) {}
  ~Client() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  int descriptor() const { return descriptor_; }
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  void send_slowly(std::string_view bytes) {
    for (const char byte : bytes) {
      if (!send(std::string_view(&byte, 1))) return;
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
  }
  void finish() { ::shutdown(descriptor_, SHUT_WR); }

  enum class Body : std::uint8_t { Present, Absent };
  Reply receive(Body body = Body::Present) {
    Reply reply;
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
      if (!more()) return reply;
    }
    const std::string head = buffer_.substr(0, end);
    buffer_.erase(0, end + 4);
    bool is_first = true;
    for (std::string_view line : text::split(head, '\n')) {
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (is_first) {
        std::from_chars(line.data() + 9, line.data() + 12, reply.status);
        is_first = false;
        continue;
      }
      const auto colon = line.find(':');
      reply.headers[text::to_lower_ascii(line.substr(0, colon))] =
          std::string(text::trim(line.substr(colon + 1)));
    }
    if (body == Body::Absent || !reply.headers.contains("content-length")) return reply;
    const auto size = static_cast<std::size_t>(*text::to_integer(reply.headers["content-length"]));
    while (buffer_.size() < size) {
      if (!more()) return Reply{};
    }
    reply.body = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return reply;
  }
  Reply ask(std::string_view bytes) {
    send(bytes);
    return receive();
  }
  // True when the server closes within `patience` and sends nothing more.
  bool is_closed(std::chrono::milliseconds patience = std::chrono::seconds(5)) {
    pollfd waiting{descriptor_, POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(patience.count())) != 1) return false;
    char byte = 0;
    return buffer_.empty() && ::recv(descriptor_, &byte, 1, 0) <= 0;
  }
  bool is_silent(std::chrono::milliseconds patience) {
    pollfd waiting{descriptor_, POLLIN, 0};
    return buffer_.empty() && ::poll(&waiting, 1, static_cast<int>(patience.count())) == 0;
  }

 private:
  bool more() {
    pollfd waiting{descriptor_, POLLIN, 0};
    if (::poll(&waiting, 1, 10'000) != 1) return false;
    char chunk[16'384];
    const ssize_t got = ::recv(descriptor_, chunk, sizeof chunk, 0);
    if (got <= 0) return false;
    buffer_.append(chunk, static_cast<std::size_t>(got));
    return true;
  }
  int descriptor_;
  std::string buffer_;
};

inline std::string get(std::string_view target) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: test\r\n\r\n";
}

// Wakes every parked handler of the test server.
class Parking {
 public:
  std::shared_ptr<runtime::Wakeup> enter() {
    const std::scoped_lock lock(mutex_);
    auto wakeup = std::make_shared<runtime::Wakeup>();
    parked_.push_back(wakeup);
    return wakeup;
  }
  void wake_all() {
    const std::scoped_lock lock(mutex_);
    for (const auto& wakeup : parked_) wakeup->notify();
    parked_.clear();
  }
  std::size_t entered() {
    const std::scoped_lock lock(mutex_);
    return parked_.size();
  }

 private:
  std::mutex mutex_;
  std::vector<std::shared_ptr<runtime::Wakeup>> parked_;
};

class ServerTest : public ::testing::Test {
 protected:
  ~ServerTest() override { stop(); }

  void start(ServerOptions options = {}) {
    options.port = 0;
    for (int i = 0; i < 2; ++i) {
      threads_.push_back(std::make_unique<runtime::IoThread>(clock_, "io"));
      threads_.back()->start();
    }
    server_ = std::make_unique<Server>(std::move(options), routes(), pointers(), metrics_, log_);
    const auto started = server_->start();
    ASSERT_TRUE(started) << started.error().to_log();
  }
  void stop() {
    if (server_) server_->stop([this] { parking_.wake_all(); });
    server_.reset();
    threads_.clear();
  }
  std::uint16_t port() const { return server_->port(); }
  std::vector<runtime::IoThread*> pointers() const {
    std::vector<runtime::IoThread*> all;
    for (const auto& thread : threads_) all.push_back(thread.get());
    return all;
  }
  Router routes();
  template <class Condition>
  static bool eventually(Condition condition) {
    for (int i = 0; i < 1'000; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
  }

  SystemClock clock_;
  MetricsRegistry metrics_;
  Logger log_ = Logger::silent();
  Parking parking_;
  std::atomic<int> gone_{0};
  std::atomic<int> echoed_{0};
  std::vector<std::unique_ptr<runtime::IoThread>> threads_;
  std::unique_ptr<Server> server_;
};

}  // namespace kuramori::net::testing
