#include "chart.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "report.hpp"

namespace kuramori::bench {
namespace {

constexpr int kWidth = 860;
constexpr int kBarsFrom = 250;
constexpr int kBarsWidth = 480;
constexpr int kBarHeight = 22;
constexpr int kGroupGap = 26;
constexpr std::array<std::string_view, 4> kColours{"#1f6f6b", "#b9703a", "#58508d", "#7a7a7a"};

std::string text_at(int x, int y, std::string_view text, std::string_view attributes) {
  return "<text x=\"" + std::to_string(x) + "\" y=\"" + std::to_string(y) + "\" " + std::string(attributes) +
         ">" + std::string(text) + "</text>\n";
}

std::string bar_at(int y, int width, std::string_view colour) {
  return "<rect x=\"" + std::to_string(kBarsFrom) + "\" y=\"" + std::to_string(y) + "\" width=\"" +
         std::to_string(width) + "\" height=\"" + std::to_string(kBarHeight - 4) + "\" rx=\"2\" fill=\"" +
         std::string(colour) + "\"/>\n";
}

}  // namespace

std::string render_chart(const Summary& summary) {
  std::string bars;
  int y = 64;
  for (const SummaryRow& row : summary.rows) {
    if (!row.metric.ends_with("per CPU second")) continue;
    const double most = *std::ranges::max_element(row.medians);
    // Every group has its own scale that begins at one thousandth of its longest bar.
    bars += text_at(16, y + 14, row.scenario + ": " + row.metric.substr(0, row.metric.find(" per CPU")),
                    "font-weight=\"600\"");
    for (std::size_t index = 0; index < summary.servers.size(); ++index) {
      const double value = row.medians[index];
      if (value <= 0) continue;
      const double share = std::clamp(1.0 + std::log10(value / most) / 3.0, 0.004, 1.0);
      const int width = static_cast<int>(std::lround(share * kBarsWidth));
      bars += bar_at(y, width, kColours[index % kColours.size()]);
      bars += text_at(kBarsFrom + width + 8, y + 14, format_number(value), "");
      y += kBarHeight;
    }
    y += kGroupGap;
  }
  std::string out =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + std::to_string(kWidth) + " " +
      std::to_string(y) + "\" font-family=\"sans-serif\" font-size=\"13\" fill=\"#222\">\n" +
      "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n" +
      text_at(16, 26, "Operations per CPU second, database included (logarithmic, more is better)",
              "font-size=\"15\" font-weight=\"600\"");
  int x = 16;
  for (std::size_t index = 0; index < summary.servers.size(); ++index) {
    out += "<rect x=\"" + std::to_string(x) + "\" y=\"38\" width=\"12\" height=\"12\" fill=\"" +
           std::string(kColours[index % kColours.size()]) + "\"/>\n" +
           text_at(x + 18, 49, summary.servers[index], "");
    x += 140;
  }
  return out + bars + "</svg>\n";
}

}  // namespace kuramori::bench
