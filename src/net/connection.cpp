#include "net/detail/connection.hpp"

#include <algorithm>

#include "net/detail/target.hpp"

namespace kuramori::net::detail {
namespace {

constexpr std::size_t kPipelinedPerTurn = 16;
constexpr std::size_t kReadsPerTurn = 16;
constexpr std::size_t kLingerBytesMax = 64 << 20;  // what a fast line brings of a file in that time
constexpr Milliseconds kLingerTime{5'000};
constexpr Milliseconds kLingerSilence{2'000};
constexpr std::size_t kSmallBody =
    4'096;  // copying it behind the header is cheaper than a second buffer or TLS record
constexpr std::size_t kTlsRecordBody = 15'000;
constexpr std::int64_t kRetryAfterMs = 1'000;

std::uint64_t next_request_id() {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace

Connection::Connection(ThreadContext& context, int descriptor, Peer peer)
    : context_(context),
      peer_(std::move(peer)),
      stream_(context.thread, this, descriptor),
      input_(context.buffers),
      index_(context.connections.size()) {
  context_.connections.push_back(this);
  context_.server.instruments.connections.add(1);
}

Connection::~Connection() {
  Connection* last = context_.connections.back();
  context_.connections[index_] = last;
  last->index_ = index_;
  context_.connections.pop_back();
  context_.server.instruments.connections.add(-1);
  context_.server.connections.leave(peer_.address, peer_.counting);
}

void Connection::drain() {
  if (idle_) stream_.interrupt();
}

void Connection::abort() {
  stream_.abort();
}

void Connection::hung_up() noexcept {
  if (exchange_ && exchange_->gone.stop_possible()) exchange_->gone.request_stop();
}

runtime::Task<void> Connection::serve(std::unique_ptr<Connection> connection) {
  Connection& self = *connection;
  const ServerOptions& options = self.context_.server.options;
  if (!self.stream_.open(self.context_.server.tls.get())) co_return;
  SteadyTime deadline = self.context_.now() + options.first_byte_timeout;
  if (self.stream_.is_tls()) {
    self.idle_ = true;
    const bool secured = co_await self.stream_.handshake(deadline);
    self.idle_ = false;
    if (!secured) co_return;
  }
  const Yield turn{self.context_.thread};
  bool go_on = true;
  for (std::size_t pipelined = 0; go_on;) {
    if (self.input_.empty()) {
      const bool arrived = co_await self.await_request(deadline);
      if (!arrived) break;
      pipelined = 0;
    } else if (++pipelined % kPipelinedPerTurn == 0) {
      co_await turn;
    }
    self.exchange_ = std::make_unique<Exchange>(self.context_.server.parser_limits);
    self.exchange_->request.received = self.context_.now();
    go_on = co_await self.exchange();
    deadline = self.answered_ + options.idle_timeout;
    self.exchange_.reset();
  }
  co_await self.linger();
}

// True when there is something to read a request from.
runtime::Task<bool> Connection::await_request(SteadyTime deadline) {
  IoStatus needed = IoStatus::WaitRead;
  for (;;) {
    if (needed == IoStatus::WaitWrite || !stream_.may_have_input()) {
      input_.shrink();
      if (is_draining()) co_return false;
      idle_ = true;
      const Waited waited = co_await stream_.wait(needed, deadline);
      idle_ = false;
      if (waited != Waited::Ready) co_return false;
    }
    const IoResult got = stream_.read(input_.room());
    if (got.status == IoStatus::Done) {
      input_.filled(got.bytes);
      co_return true;
    }
    if (got.status == IoStatus::Closed) co_return false;
    needed = got.status;
  }
}

// One request and its response; false when the connection is to end.
runtime::Task<bool> Connection::exchange() {
  Exchange& x = *exchange_;
  x.request.id = next_request_id();
  x.request.is_tls = stream_.is_tls();
  const Received received = co_await receive();
  if (received == Received::Gone) co_return false;
  if (!x.body_left) x.parser.reset();
  Response response;
  if (received == Received::Refused || x.refusal) {
    response = refuse();
  } else if (x.route == nullptr) {
    response.status = 204;  // OPTIONS
  } else {
    response = co_await run_handler();
  }
  if (x.body_left && x.refusal)
    response = refuse();  // the body itself failed, whatever the handler made of it
  if (received == Received::Refused || x.body_left) {
    response.close = true;
    is_cut_short_ = true;
  }

  const AfterResponse next = after(response);
  std::string& head = context_.scratch;
  head.clear();
  append_head(head, response, next, context_.date.at(context_.thread.clock().now()));
  std::string_view body;
  const bool has_body = may_have_body(response.status) && x.request.method != Method::Head;
  if (has_body && !response.stream) body = response.body;
  if (body.size() <= (stream_.is_tls() ? kTlsRecordBody : kSmallBody)) {
    head.append(body);
    body = {};
  }
  const std::size_t total = head.size() + body.size();
  const IoResult sent = stream_.write(head, body);
  if (sent.status == IoStatus::WaitRead || sent.status == IoStatus::WaitWrite) {
    const std::size_t of_head = std::min(sent.bytes, head.size());
    std::string rest = head.substr(of_head);
    const bool complete = co_await finish_sending(std::move(rest), body.substr(sent.bytes - of_head));
    if (!complete) co_return false;
  } else if (sent.status == IoStatus::Closed) {
    co_return false;
  }
  context_.server.instruments.bytes_sent.add(total);
  bool is_complete = true;
  if (has_body && response.stream) is_complete = co_await send_stream(*response.stream);
  record(response);
  co_return is_complete&& next != AfterResponse::Close;
}

// A stalled response: rare, so it may cost a copy of the header.
runtime::Task<bool> Connection::finish_sending(std::string head, std::string_view body) {
  std::string_view head_left = head;
  const SteadyTime begun = context_.now();
  std::size_t sent_bytes = 0;
  for (;;) {
    const IoResult sent = stream_.write(head_left, body);
    const std::size_t of_head = std::min(sent.bytes, head_left.size());
    head_left.remove_prefix(of_head);
    body.remove_prefix(sent.bytes - of_head);
    sent_bytes += sent.bytes;
    if (sent.status == IoStatus::Done) co_return true;
    if (sent.status == IoStatus::Closed) co_return false;
    const SteadyTime deadline = begun + context_.server.options.write_timeout + time_for(sent_bytes);
    const Waited waited = co_await stream_.wait(sent.status, deadline);
    if (waited != Waited::Ready) co_return false;
  }
}

runtime::Task<Connection::Received> Connection::receive() {
  const Yield turn{context_.thread};
  for (std::size_t reads = 1;; ++reads) {
    if (!input_.empty()) {
      const std::optional<Received> outcome = parse();
      if (outcome) co_return *outcome;
    }
    if (exchange_->continue_owed) {
      const bool sent = co_await send_continue();
      if (!sent) co_return Received::Gone;
    }
    const std::span<char> room = input_.room();
    if (room.empty()) {  // a chunk's header or the trailers are longer than any header may be
      exchange_->refusal = kHeaderTooLarge;
      co_return Received::Refused;
    }
    const IoResult got = stream_.read(room);
    if (got.status == IoStatus::Done) {
      input_.filled(got.bytes);
      if (reads % kReadsPerTurn != 0) continue;
      co_await turn;  // a flood is no reason for others to wait, nor for us to forget the time
      if (context_.now() < receive_deadline()) continue;
      exchange_->refusal = kTooSlow;
      co_return Received::Refused;
    }
    if (got.status == IoStatus::Closed) co_return Received::Gone;
    input_.shrink();
    const Waited waited = co_await stream_.wait(got.status, receive_deadline());
    if (waited != Waited::Ready) {
      exchange_->refusal = kTooSlow;
      co_return Received::Refused;
    }
  }
}

SteadyTime Connection::receive_deadline() const {
  const ServerOptions& options = context_.server.options;
  const Exchange& x = *exchange_;
  if (!x.parser->is_header_done()) return x.request.received + options.header_timeout;
  return x.request.received + options.header_timeout + options.body_timeout +
         time_for(x.parser->body_received());
}

std::optional<Connection::Received> Connection::parse() {
  Exchange& x = *exchange_;
  while (!input_.empty()) {
    const RequestParser::Step step = x.parser->feed(input_.data());
    input_.consume(step.consumed);
    context_.server.instruments.bytes_received.add(step.consumed);
    switch (step.progress) {
      case Progress::Failed:
        if (!x.refusal) x.refusal = x.parser->refusal();
        return Received::Refused;
      case Progress::Complete:
        return Received::Request;
      case Progress::HeaderDone: {
        const auto outcome = begin_body();
        if (outcome) return outcome;
        break;
      }
      case Progress::NeedMore:
        if (step.consumed == 0) return std::nullopt;
        break;
    }
  }
  return std::nullopt;
}

std::size_t Connection::body_bytes_max() const {
  const RouteOptions& route = exchange_->route->options;
  if (route.streams_body) return route.body_bytes_max;
  return std::min(route.body_bytes_max, context_.server.options.body_bytes_max);
}

// The header is complete: who takes the request, and how much of a body.
std::optional<Connection::Received> Connection::begin_body() {
  constexpr std::size_t kDiscardMax = 65'536;  // of a refused request, to keep the connection
  Exchange& x = *exchange_;
  x.keep_alive = x.parser->keep_alive();
  x.is_http_1_0 = x.parser->is_http_1_0();
  route_request();
  if (!x.parser->has_body()) return Received::Request;
  const bool wanted = x.route != nullptr && !x.refusal;
  if (wanted && x.route->options.streams_body) {
    if (!x.parser->accept_body(BodyUse::Stream, body_bytes_max())) {
      x.refusal = x.parser->refusal();
      return Received::Refused;
    }
    x.continue_owed = x.parser->expects_continue();  // until the handler wants the body
    x.body_left = true;
    return Received::Request;
  }
  if (!wanted && x.parser->expects_continue()) return Received::Refused;  // it may or may not send the body
  const bool fits = wanted ? x.parser->accept_body(BodyUse::Keep, body_bytes_max())
                           : x.parser->accept_body(BodyUse::Discard, kDiscardMax);
  if (!fits) {
    if (!x.refusal) x.refusal = x.parser->refusal();
    return Received::Refused;
  }
  x.continue_owed = x.parser->expects_continue();
  return std::nullopt;
}

void Connection::route_request() {
  Exchange& x = *exchange_;
  Request& request = x.request;
  request.peer_address = peer_.address;
  if (!context_.server.trusted_proxies.empty() && context_.server.trusted_proxies.contains(peer_.address)) {
    std::string forwarded;
    for (const auto& [name, value] : request.headers) {
      if (name != "x-forwarded-for") continue;
      if (!forwarded.empty()) forwarded.append(",");
      forwarded.append(value);
    }
    if (!forwarded.empty()) {
      request.peer_address = forwarded_client(forwarded, peer_.address, context_.server.trusted_proxies);
    }
  }
  if (request.method == Method::Options) return;
  Router::Match match = context_.server.router.match(request.method, request.path);
  if (match.route == nullptr) {
    x.refusal = match.status == 405 ? kWrongMethod : match.status == 400 ? kBadParameter : kUnrecognizedPath;
    x.allowed = std::move(match.allowed);
    return;
  }
  x.route = match.route;
  request.parameters = std::move(match.parameters);
  const std::string_view encoded = x.parser->encoded_query();
  if (encoded.empty()) return;
  auto query = parse_query(encoded);
  if (query) {
    request.query = *std::move(query);
  } else {
    x.refusal = kBadQuery;
  }
}

runtime::Task<bool> Connection::send_continue() {
  exchange_->continue_owed = false;
  constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  const IoResult sent = stream_.write(kContinue, {});
  if (sent.status == IoStatus::Done) co_return true;
  if (sent.status == IoStatus::Closed) co_return false;
  std::string rest(kContinue.substr(sent.bytes));
  const bool complete = co_await finish_sending(std::move(rest), {});
  co_return complete;
}

runtime::Task<Response> Connection::run_handler() {
  Exchange& x = *exchange_;
  ServerContext& server = context_.server;
  const bool streams = x.route->options.streams_body;
  const bool parks = x.route->options.may_park || streams;
  if (streams) {
    x.request.body_reader = this;
  } else if (parks) {
    input_.shrink();
    x.gone = std::stop_source();
    x.request.disconnected = x.gone.get_token();
    if (stream_.hung_up() || is_draining()) x.gone.request_stop();
  } else if (!server.work.enter()) {
    x.refusal = kBusy;
    co_return refuse();
  }
  Gauge& running = parks ? server.instruments.parked : server.instruments.in_progress;
  running.add(1);
  Response response;
  try {
    runtime::Task<Response> task = x.route->handler(x.request);
    response = co_await std::move(task);
  } catch (const std::exception& error) {
    response = handler_failed(error.what());
  } catch (...) {
    response = handler_failed("an exception of unknown type");
  }
  running.add(-1);
  if (!parks) server.work.leave();
  co_return response;
}

Response Connection::handler_failed(const char* what) const {
  context_.server.log.error(
      "request failed",
      {{"request", exchange_->request.id}, {"route", route_name(exchange_->route)}, {"what", what}});
  return to_response(kHandlerFailed);
}

Response Connection::refuse() const {
  const Exchange& x = *exchange_;
  Response response = to_response(x.refusal, x.refusal.status == kBusy.status ? kRetryAfterMs : 0);
  if (x.refusal.status == kWrongMethod.status) {
    std::string allow;
    for (const std::string& method : x.allowed) allow.append(allow.empty() ? "" : ", ").append(method);
    response.headers.emplace_back("Allow", std::move(allow));
  }
  return response;
}

AfterResponse Connection::after(const Response& response) const {
  if (response.close || !exchange_->keep_alive || is_draining()) return AfterResponse::Close;
  return exchange_->is_http_1_0 ? AfterResponse::KeepAliveHttp10 : AfterResponse::KeepAlive;
}

void Connection::record(const Response& response) {
  const Exchange& x = *exchange_;
  answered_ = context_.now();
  const auto duration = answered_ - x.request.received;
  context_.routes.record({x.route, x.request.method, response.status, duration});
  if (!context_.server.log.enabled(LogLevel::Debug)) return;
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
  context_.server.log.debug("request", {{"request", x.request.id},
                                        {"method", to_string(x.request.method)},
                                        {"route", route_name(x.route)},
                                        {"status", response.status},
                                        {"duration_us", microseconds}});
}

// Reads on for a moment when the client may still be sending: closing at once would make the system reset the
// connection, and the last response with it (RFC 9112, 9.6). Many clients read nothing before all is sent.
runtime::Task<void> Connection::linger() {
  stream_.end_output();
  const bool may_be_sending = !input_.empty() || stream_.may_have_input() || is_cut_short_;
  if (!may_be_sending || stream_.hung_up()) co_return;
  const SteadyTime deadline = context_.now() + kLingerTime;
  const Yield turn{context_.thread};
  std::size_t discarded = 0;
  input_.consume(input_.data().size());
  for (std::size_t reads = 1; discarded < kLingerBytesMax && context_.now() < deadline; ++reads) {
    const IoResult got = stream_.read(input_.room());
    if (got.status == IoStatus::Closed) co_return;
    discarded += got.bytes;
    if (got.status == IoStatus::Done) {
      if (reads % kReadsPerTurn == 0) co_await turn;
      continue;
    }
    if (is_draining()) co_return;
    idle_ = true;
    const Waited waited =
        co_await stream_.wait(got.status, std::min(deadline, context_.now() + kLingerSilence));
    idle_ = false;
    if (waited != Waited::Ready) co_return;
  }
}

}  // namespace kuramori::net::detail
