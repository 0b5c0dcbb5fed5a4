#include "process_usage.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>

namespace kuramori::bench {
namespace {

struct Stat {
  pid_t parent = 0;
  std::uint64_t user_ticks = 0;
  std::uint64_t system_ticks = 0;
};

bool read_stat(pid_t pid, Stat& out) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  if (!std::getline(file, line)) return false;
  // The command's name may hold spaces and brackets: fields are counted from the last bracket.
  std::istringstream fields(line.substr(line.rfind(')') + 2));
  std::string state;
  std::string ignored;
  fields >> state >> out.parent;
  for (int field = 5; field <= 13; ++field) fields >> ignored;
  std::uint64_t user = 0;
  std::uint64_t system = 0;
  std::uint64_t children_user = 0;
  std::uint64_t children_system = 0;
  fields >> user >> system >> children_user >> children_system;
  out.user_ticks = user + children_user;
  out.system_ticks = system + children_system;
  return static_cast<bool>(fields);
}

std::uint64_t resident_bytes(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/smaps_rollup");
  std::string word;
  while (file >> word) {
    std::uint64_t kib = 0;
    if (word == "Pss:" && file >> kib) return kib * 1024;
  }
  return 0;
}

std::map<pid_t, Stat> all_processes() {
  std::map<pid_t, Stat> out;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error != std::errc{} || end != name.data() + name.size()) continue;
    Stat stat;
    if (read_stat(pid, stat)) out.emplace(pid, stat);
  }
  return out;
}

}  // namespace

ProcessUsage usage_of(std::span<const pid_t> roots) {
  ProcessUsage out;
  if (roots.empty()) return out;
  const std::map<pid_t, Stat> processes = all_processes();
  const double ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  std::vector<pid_t> tree;
  for (const pid_t root : roots) {
    if (!processes.contains(root)) throw std::runtime_error("no process " + std::to_string(root) + " runs");
    if (std::ranges::find(tree, root) == tree.end()) tree.push_back(root);
  }
  for (std::size_t index = 0; index < tree.size(); ++index) {
    const pid_t parent = tree[index];
    for (const auto& [pid, stat] : processes) {
      if (stat.parent == parent && std::ranges::find(tree, pid) == tree.end()) tree.push_back(pid);
    }
    const Stat& stat = processes.at(parent);
    out.user_seconds += static_cast<double>(stat.user_ticks) / ticks;
    out.system_seconds += static_cast<double>(stat.system_ticks) / ticks;
    out.resident_bytes += resident_bytes(parent);
  }
  return out;
}

}  // namespace kuramori::bench
