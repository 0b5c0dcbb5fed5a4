#include "report.hpp"

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <stdexcept>

namespace kuramori::bench {
namespace {

constexpr std::array<std::pair<const char*, double>, 5> kQuantiles{
    {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}, {"max", 1.0}}};

double in_milliseconds(Nanoseconds value) {
  return static_cast<double>(value) / static_cast<double>(kMillisecond);
}

}  // namespace

std::string format_number(double value) {
  std::array<char, 64> text{};
  const double size = std::abs(value);
  const int digits = size >= 100 || value == std::floor(value) ? 0 : size >= 10 ? 1 : size >= 0.1 ? 2 : 4;
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

void print_report(const Report& report) {
  std::printf("%s against %s\n", report.scenario.c_str(), report.server.c_str());
  for (const Metric& metric : report.metrics) {
    std::printf("  %-34s %14s %s\n", metric.name.c_str(), format_number(metric.value).c_str(),
                metric.unit.c_str());
  }
  for (const NamedHistogram& latency : report.latencies) {
    std::printf("  latency of %-23s", latency.name.c_str());
    for (const auto& [name, quantile] : kQuantiles) {
      std::printf(" %s %s", name, format_number(in_milliseconds(latency.histogram.at(quantile))).c_str());
    }
    std::printf(" ms, %llu samples\n", static_cast<unsigned long long>(latency.histogram.count()));
  }
  std::fflush(stdout);
}

void save_report(const Report& report, const std::string& path) {
  boost::json::object out{{"scenario", report.scenario}, {"server", report.server}};
  boost::json::array metrics;
  for (const Metric& metric : report.metrics) {
    metrics.push_back({{"name", metric.name}, {"value", metric.value}, {"unit", metric.unit}});
  }
  boost::json::array latencies;
  for (const NamedHistogram& latency : report.latencies) {
    boost::json::object entry{{"name", latency.name}, {"samples", latency.histogram.count()}};
    for (const auto& [name, quantile] : kQuantiles) {
      const double value = in_milliseconds(latency.histogram.at(quantile));
      entry[std::string(name) + "_ms"] = value;
      metrics.push_back({{"name", latency.name + " " + name}, {"value", value}, {"unit", "ms"}});
    }
    boost::json::array buckets;
    for (const auto& bucket : latency.histogram.filled()) {
      buckets.push_back(boost::json::array{bucket.up_to, bucket.count});
    }
    entry["buckets_ns"] = std::move(buckets);
    latencies.push_back(std::move(entry));
  }
  out["metrics"] = std::move(metrics);
  out["latencies"] = std::move(latencies);
  std::ofstream file(path);
  file << boost::json::serialize(out) << '\n';
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

}  // namespace kuramori::bench
