// Joins of a large room: newcomers enter one after the other. What a join costs must not grow with those who
// are there already.

#include <stdexcept>

#include "../batch.hpp"
#include "../process_usage.hpp"
#include "../request.hpp"
#include "../world.hpp"
#include "scenarios.hpp"

namespace kuramori::bench {

Report run_join(const Subject& subject, std::size_t joins) {
  const Endpoint endpoint = resolve_endpoint(subject.url);
  const World world = load_world(subject.world_path);
  EventLoop loop;
  const std::vector<User> newcomers =
      register_users(loop, endpoint, {.rooms = 0, .users = joins, .connections = 8});
  const std::string target = "/_matrix/client/v3/join/" + percent_encode(world.rooms[0]);

  Histogram latency;
  Nanoseconds started = 0;
  Batch batch;
  batch.requests = newcomers.size();
  batch.connections = 1;
  batch.render = [&](std::size_t index) {
    std::string request = render_request(endpoint, {"POST", target}, newcomers[index].token, "{}");
    started = now_ns();
    return request;
  };
  batch.accept = [&](std::size_t, const Response& response) {
    latency.record(now_ns() - started);
    if (string_member(response.body, "room_id") != world.rooms[0])
      throw std::runtime_error("a join named no room");
  };
  const double cpu_before = usage_of(subject.pids).cpu_seconds();
  run_batch(loop, endpoint, batch);
  const double cpu = usage_of(subject.pids).cpu_seconds() - cpu_before;

  Report report{.scenario = "join", .server = subject.server, .metrics = {}, .latencies = {}};
  report.add("members before", static_cast<double>(world.users.size()), "");
  if (cpu > 0) report.add("join CPU each", cpu / static_cast<double>(joins) * 1e3, "ms");
  report.latencies.push_back({"join", latency});
  return report;
}

}  // namespace kuramori::bench
