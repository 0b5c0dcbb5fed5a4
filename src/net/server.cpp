#include "net/server.hpp"

#include <latch>

#include "base/assert.hpp"
#include "net/detail/connection.hpp"
#include "net/detail/listening.hpp"

namespace kuramori::net {

struct Server::State {
  State(ServerOptions options, Router router, std::vector<runtime::IoThread*> io_threads,
        MetricsRegistry& metrics, Logger log)
      : threads(std::move(io_threads)),
        context(std::move(options), std::move(router), metrics, std::move(log)) {}

  std::vector<runtime::IoThread*> threads;
  detail::ServerContext context;
  std::vector<std::unique_ptr<detail::ThreadContext>> per_thread;
  std::uint16_t port = 0;

  // Runs `job` on each I/O thread with its context, and waits until all have.
  template <class Job>
  void on_each_thread(Job job) {
    std::latch done(static_cast<std::ptrdiff_t>(per_thread.size()));
    for (auto& own : per_thread) {
      own->thread.post(std::move_only_function<void()>([&own, &done, &job] {
        job(own);
        done.count_down();
      }));
    }
    done.wait();
  }
};

Server::Server(ServerOptions options, Router router, std::vector<runtime::IoThread*> threads,
               MetricsRegistry& metrics, Logger log)
    : state_(std::make_shared<State>(std::move(options), std::move(router), std::move(threads), metrics,
                                     std::move(log))) {
  ensure(!state_->threads.empty(), "a server needs an I/O thread");
}

Server::~Server() {
  ensure(state_->per_thread.empty(), "a server is destroyed before it was stopped");
}

Result<void> Server::start() {
  detail::ServerContext& context = state_->context;
  ensure(state_->per_thread.empty() && !context.draining.load(), "a server is started twice");
  const ServerOptions& options = context.options;
  if (options.tls_certificate.empty() != options.tls_key.empty()) {
    return invalid_argument("TLS needs both a certificate and a key; one of the two is not configured.");
  }
  if (!options.tls_certificate.empty()) {
    KURAMORI_TRY(tls,
                 detail::make_tls_context({.certificate = options.tls_certificate, .key = options.tls_key}));
    context.tls = std::move(tls);
  }
  KURAMORI_TRY(sockets, detail::listen_on(options.address, options.port, state_->threads.size()));
  state_->port = sockets.port;
  for (std::size_t i = 0; i < state_->threads.size(); ++i) {
    state_->per_thread.push_back(
        std::make_unique<detail::ThreadContext>(context, *state_->threads[i], sockets.descriptors[i]));
  }
  for (const auto& own : state_->per_thread) context.scope.spawn_on(own->thread, accept_connections(*own));
  context.log.info(
      "listening",
      {{"address", options.address}, {"port", state_->port}, {"tls", context.tls ? "yes" : "no"}});
  return {};
}

std::uint16_t Server::port() const {
  return state_->port;
}

void Server::stop(const std::function<void()>& on_drain) {
  ensure(runtime::Executor::current() == nullptr, "a server is stopped from an I/O thread");
  if (state_->per_thread.empty()) return;
  detail::ServerContext& context = state_->context;
  context.draining.store(true);
  state_->on_each_thread([](std::unique_ptr<detail::ThreadContext>& own) {
    detail::stop_accepting(*own);
    for (detail::Connection* connection : own->connections) connection->drain();
  });
  if (on_drain) on_drain();
  if (!context.connections.wait_until_empty(context.options.drain_timeout)) {
    context.log.warning("requests are cut off",
                        {{"drain_timeout_ms", context.options.drain_timeout.count()}});
    state_->on_each_thread([](std::unique_ptr<detail::ThreadContext>& own) {
      for (detail::Connection* connection : own->connections) connection->abort();
    });
  }
  context.scope.join_blocking();
  // What is registered with an event loop is taken down on its thread.
  state_->on_each_thread([](std::unique_ptr<detail::ThreadContext>& own) { own.reset(); });
  state_->per_thread.clear();
}

}  // namespace kuramori::net
