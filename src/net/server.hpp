// The HTTP/1.1 server: keep-alive, pipelining, TLS, limits on everything, admission control, graceful stop.
//
// Runs on the given I/O threads, each with a listening socket of its own (SO_REUSEPORT). A parked request holds no read
// buffer. Slow clients are dropped. CORS headers are on every response, and OPTIONS is answered here (client-server API,
// "Web Browser Clients").
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/logging.hpp"
#include "base/metrics.hpp"
#include "base/result.hpp"
#include "net/router.hpp"
#include "runtime/io_thread.hpp"

namespace kuramori::net {

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8008;                      // 0: the system chooses
  std::string tls_certificate;                    // PEM files; both empty: plain HTTP
  std::string tls_key;
  std::size_t header_bytes_max = 16'384;
  std::size_t target_bytes_max = 8'192;
  std::size_t body_bytes_max = std::size_t{1} << 30;  // of any route; RouteOptions may ask for less
  std::size_t connections_max = 20'000;
  std::size_t connections_per_address_max = 20'000;
  std::size_t requests_in_progress_max = 1'024;   // parked ones not counted; beyond: 429 with retry_after_ms
  std::chrono::milliseconds first_byte_timeout{10'000};
  std::chrono::milliseconds header_timeout{10'000};
  std::chrono::milliseconds body_timeout{60'000};
  std::chrono::milliseconds write_timeout{30'000};
  std::chrono::milliseconds idle_timeout{120'000};
  std::chrono::milliseconds drain_timeout{10'000};
  std::vector<std::string> trusted_proxies;       // addresses whose X-Forwarded-For is believed
};

class Server {
 public:
  Server(ServerOptions options, Router router, std::vector<runtime::IoThread*> threads, MetricsRegistry& metrics,
         Logger log);
  ~Server();  // stopped before

  // Binds and listens; the error says what to do about an address in use or a bad certificate.
  Result<void> start();
  std::uint16_t port() const;
  // Stops accepting, lets requests under way finish (bounded by drain_timeout), answers parked ones by calling
  // `on_drain` first (which should wake them), closes. Blocking; from a thread that runs no executor.
  void stop(const std::function<void()>& on_drain);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace kuramori::net
