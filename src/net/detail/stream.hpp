// A byte stream over a socket, plain or TLS, behind one set of non-blocking calls and waits with deadlines.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "net/detail/watch.hpp"
#include "net/detail/tls.hpp"
#include "runtime/task.hpp"

namespace kuramori::net::detail {

enum class IoStatus : std::uint8_t { Done, WaitRead, WaitWrite, Closed };

struct IoResult {
  IoStatus status;
  std::size_t bytes;  // that were transferred, also when more could not be
};

class Stream {
 public:
  // Takes over the socket, which is non-blocking. `context` is null for plain HTTP.
  Stream(runtime::IoThread& thread, HangupListener* listener, int descriptor);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // False when the system is out of memory or watches.
  bool open(ssl_ctx_st* context);
  runtime::Task<bool> handshake(SteadyTime deadline);

  // Done with at least one byte, or why not.
  IoResult read(std::span<char> into);
  // As much as goes now of the one and then the other, in one call to the system.
  IoResult write(std::string_view head, std::string_view body);
  bool may_have_input() const;
  auto wait(IoStatus what, SteadyTime deadline) {
    return watch_.wait(what == IoStatus::WaitWrite ? Direction::Write : Direction::Read, deadline);
  }

  bool is_tls() const { return session_ != nullptr; }
  bool hung_up() const { return watch_.hung_up; }
  void interrupt() { watch_.interrupt(); }
  // Says that nothing more will be sent; reading goes on.
  void end_output() noexcept;
  // Makes every wait and call end soon.
  void abort() noexcept;

 private:
  IoResult write_plain(std::string_view head, std::string_view body);
  IoResult write_tls(std::string_view head, std::string_view body);
  IoStatus tls_status(int result);

  Watch watch_;
  TlsEndpoint endpoint_;
  TlsSession session_;
  bool is_tls_broken_ = false;
};

}  // namespace kuramori::net::detail
