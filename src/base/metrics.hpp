// Counters, gauges and histograms, rendered in the Prometheus text format at /metrics. Thread-safe; the
// returned references live as long as the registry. Names: `kuramori_<module>_<what>_<unit>`, counters end in
// `_total`.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace kuramori {

class Counter {
 public:
  void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

class Gauge {
 public:
  void set(std::int64_t v) { value_.store(v, std::memory_order_relaxed); }
  void add(std::int64_t n) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

// Cumulative buckets with fixed upper bounds, in the unit that the name says (seconds for durations).
class Histogram {
 public:
  explicit Histogram(std::vector<double> bounds);
  void observe(double value);

 private:
  friend class MetricsRegistry;
  std::vector<double> bounds_;
  std::vector<std::atomic<std::uint64_t>> buckets_;
  std::atomic<double> sum_{0};
};

struct MetricLabel {
  std::string name;
  std::string value;
};

class MetricsRegistry {
 public:
  // The same name and labels give the same instrument. A name has one help text and one kind.
  Counter& counter(std::string_view name, std::string_view help, std::vector<MetricLabel> labels = {});
  Gauge& gauge(std::string_view name, std::string_view help, std::vector<MetricLabel> labels = {});
  Histogram& histogram(std::string_view name, std::string_view help, std::vector<double> bounds,
                       std::vector<MetricLabel> labels = {});
  // A gauge whose value is asked for when metrics are read.
  void observe(std::string_view name, std::string_view help, std::function<double()> read);

  std::string render() const;

 private:
  struct Family;
  Family& family(std::string_view name, std::string_view help, std::string_view kind);

  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Family>, std::less<>> families_;
};

// Bounds for durations of requests, in seconds.
std::vector<double> duration_bounds();

}  // namespace kuramori
