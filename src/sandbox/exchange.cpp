#include "sandbox/exchange.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "base/assert.hpp"
#include "sandbox/wire.hpp"

namespace kuramori::sandbox {

short Exchange::wait(short events) {
  for (;;) {
    const auto left = std::chrono::ceil<Milliseconds>(deadline_ - clock_.steady_now());
    if (left.count() <= 0) {
      stopped_ = Stopped::Late;
      return 0;
    }
    pollfd descriptor{.fd = pipe_, .events = events, .revents = 0};
    const int found = ::poll(&descriptor, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 1'000)));
    if (found > 0) return descriptor.revents;
    if (found < 0 && errno != EINTR) {
      stopped_ = Stopped::Closed;
      return 0;
    }
  }
}

ByteView Exchange::receive() {
  const ssize_t got = ::recv(pipe_, room_.data(), room_.size(), MSG_DONTWAIT);
  if (got > 0) return ByteView(room_).first(static_cast<std::size_t>(got));
  if (got == 0 || (errno != EAGAIN && errno != EINTR)) stopped_ = Stopped::Closed;
  return {};
}

Exchange::Stopped Exchange::await_ready() {
  std::size_t seen = 0;
  while (seen < kReady.size() && stopped_ == Stopped::No) {
    wait(POLLIN);
    if (stopped_ != Stopped::No) break;
    for (const std::uint8_t byte : receive()) {
      if (seen == kReady.size() || byte != kReady[seen++]) return stopped_ = Stopped::Closed;
    }
  }
  return stopped_;
}

bool Exchange::send_some(ByteView& bytes) {
  const ssize_t sent = ::send(pipe_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent >= 0) {
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
    return true;
  }
  return errno == EAGAIN || errno == EINTR;
}

// False when the input had ended: the head then says so.
Result<bool> Exchange::next_part(Input& input) {
  KURAMORI_TRY(part, input());
  ensure(part.size() <= kPartBytesMax, "a part of a sandbox's input is no larger than its buffers");
  head_ = WireWriter().u32(static_cast<std::uint32_t>(part.size())).take();
  head_left_ = head_;
  part_left_ = part;
  return !part.empty();
}

Result<Reading> Exchange::talk(ByteView parameters, Input& input, AnswerReader& reader) {
  ensure(parameters.size() <= kParametersBytesMax, "the parameters of a job are within their limit");
  head_ = WireWriter().text(as_text(parameters)).take();
  head_left_ = head_;
  bool has_ended = false;
  Reading reading = Reading::More;
  while (reading == Reading::More && stopped_ == Stopped::No) {
    if (!is_all_sent_ && head_left_.empty() && part_left_.empty()) {
      if (has_ended) {
        is_all_sent_ = true;
      } else {
        KURAMORI_TRY(has_more, next_part(input));
        has_ended = !has_more;
      }
    }
    const short ready = wait(static_cast<short>(is_all_sent_ ? POLLIN : POLLIN | POLLOUT));
    if ((ready & (POLLIN | POLLHUP | POLLERR)) != 0) {
      const ByteView got = receive();
      if (!got.empty()) reading = reader.feed(got);
    } else if ((ready & POLLOUT) != 0) {
      // Who does not read any more may still have answered: that is read first.
      if (!send_some(head_left_.empty() ? part_left_ : head_left_)) is_all_sent_ = true;
    }
  }
  return reading;
}

}  // namespace kuramori::sandbox
