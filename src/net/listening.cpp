#include "net/detail/listening.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

namespace kuramori::net::detail {
namespace {

enum class Sharing : std::uint8_t { Alone, WithOurOwn };

class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(Socket&&) = delete;
  ~Socket() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int get() const { return descriptor_; }
  int release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_;
};

struct BindAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  std::string text;  // for errors

  void set_port(std::uint16_t port) {
    // The port is at the same place in both families.
    static_assert(offsetof(sockaddr_in, sin_port) == offsetof(sockaddr_in6, sin6_port));
    const std::uint16_t network_order = htons(port);
    std::memcpy(reinterpret_cast<char*>(&storage) + offsetof(sockaddr_in, sin_port), &network_order,
                sizeof network_order);
  }
};

Error cannot_listen(const BindAddress& address, std::uint16_t port, int error) {
  const std::string where = address.text + " port " + std::to_string(port);
  std::string advice = "check the listen address in the configuration.";
  if (error == EADDRINUSE) {
    advice = "another program uses it; stop that program or configure another port.";
  } else if (error == EACCES) {
    advice = "ports below 1024 need the capability CAP_NET_BIND_SERVICE; use a higher port or grant it.";
  } else if (error == EADDRNOTAVAIL) {
    advice = "this machine has no such address.";
  }
  return Error(ErrorCode::Unavailable, "KURAMORI_LISTEN", "Cannot listen on " + where + ": " + advice)
      .with_detail(std::system_category().message(error));
}

Result<BindAddress> resolve(const std::string& address) {
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(address.c_str(), nullptr, &hints, &found);
  const std::unique_ptr<addrinfo, decltype([](addrinfo* list) { ::freeaddrinfo(list); })> owner(found);
  if (error != 0 || found == nullptr) {
    return Error(ErrorCode::InvalidArgument, "KURAMORI_LISTEN",
                 "Cannot listen on '" + address + "': it is neither an address nor a known host name.")
        .with_detail(::gai_strerror(error));
  }
  BindAddress result;
  std::memcpy(&result.storage, found->ai_addr, found->ai_addrlen);
  result.size = found->ai_addrlen;
  result.text = address;
  return result;
}

Result<Socket> bind_to(const BindAddress& address, std::uint16_t port, Sharing sharing) {
  Socket socket(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket.get() < 0) return cannot_listen(address, port, errno);
  const int on = 1;
  const int off = 0;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (sharing == Sharing::WithOurOwn) ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (address.storage.ss_family == AF_INET6) {
    ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  }
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) != 0) {
    return cannot_listen(address, port, errno);
  }
  return socket;
}

std::uint16_t bound_port(int descriptor) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&storage), &size);
  std::uint16_t port = 0;
  std::memcpy(&port, reinterpret_cast<const char*>(&storage) + offsetof(sockaddr_in, sin_port), sizeof port);
  return ntohs(port);
}

}  // namespace

Result<ListeningSockets> listen_on(const std::string& address, std::uint16_t port, std::size_t sockets) {
  constexpr int kBacklog = 4'096;
  KURAMORI_TRY(to, resolve(address));
  to.set_port(port);
  const Sharing sharing = sockets > 1 ? Sharing::WithOurOwn : Sharing::Alone;
  if (sharing == Sharing::WithOurOwn && port != 0) {
    // SO_REUSEPORT would also let a second instance take half of our connections: see first that nobody is
    // there.
    KURAMORI_TRY(probe, bind_to(to, port, Sharing::Alone));
  }
  std::vector<Socket> bound;
  for (std::size_t i = 0; i < sockets; ++i) {
    KURAMORI_TRY(socket, bind_to(to, port, sharing));
    if (::listen(socket.get(), kBacklog) != 0) return cannot_listen(to, port, errno);
    if (port == 0) {
      port = bound_port(socket.get());
      to.set_port(port);
    }
    bound.push_back(std::move(socket));
  }
  ListeningSockets result{.descriptors = {}, .port = port};
  for (Socket& socket : bound) result.descriptors.push_back(socket.release());
  return result;
}

}  // namespace kuramori::net::detail
