#include "net/detail/stream.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace kuramori::net::detail {
namespace {
constexpr std::size_t kTlsWriteMax = 1 << 20;
bool would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK;
}
}  // namespace

Stream::Stream(runtime::IoThread& thread, HangupListener* listener, int descriptor)
    : watch_(thread, listener), endpoint_{descriptor, &watch_} {}

Stream::~Stream() {
  session_.reset();
  watch_.close();
  ::close(endpoint_.descriptor);
}

bool Stream::open(SSL_CTX* context) {
  if (!watch_.open(endpoint_.descriptor)) return false;
  if (context == nullptr) return true;
  session_ = make_tls_session(*context, endpoint_);
  return session_ != nullptr;
}

runtime::Task<bool> Stream::handshake(SteadyTime deadline) {
  for (;;) {
    ERR_clear_error();
    const int result = SSL_accept(session_.get());
    if (result == 1) co_return true;
    const IoStatus status = tls_status(result);
    if (status == IoStatus::Closed) co_return false;
    const Waited waited = co_await wait(status, deadline);
    if (waited != Waited::Ready) {
      is_tls_broken_ = true;
      co_return false;
    }
  }
}

IoStatus Stream::tls_status(int result) {
  switch (SSL_get_error(session_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return IoStatus::WaitRead;
    case SSL_ERROR_WANT_WRITE:
      return IoStatus::WaitWrite;
    case SSL_ERROR_ZERO_RETURN:
      return IoStatus::Closed;
    default:
      is_tls_broken_ = true;
      return IoStatus::Closed;
  }
}

bool Stream::may_have_input() const {
  return watch_.readable || (session_ != nullptr && SSL_has_pending(session_.get()) == 1);
}

IoResult Stream::read(std::span<char> into) {
  if (session_ != nullptr) {
    ERR_clear_error();
    std::size_t got = 0;
    const int result = SSL_read_ex(session_.get(), into.data(), into.size(), &got);
    return result == 1 ? IoResult{IoStatus::Done, got} : IoResult{tls_status(result), 0};
  }
  if (!watch_.readable) return {IoStatus::WaitRead, 0};
  ssize_t got = 0;
  do {
    got = ::recv(endpoint_.descriptor, into.data(), into.size(), 0);
  } while (got < 0 && errno == EINTR);
  if (got > 0) {
    // A short read has emptied the socket, unless its end is still to be read: what comes later is a new
    // edge.
    if (static_cast<std::size_t>(got) < into.size() && !watch_.hung_up) watch_.readable = false;
    return {IoStatus::Done, static_cast<std::size_t>(got)};
  }
  if (got == 0 || !would_block()) return {IoStatus::Closed, 0};
  watch_.readable = false;
  return {IoStatus::WaitRead, 0};
}

IoResult Stream::write(std::string_view head, std::string_view body) {
  return session_ != nullptr ? write_tls(head, body) : write_plain(head, body);
}

IoResult Stream::write_plain(std::string_view head, std::string_view body) {
  std::size_t total = 0;
  while (!head.empty() || !body.empty()) {
    std::array<iovec, 2> parts = {iovec{const_cast<char*>(head.data()), head.size()},
                                  iovec{const_cast<char*>(body.data()), body.size()}};
    msghdr message{};
    message.msg_iov = head.empty() ? &parts[1] : parts.data();
    message.msg_iovlen = head.empty() || body.empty() ? 1 : 2;
    const ssize_t sent = ::sendmsg(endpoint_.descriptor, &message, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (!would_block()) return {IoStatus::Closed, total};
      watch_.writable = false;
      return {IoStatus::WaitWrite, total};
    }
    const auto count = static_cast<std::size_t>(sent);
    total += count;
    const std::size_t of_head = std::min(count, head.size());
    head.remove_prefix(of_head);
    body.remove_prefix(count - of_head);
  }
  return {IoStatus::Done, total};
}

IoResult Stream::write_tls(std::string_view head, std::string_view body) {
  std::size_t total = 0;
  while (!head.empty() || !body.empty()) {
    std::string_view& part = head.empty() ? body : head;
    ERR_clear_error();
    std::size_t sent = 0;
    const int result = SSL_write_ex(session_.get(), part.data(), std::min(part.size(), kTlsWriteMax), &sent);
    if (result != 1) return {tls_status(result), total};
    total += sent;
    part.remove_prefix(sent);
  }
  return {IoStatus::Done, total};
}

void Stream::end_output() noexcept {
  if (session_ != nullptr && !is_tls_broken_ && SSL_is_init_finished(session_.get()) == 1) {
    ERR_clear_error();
    SSL_shutdown(session_.get());
  }
  ::shutdown(endpoint_.descriptor, SHUT_WR);
}

void Stream::abort() noexcept {
  ::shutdown(endpoint_.descriptor, SHUT_RDWR);
}

}  // namespace kuramori::net::detail
