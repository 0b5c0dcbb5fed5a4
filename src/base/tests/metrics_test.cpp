#include "base/metrics.hpp"

#include <gtest/gtest.h>

namespace kuramori {
namespace {

TEST(Metrics, RenderInThePrometheusTextFormat) {
  MetricsRegistry registry;
  registry.counter("kuramori_test_things_total", "Things.", {{"kind", "a\"b"}}).add(3);
  registry.gauge("kuramori_test_level", "Level.").set(-4);
  auto& histogram = registry.histogram("kuramori_test_seconds", "Time.", {0.5, 1});
  histogram.observe(0.25);
  histogram.observe(4);
  registry.observe("kuramori_test_read", "Read.", [] { return 1.5; });
  EXPECT_EQ(registry.render(),
            "# HELP kuramori_test_level Level.\n# TYPE kuramori_test_level gauge\nkuramori_test_level -4\n"
            "# HELP kuramori_test_read Read.\n# TYPE kuramori_test_read gauge\nkuramori_test_read 1.5\n"
            "# HELP kuramori_test_seconds Time.\n# TYPE kuramori_test_seconds histogram\n"
            "kuramori_test_seconds_bucket{le=\"0.5\"} 1\nkuramori_test_seconds_bucket{le=\"1\"} 1\n"
            "kuramori_test_seconds_bucket{le=\"+Inf\"} 2\nkuramori_test_seconds_sum 4.25\n"
            "kuramori_test_seconds_count 2\n"
            "# HELP kuramori_test_things_total Things.\n# TYPE kuramori_test_things_total counter\n"
            "kuramori_test_things_total{kind=\"a\\\"b\"} 3\n");
}

TEST(Metrics, TheSameNameAndLabelsGiveTheSameInstrument) {
  MetricsRegistry registry;
  registry.counter("kuramori_test_x_total", "X.").add();
  EXPECT_EQ(registry.counter("kuramori_test_x_total", "X.").value(), 1u);
}

}  // namespace
}  // namespace kuramori
