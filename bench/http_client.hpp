#pragma once
// A keep-alive HTTP/1.1 connection with at most one request in flight. It connects when first used and again
// after the server closed it; a request whose connection breaks is answered with status 0 and never repeated
// by itself.
//
//   Connection connection(loop, endpoint, [](Connection& c, const Response& r) { ... c.request(next); });
//   connection.request(render_get(endpoint, "/_matrix/client/versions", {}));

#include <functional>
#include <string>
#include <string_view>

#include "event_loop.hpp"
#include "response_parser.hpp"
#include "transport.hpp"

namespace kuramori::bench {

class Connection final : public Watcher {
 public:
  // Called once per request; it may start the next one. The response is valid until it returns or does so.
  using Handler = std::function<void(Connection&, const Response&)>;

  Connection(EventLoop& loop, const Endpoint& endpoint, Handler handler)
      : loop_(loop), endpoint_(endpoint), handler_(std::move(handler)) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void request(std::string_view bytes);
  bool busy() const { return busy_; }
  void on_ready(std::uint32_t events) override;

 private:
  void flush();
  void read_all();
  void answer(const Response& response);
  void broken();

  EventLoop& loop_;
  const Endpoint& endpoint_;
  Handler handler_;
  Transport transport_;
  ResponseParser parser_;
  std::string output_;
  bool busy_ = false;
};

}  // namespace kuramori::bench
