#include "summary.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <tuple>

#include "report.hpp"

namespace kuramori::bench {
namespace {

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::vector<std::filesystem::path> reports_in(const std::string& folder) {
  std::vector<std::filesystem::path> out;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".json" && entry.path().filename() != "summary.json")
      out.push_back(entry.path());
  }
  std::ranges::sort(out);
  return out;
}

}  // namespace

Summary summarise(const std::string& folder) {
  struct Line {
    std::string unit;
    std::map<std::string, std::vector<double>> values;  // by server
  };
  // In the order of the reports, whose names begin with the scenario's.
  std::vector<std::pair<std::string, std::string>> order;
  std::map<std::pair<std::string, std::string>, Line> lines;
  Summary summary;
  for (const auto& path : reports_in(folder)) {
    std::ifstream file(path);
    const boost::json::value report =
        boost::json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
    const std::string scenario(report.at("scenario").as_string());
    const std::string server(report.at("server").as_string());
    if (std::ranges::find(summary.servers, server) == summary.servers.end())
      summary.servers.push_back(server);
    for (const auto& metric : report.at("metrics").as_array()) {
      const std::pair key(scenario, std::string(metric.at("name").as_string()));
      if (!lines.contains(key)) order.push_back(key);
      Line& line = lines[key];
      line.unit = metric.at("unit").as_string();
      line.values[server].push_back(metric.at("value").to_number<double>());
    }
  }
  if (order.empty()) throw std::runtime_error("no reports in " + folder);
  std::ranges::sort(summary.servers);
  for (const auto& key : order) {
    const Line& line = lines.at(key);
    SummaryRow row{key.first, key.second, line.unit, {}, {}};
    for (const std::string& server : summary.servers) {
      const auto found = line.values.find(server);
      row.medians.push_back(found == line.values.end() ? -1.0 : median(found->second));
      row.rounds.push_back(found == line.values.end() ? 0 : found->second.size());
    }
    summary.rows.push_back(std::move(row));
  }
  return summary;
}

std::string render_markdown(const Summary& summary) {
  std::string out = "| scenario | figure |";
  std::string rule = "|---|---|";
  for (const std::string& server : summary.servers) {
    out += " " + server + " |";
    rule += "---:|";
  }
  out += " unit |\n" + rule + "---|\n";
  for (const SummaryRow& row : summary.rows) {
    out += "| " + row.scenario + " | " + row.metric + " |";
    for (const double value : row.medians) out += " " + (value < 0 ? "–" : format_number(value)) + " |";
    out += " " + row.unit + " |\n";
  }
  return out;
}

std::string render_json(const Summary& summary) {
  boost::json::array rows;
  for (const SummaryRow& row : summary.rows) {
    boost::json::object entry{{"scenario", row.scenario}, {"metric", row.metric}, {"unit", row.unit}};
    for (std::size_t index = 0; index < summary.servers.size(); ++index) {
      if (row.rounds[index] == 0) continue;
      entry[summary.servers[index]] = {{"median", row.medians[index]}, {"rounds", row.rounds[index]}};
    }
    rows.push_back(std::move(entry));
  }
  return boost::json::serialize(rows) + "\n";
}

}  // namespace kuramori::bench
