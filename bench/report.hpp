#pragma once
// The outcome of one scenario against one server, as a table for people and JSON for the summary.

#include <string>
#include <utility>
#include <vector>

#include "histogram.hpp"

namespace kuramori::bench {

struct Metric {
  std::string name;
  double value;
  std::string unit;
};

struct NamedHistogram {
  std::string name;
  Histogram histogram;
};

struct Report {
  std::string scenario;
  std::string server;
  std::vector<Metric> metrics;
  std::vector<NamedHistogram> latencies;
  std::string failure = {};  // why the figures do not count, if so; they are still shown

  void add(std::string name, double value, std::string unit) {
    metrics.push_back({std::move(name), value, std::move(unit)});
  }
};

void print_report(const Report& report);
// Throws std::runtime_error when the file cannot be written.
void save_report(const Report& report, const std::string& path);

std::string format_number(double value);

}  // namespace kuramori::bench
