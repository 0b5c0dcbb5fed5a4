#include "net/detail/context.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "net/detail/connection.hpp"
#include "runtime/sleep.hpp"

namespace kuramori::net::detail {
namespace {

constexpr std::size_t kBufferSlack = 1'024;  // a header of the permitted size is not yet a full buffer
constexpr std::size_t kAcceptedPerTurn = 32;
constexpr Milliseconds kExhaustedPause{200};

AddressSet canonical(const std::vector<std::string>& addresses) {
  AddressSet set;
  for (const std::string& address : addresses) set.insert(canonical_address(address));
  set.erase("");
  return set;
}

// The system has no descriptor or memory left: accepting again at once would only spin.
bool is_exhausted(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

void begin(ThreadContext& context, int descriptor, std::string address) {
  ServerContext& server = context.server;
  const auto counting = server.trusted_proxies.contains(address) ? ConnectionLimit::Counting::TotalOnly
                                                                 : ConnectionLimit::Counting::PerAddress;
  if (!server.connections.enter(address, counting)) {
    server.instruments.connections_refused.add();
    ::close(descriptor);
    return;
  }
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  auto connection = std::make_unique<Connection>(context, descriptor, Peer{std::move(address), counting});
  server.scope.spawn(Connection::serve(std::move(connection)));
}

}  // namespace

ServerContext::ServerContext(ServerOptions given, Router routes, MetricsRegistry& registry, Logger logger)
    : options(std::move(given)),
      router(std::move(routes)),
      parser_limits{.header_bytes_max = options.header_bytes_max,
                    .target_bytes_max = options.target_bytes_max},
      metrics(registry),
      log(std::move(logger)),
      instruments(registry),
      connections({.total = options.connections_max, .per_address = options.connections_per_address_max}),
      work(options.requests_in_progress_max),
      trusted_proxies(canonical(options.trusted_proxies)) {}

ThreadContext::ThreadContext(ServerContext& shared, runtime::IoThread& on, int listening_socket)
    : server(shared),
      thread(on),
      listening(listening_socket),
      listener(on, nullptr),
      buffers(shared.options.header_bytes_max + kBufferSlack),
      routes(shared.metrics) {
  if (!listener.open(listening)) throw std::system_error(errno, std::system_category(), "epoll_ctl");
}

ThreadContext::~ThreadContext() {
  stop_accepting(*this);
}

void stop_accepting(ThreadContext& context) {
  if (!std::exchange(context.accepting, false)) return;
  context.listener.interrupt();
  context.listener.close();
  ::close(context.listening);
}

runtime::Task<void> accept_connections(ThreadContext& context) {
  std::size_t accepted = 0;
  const Yield turn{context.thread};
  while (context.accepting) {
    const Waited waited = co_await context.listener.wait(Direction::Read, SteadyTime::max());
    if (waited != Waited::Ready || !context.accepting) continue;
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    const int descriptor =
        ::accept4(context.listening, reinterpret_cast<sockaddr*>(&from), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0) {
      begin(context, descriptor, address_text(from));
      if (++accepted % kAcceptedPerTurn == 0) co_await turn;
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      context.listener.readable = false;
    } else if (is_exhausted(errno)) {
      context.server.log.warning("accept pauses", {{"errno", errno}});
      co_await runtime::sleep_for(kExhaustedPause);
    }
  }
}

}  // namespace kuramori::net::detail
