// docs/matrix.md against the router of a running server: neither promises what the other does not keep.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>

#include "app/service.hpp"

namespace kuramori::app {
namespace {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "kuramori-endpoints-XXXXXX").string();
    const char* made = ::mkdtemp(pattern.data());
    if (made != nullptr) path_ = made;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::string shape(const std::string& method, const std::string& path) {
  static const std::regex parameter("\\{[^}]*\\}");
  return method + " " + std::regex_replace(path, parameter, "{}");
}

struct TableRow {
  std::string endpoint;
  bool is_served = false;
};

std::vector<TableRow> read_table() {
  std::ifstream in(KURAMORI_ENDPOINT_TABLE);
  std::vector<TableRow> rows;
  const std::regex row("^\\| `([A-Z]+) ([^`]+)` \\| [^|]* \\| ([^|]*) \\|.*");
  std::smatch found;
  for (std::string line; std::getline(in, line);) {
    if (!std::regex_match(line, found, row)) continue;
    rows.push_back({.endpoint = shape(found[1], found[2]), .is_served = found[3] != "not yet"});
  }
  return rows;
}

TEST(EndpointTable, SaysWhatTheServerServes) {
  const TemporaryFolder folder;
  ASSERT_FALSE(folder.path().empty());
  Config config;
  config.server.name = "example.org";
  config.server.data_dir = folder.path();
  config.server.threads = 1;
  config.listener.port = 0;
  config.passwords.memory_kib = 64;
  const SystemClock clock;
  SystemRandom random;
  MetricsRegistry metrics;
  auto service = Service::start(config, {clock, random, metrics, Logger::silent()});
  ASSERT_TRUE(service) << service.error().to_log();

  std::set<std::string> served;
  for (const auto& [method, pattern] : (*service)->routes()) {
    served.insert(shape(std::string(net::to_string(method)), pattern));
  }
  const std::vector<TableRow> table = read_table();
  EXPECT_EQ(table.size(), 164u) << "the specification has 164 endpoints";
  for (const TableRow& row : table) {
    EXPECT_EQ(served.contains(row.endpoint), row.is_served)
        << row.endpoint << ": run scripts/matrix-table, or correct what it reads";
  }
}

}  // namespace
}  // namespace kuramori::app
