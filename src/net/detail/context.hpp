// What the connections of a server share, and what those of one I/O thread share.
#pragma once
#include <atomic>
#include <string>
#include <vector>

#include "net/detail/admission.hpp"
#include "net/detail/buffers.hpp"
#include "net/detail/instruments.hpp"
#include "net/detail/peer.hpp"
#include "net/detail/watch.hpp"
#include "net/detail/request_parser.hpp"
#include "net/detail/response_head.hpp"
#include "net/detail/tls.hpp"
#include "net/server.hpp"
#include "runtime/task_scope.hpp"

namespace kuramori::net::detail {

class Connection;

struct ServerContext {
  ServerContext(ServerOptions given, Router routes, MetricsRegistry& registry, Logger logger);

  const ServerOptions options;
  const Router router;
  const ParserLimits parser_limits;
  MetricsRegistry& metrics;
  Logger log;
  ServerInstruments instruments;
  ConnectionLimit connections;
  WorkLimit work;
  AddressSet trusted_proxies;
  TlsContext tls;  // null: plain HTTP
  std::atomic<bool> draining{false};
  runtime::TaskScope scope;  // last: its tasks use all of the above
};

// Used on its thread only, but for construction.
struct ThreadContext {
  ThreadContext(ServerContext& shared, runtime::IoThread& on, int listening_socket);
  ~ThreadContext();

  ServerContext& server;
  runtime::IoThread& thread;
  int listening;
  Watch listener;
  BufferPool buffers;
  RouteInstruments routes;
  DateText date;
  std::string scratch;  // for the header of the response that is being written
  std::vector<Connection*> connections;
  bool accepting = true;

  SteadyTime now() const { return thread.clock().steady_now(); }
};

// Accepts until the server drains.
runtime::Task<void> accept_connections(ThreadContext& context);
void stop_accepting(ThreadContext& context);

}  // namespace kuramori::net::detail
