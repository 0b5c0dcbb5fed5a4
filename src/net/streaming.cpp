// Bodies that are received and sent part by part.
#include "base/assert.hpp"
#include "net/detail/connection.hpp"

namespace kuramori::net::detail {
namespace {

constexpr std::size_t kPartsPerTurn = 16;

Error to_error(const Refusal& why) {
  const ErrorCode code = why.status == kBodyTooLarge.status ? ErrorCode::TooLarge
                         : why.status == kTooSlow.status    ? ErrorCode::DeadlineExceeded
                                                            : ErrorCode::InvalidArgument;
  return Error(code, why.reason, std::string(why.message));
}

Error client_gone() {
  return Error(ErrorCode::Unavailable, "KURAMORI_CLIENT_GONE",
               "The connection ended inside the request body.");
}

}  // namespace

std::optional<std::uint64_t> Connection::declared_bytes() const {
  if (!exchange_->parser) return 0;
  return exchange_->parser->declared_bytes();
}

runtime::Task<Result<std::size_t>> Connection::read(std::span<std::uint8_t> into) {
  ensure(!into.empty(), "a body is read into something");
  Exchange& x = *exchange_;
  if (!x.body_left) co_return std::size_t{0};
  if (x.refusal) co_return to_error(x.refusal);
  if (x.continue_owed) {
    const bool sent = co_await send_continue();
    if (!sent) co_return client_gone();
  }
  const Yield turn{context_.thread};
  for (std::size_t reads = 1;; ++reads) {
    if (!input_.empty()) {
      const RequestParser::Taken part = x.parser->take_body(input_.data(), into);
      input_.consume(part.consumed);
      context_.server.instruments.bytes_received.add(part.consumed);
      if (part.progress == Progress::Failed) {
        x.refusal = x.parser->refusal();
        co_return to_error(x.refusal);
      }
      if (part.progress == Progress::Complete) x.body_left = false;
      if (part.taken > 0 || !x.body_left) co_return part.taken;
    }
    // What can be received in its place is not copied.
    const std::uint64_t direct = input_.empty() ? x.parser->direct_left() : 0;
    std::span<char> room(reinterpret_cast<char*>(into.data()),
                         static_cast<std::size_t>(std::min<std::uint64_t>(direct, into.size())));
    if (direct == 0) room = input_.room();
    if (room.empty()) {  // a chunk's header or the trailers are longer than any header may be
      x.refusal = kHeaderTooLarge;
      co_return to_error(x.refusal);
    }
    const IoResult got = stream_.read(room);
    if (got.status == IoStatus::Closed) co_return client_gone();
    if (got.status == IoStatus::Done && direct > 0) {
      context_.server.instruments.bytes_received.add(got.bytes);
      x.body_left = x.parser->took_directly(got.bytes) != Progress::Complete;
      co_return got.bytes;
    }
    if (got.status == IoStatus::Done) {
      input_.filled(got.bytes);
      if (reads % kPartsPerTurn == 0) co_await turn;
    } else {
      input_.shrink();
      const Waited waited = co_await stream_.wait(got.status, receive_deadline());
      if (waited == Waited::Ready) continue;
    }
    if (got.status == IoStatus::Done && context_.now() < receive_deadline()) continue;
    x.refusal = kTooSlow;
    co_return to_error(x.refusal);
  }
}

runtime::Task<bool> Connection::send_stream(BodySource& source) {
  const Yield turn{context_.thread};
  const SteadyTime begun = context_.now();
  std::uint64_t sent_bytes = 0;
  std::uint64_t left = source.bytes();
  for (std::size_t parts = 1; left > 0; ++parts) {
    const auto part = co_await source.next();
    if (!part) {
      context_.server.log.warning("response_cut_short", {{"request", exchange_->request.id},
                                                         {"route", route_name(exchange_->route)},
                                                         {"error", part.error().to_log()}});
      co_return false;
    }
    std::string_view rest = as_text(*part);
    ensure(!rest.empty() && rest.size() <= left, "a body source gives what it said");
    left -= rest.size();
    while (!rest.empty()) {
      const IoResult sent = stream_.write({}, rest);
      rest.remove_prefix(sent.bytes);
      sent_bytes += sent.bytes;
      context_.server.instruments.bytes_sent.add(sent.bytes);
      if (sent.status == IoStatus::Done) continue;
      if (sent.status == IoStatus::Closed) co_return false;
      const SteadyTime deadline = begun + context_.server.options.write_timeout + time_for(sent_bytes);
      const Waited waited = co_await stream_.wait(sent.status, deadline);
      if (waited != Waited::Ready) co_return false;
    }
    if (parts % kPartsPerTurn == 0) co_await turn;
  }
  co_return true;
}

}  // namespace kuramori::net::detail
