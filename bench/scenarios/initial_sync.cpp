// Initial sync: people who were away for good log in, one after the other or several at once, and fetch
// everything. Each person is asked for once: a server may keep the answer of a repeated request, which
// nobody's first login gains from.

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "../batch.hpp"
#include "../process_usage.hpp"
#include "../request.hpp"
#include "../world.hpp"
#include "scenarios.hpp"

namespace kuramori::bench {
namespace {

// {"room":{"timeline":{"limit":10}}}: the same window for every server.
constexpr std::string_view kTarget =
    "/_matrix/client/v3/sync?timeout=0&set_presence=offline&filter="
    "%7B%22room%22%3A%7B%22timeline%22%3A%7B%22limit%22%3A10%7D%7D%7D";

}  // namespace

Report run_initial_sync(const Subject& subject, std::size_t syncs, std::size_t at_once) {
  const Endpoint endpoint = resolve_endpoint(subject.url);
  const World world = load_world(subject.world_path);
  const std::size_t warmups = std::min<std::size_t>(2, world.users.size() / 2);
  syncs = std::min(syncs, world.users.size() - warmups);
  EventLoop loop;
  Histogram latency;
  std::size_t bytes = 0;
  std::vector<Nanoseconds> started;
  std::size_t first = 0;
  Batch batch;
  batch.render = [&](std::size_t index) {
    std::string request = render_request(endpoint, {"GET", kTarget}, world.users[first + index].token, {});
    started[index] = now_ns();
    return request;
  };
  batch.accept = [&](std::size_t index, const Response& response) {
    latency.record(now_ns() - started[index]);
    bytes += response.body.size();
    const bool whole = std::ranges::all_of(world.rooms, [&](const std::string& room) {
      return response.body.find(room) != std::string_view::npos;
    });
    if (!whole) throw std::runtime_error("an initial sync lacks a room");
  };

  started.resize(std::max(syncs, warmups));
  batch.connections = 1;
  batch.requests = warmups;
  run_batch(loop, endpoint, batch);
  latency = Histogram{};
  bytes = 0;
  first = warmups;
  batch.connections = at_once;
  batch.requests = syncs;
  const double cpu_before = usage_of(subject.pids).cpu_seconds();
  const Nanoseconds begin = now_ns();
  run_batch(loop, endpoint, batch);
  const double seconds = to_seconds(now_ns() - begin);
  const double cpu = usage_of(subject.pids).cpu_seconds() - cpu_before;

  const auto count = static_cast<double>(syncs);
  Report report{.scenario = "initial-sync", .server = subject.server, .metrics = {}, .latencies = {}};
  report.add("initial syncs", count / seconds, "1/s");
  if (cpu > 0) {
    report.add("initial syncs per CPU second", count / cpu, "1/s");
    report.add("initial sync CPU each", cpu / count * 1e3, "ms");
  }
  report.add("people", count, "");
  report.add("at once", static_cast<double>(at_once), "");
  report.add("answer", static_cast<double>(bytes) / count / 1024, "KiB");
  report.add("rooms", static_cast<double>(world.rooms.size()), "");
  report.add("members in each", static_cast<double>(world.users.size()), "");
  report.latencies.push_back({"initial sync", latency});
  return report;
}

}  // namespace kuramori::bench
