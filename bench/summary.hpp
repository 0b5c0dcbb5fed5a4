#pragma once
// Many reports of several servers and rounds, reduced to one table of medians.

#include <string>
#include <vector>

namespace kuramori::bench {

struct SummaryRow {
  std::string scenario;
  std::string metric;
  std::string unit;
  std::vector<double> medians;  // one for each server of the summary; negative: not measured
  std::vector<std::size_t> rounds;
};

struct Summary {
  std::vector<std::string> servers;
  std::vector<SummaryRow> rows;
};

// Reads every *.json of the folder that a scenario wrote.
Summary summarise(const std::string& folder);

std::string render_markdown(const Summary& summary);
std::string render_json(const Summary& summary);

}  // namespace kuramori::bench
