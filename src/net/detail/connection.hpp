// One connection: a coroutine that reads requests, runs handlers and writes responses, strictly in order.
//
// Lives from accept until its coroutine ends, on one I/O thread. Between requests it holds no buffer; while a
// handler is parked it holds the request and what the client has sent beyond it, if anything.
#pragma once
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "net/detail/context.hpp"
#include "net/detail/stream.hpp"

namespace kuramori::net::detail {

struct Peer {
  std::string address;
  ConnectionLimit::Counting counting;
};

// Whoever is slower than 8 KiB a second beyond the grace that the timeout gives is dropped.
constexpr Milliseconds time_for(std::uint64_t bytes) {
  return Milliseconds(bytes / 8);
}

// What exists while one request is under way.
struct Exchange {
  explicit Exchange(const ParserLimits& limits) : parser(std::in_place, request, limits) {}

  Request request;
  std::optional<RequestParser> parser;  // until the request is complete
  const Route* route = nullptr;
  Refusal refusal;
  std::vector<std::string> allowed;  // for 405
  std::stop_source gone{std::nostopstate};
  bool keep_alive = false;
  bool is_http_1_0 = false;
  bool continue_owed = false;  // the client waits for "100 Continue"
  bool body_left = false;      // a streamed body is not read to its end yet
};

class Connection final : private HangupListener, private BodyReader {
 public:
  Connection(ThreadContext& context, int descriptor, Peer peer);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  static runtime::Task<void> serve(std::unique_ptr<Connection> connection);

  // The server drains: an idle connection ends.
  void drain();
  // Ends it in whatever state it is.
  void abort();

 private:
  enum class Received : std::uint8_t { Request, Refused, Gone };

  runtime::Task<bool> await_request(SteadyTime deadline);
  runtime::Task<bool> exchange();
  runtime::Task<Received> receive();
  runtime::Task<bool> send_continue();
  runtime::Task<bool> finish_sending(std::string head, std::string_view body);
  runtime::Task<bool> send_stream(BodySource& source);
  runtime::Task<void> linger();
  runtime::Task<Response> run_handler();

  runtime::Task<Result<std::size_t>> read(std::span<std::uint8_t> into) override;
  std::optional<std::uint64_t> declared_bytes() const override;

  // Nothing while the request goes on.
  std::optional<Received> parse();
  std::optional<Received> begin_body();
  std::size_t body_bytes_max() const;
  void route_request();
  Response refuse() const;
  Response handler_failed(const char* what) const;
  AfterResponse after(const Response& response) const;
  SteadyTime receive_deadline() const;
  void record(const Response& response);
  bool is_draining() const { return context_.server.draining.load(std::memory_order_relaxed); }
  void hung_up() noexcept override;

  ThreadContext& context_;
  Peer peer_;
  Stream stream_;
  ReadBuffer input_;
  std::size_t index_;  // in the thread's list
  std::unique_ptr<Exchange> exchange_;
  SteadyTime answered_;        // when the last response was written
  bool idle_ = false;          // waits for a request, and may be interrupted
  bool is_cut_short_ = false;  // refused before its end: the client may still be sending
};

}  // namespace kuramori::net::detail
