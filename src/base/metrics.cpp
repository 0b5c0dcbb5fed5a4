#include "base/metrics.hpp"

#include <charconv>

#include "base/assert.hpp"

namespace kuramori {
namespace {

std::string render_labels(const std::vector<MetricLabel>& labels) {
  std::string out;
  for (const MetricLabel& label : labels) {
    if (!out.empty()) out.push_back(',');
    out.append(label.name).append("=\"");
    for (const char c : label.value) {
      if (c == '\\' || c == '"') out.push_back('\\');
      if (c == '\n') {
        out.append("\\n");
      } else {
        out.push_back(c);
      }
    }
    out.push_back('"');
  }
  return out;
}

std::string render_number(double value) {
  char digits[40];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  return {digits, end};
}

void append_sample(std::string& out, std::string_view name, const std::string& labels,
                   std::string_view value) {
  out.append(name);
  if (!labels.empty()) out.append("{").append(labels).append("}");
  out.append(" ").append(value).append("\n");
}

}  // namespace

struct MetricsRegistry::Family {
  std::string help;
  std::string kind;
  std::map<std::string, std::unique_ptr<Counter>> counters;
  std::map<std::string, std::unique_ptr<Gauge>> gauges;
  std::map<std::string, std::unique_ptr<Histogram>> histograms;
  std::function<double()> read;
};

Histogram::Histogram(std::vector<double> bounds) : bounds_(std::move(bounds)), buckets_(bounds_.size() + 1) {}

void Histogram::observe(double value) {
  std::size_t bucket = 0;
  while (bucket < bounds_.size() && value > bounds_[bucket]) ++bucket;
  buckets_[bucket].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

MetricsRegistry::Family& MetricsRegistry::family(std::string_view name, std::string_view help,
                                                 std::string_view kind) {
  auto it = families_.find(name);
  if (it == families_.end()) {
    it = families_.emplace(std::string(name), std::make_shared<Family>()).first;
    it->second->help = help;
    it->second->kind = kind;
  }
  ensure(it->second->kind == kind, "a metric is registered under two kinds");
  return *it->second;
}

Counter& MetricsRegistry::counter(std::string_view name, std::string_view help,
                                  std::vector<MetricLabel> labels) {
  const std::scoped_lock lock(mutex_);
  auto& slot = family(name, help, "counter").counters[render_labels(labels)];
  if (!slot) slot = std::make_unique<Counter>();
  return *slot;
}

Gauge& MetricsRegistry::gauge(std::string_view name, std::string_view help, std::vector<MetricLabel> labels) {
  const std::scoped_lock lock(mutex_);
  auto& slot = family(name, help, "gauge").gauges[render_labels(labels)];
  if (!slot) slot = std::make_unique<Gauge>();
  return *slot;
}

Histogram& MetricsRegistry::histogram(std::string_view name, std::string_view help,
                                      std::vector<double> bounds, std::vector<MetricLabel> labels) {
  const std::scoped_lock lock(mutex_);
  auto& slot = family(name, help, "histogram").histograms[render_labels(labels)];
  if (!slot) slot = std::make_unique<Histogram>(std::move(bounds));
  return *slot;
}

void MetricsRegistry::observe(std::string_view name, std::string_view help, std::function<double()> read) {
  const std::scoped_lock lock(mutex_);
  family(name, help, "gauge").read = std::move(read);
}

std::string MetricsRegistry::render() const {
  const std::scoped_lock lock(mutex_);
  std::string out;
  for (const auto& [name, family] : families_) {
    out.append("# HELP ").append(name).append(" ").append(family->help).append("\n");
    out.append("# TYPE ").append(name).append(" ").append(family->kind).append("\n");
    if (family->read) append_sample(out, name, "", render_number(family->read()));
    for (const auto& [labels, c] : family->counters)
      append_sample(out, name, labels, std::to_string(c->value()));
    for (const auto& [labels, g] : family->gauges)
      append_sample(out, name, labels, std::to_string(g->value()));
    for (const auto& [labels, h] : family->histograms) {
      std::uint64_t cumulative = 0;
      for (std::size_t i = 0; i < h->buckets_.size(); ++i) {
        cumulative += h->buckets_[i].load(std::memory_order_relaxed);
        const std::string bound = i < h->bounds_.size() ? render_number(h->bounds_[i]) : "+Inf";
        const std::string separator = labels.empty() ? "" : ",";
        append_sample(out, name + "_bucket", labels + separator + "le=\"" + bound + "\"",
                      std::to_string(cumulative));
      }
      append_sample(out, name + "_sum", labels, render_number(h->sum_.load(std::memory_order_relaxed)));
      append_sample(out, name + "_count", labels, std::to_string(cumulative));
    }
  }
  return out;
}

std::vector<double> duration_bounds() {
  return {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
}

}  // namespace kuramori
