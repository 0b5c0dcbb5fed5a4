#include "net/detail/instruments.hpp"

#include <algorithm>

namespace kuramori::net::detail {

ServerInstruments::ServerInstruments(MetricsRegistry& registry)
    : connections(registry.gauge("kuramori_net_connections", "Open connections.")),
      in_progress(
          registry.gauge("kuramori_net_requests_in_progress", "Requests being handled, parked ones aside.")),
      parked(registry.gauge("kuramori_net_requests_parked", "Requests that wait by design (long polls).")),
      connections_refused(registry.counter("kuramori_net_connections_refused_total",
                                           "Connections closed because of a limit.")),
      bytes_received(registry.counter("kuramori_net_received_bytes_total", "Bytes of requests.")),
      bytes_sent(registry.counter("kuramori_net_sent_bytes_total", "Bytes of responses.")) {}

std::string_view route_name(const Route* route) {
  return route == nullptr ? std::string_view("unmatched") : std::string_view(route->pattern);
}

RouteInstruments::Entry& RouteInstruments::entry(const Answer& answer) {
  if (answer.route == nullptr) return unmatched_[static_cast<std::size_t>(answer.method)];
  return routes_[answer.route];
}

void RouteInstruments::record(const Answer& answer) {
  Entry& known = entry(answer);
  const auto status_class = static_cast<std::size_t>(std::clamp(answer.status / 100, 1, 5));
  // HEAD is counted as the route's own method: the label stands for the route, not for the client's choice.
  const std::string_view method = to_string(answer.route == nullptr ? answer.method : answer.route->method);
  if (known.by_class[status_class] == nullptr) {
    known.by_class[status_class] = &registry_.counter("kuramori_net_requests_total", "Requests answered.",
                                                      {{"method", std::string(method)},
                                                       {"route", std::string(route_name(answer.route))},
                                                       {"status", std::to_string(status_class) + "xx"}});
  }
  if (known.duration == nullptr) {
    known.duration = &registry_.histogram(
        "kuramori_net_request_seconds", "From the first byte to the last.", duration_bounds(),
        {{"method", std::string(method)}, {"route", std::string(route_name(answer.route))}});
  }
  known.by_class[status_class]->add();
  known.duration->observe(std::chrono::duration<double>(answer.duration).count());
}

}  // namespace kuramori::net::detail
