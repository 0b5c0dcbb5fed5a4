#include "transport.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <stdexcept>

namespace kuramori::bench {
namespace {

SSL_CTX& tls_context() {
  static const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context = [] {
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> made(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
    if (!made) throw std::runtime_error("OpenSSL gives no client context");
    SSL_CTX_set_verify(made.get(), SSL_VERIFY_NONE, nullptr);
    SSL_CTX_set_mode(made.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                     SSL_MODE_RELEASE_BUFFERS);
    return made;
  }();
  return *context;
}

IoResult tls_outcome(SSL* tls, int code) {
  const int why = SSL_get_error(tls, code);
  ERR_clear_error();
  const bool again = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
  return {again ? IoState::Again : IoState::Closed, 0};
}

int clamp_size(std::size_t size) {
  return static_cast<int>(std::min<std::size_t>(size, INT_MAX));
}

}  // namespace

bool Transport::open(const Endpoint& endpoint) {
  close();
  descriptor_ = socket(endpoint.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor_ < 0) return false;
  const int on = 1;
  setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const auto* address = static_cast<const sockaddr*>(static_cast<const void*>(&endpoint.address));
  if (connect(descriptor_, address, endpoint.address_length) != 0 && errno != EINPROGRESS) {
    close();
    return false;
  }
  if (endpoint.tls) {
    tls_.reset(SSL_new(&tls_context()));
    if (!tls_ || SSL_set_fd(tls_.get(), descriptor_) != 1) {
      close();
      return false;
    }
    SSL_set_connect_state(tls_.get());
  }
  return true;
}

void Transport::close() {
  tls_.reset();
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

IoResult Transport::read(std::span<char> into) {
  if (tls_) {
    const int got = SSL_read(tls_.get(), into.data(), clamp_size(into.size()));
    if (got > 0) return {IoState::Done, static_cast<std::size_t>(got)};
    return tls_outcome(tls_.get(), got);
  }
  const ssize_t got = recv(descriptor_, into.data(), into.size(), 0);
  if (got > 0) return {IoState::Done, static_cast<std::size_t>(got)};
  const bool again = got < 0 && (errno == EAGAIN || errno == ENOTCONN || errno == EINTR);
  return {again ? IoState::Again : IoState::Closed, 0};
}

IoResult Transport::write(std::string_view bytes) {
  if (tls_) {
    const int sent = SSL_write(tls_.get(), bytes.data(), clamp_size(bytes.size()));
    if (sent > 0) return {IoState::Done, static_cast<std::size_t>(sent)};
    return tls_outcome(tls_.get(), sent);
  }
  const ssize_t sent = send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent >= 0) return {IoState::Done, static_cast<std::size_t>(sent)};
  const bool again = errno == EAGAIN || errno == ENOTCONN || errno == EINTR;
  return {again ? IoState::Again : IoState::Closed, 0};
}

}  // namespace kuramori::bench
