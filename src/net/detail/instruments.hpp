// The server's metrics. Those of a route are looked up once per thread and then held.
#pragma once
#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/metrics.hpp"
#include "net/router.hpp"

namespace kuramori::net::detail {

// Of the whole server; all thread-safe.
struct ServerInstruments {
  explicit ServerInstruments(MetricsRegistry& registry);

  Gauge& connections;
  Gauge& in_progress;
  Gauge& parked;
  Counter& connections_refused;
  Counter& bytes_received;
  Counter& bytes_sent;
};

// One per thread.
class RouteInstruments {
 public:
  explicit RouteInstruments(MetricsRegistry& registry) : registry_(registry) {}
  struct Answer {
    const Route* route;  // null: none was found
    Method method;
    int status;
    std::chrono::steady_clock::duration duration;
  };
  void record(const Answer& answer);

 private:
  struct Entry {
    std::array<Counter*, 6> by_class{};
    Histogram* duration = nullptr;
  };
  Entry& entry(const Answer& answer);

  MetricsRegistry& registry_;
  std::unordered_map<const Route*, Entry> routes_;
  std::array<Entry, 8> unmatched_;  // by method
};

// The route label: a pattern, never a target.
std::string_view route_name(const Route* route);

}  // namespace kuramori::net::detail
