// Incremental sync: a person who is in all rooms of the world asks what is new; one message was sent to one
// of the rooms since the last answer, each time to another.

#include <stdexcept>

#include "../batch.hpp"
#include "../process_usage.hpp"
#include "../request.hpp"
#include "../world.hpp"
#include "scenarios.hpp"

namespace kuramori::bench {

Report run_incremental_sync(const Subject& subject, std::size_t syncs) {
  constexpr std::size_t kWarmups = 5;
  const Endpoint endpoint = resolve_endpoint(subject.url);
  const World world = load_world(subject.world_path);
  const User& reader = world.users[0];
  const User& sender = world.users[1 % world.users.size()];
  const std::string run = std::to_string(now_ns());
  EventLoop loop;
  Histogram latency;
  Nanoseconds started = 0;
  std::size_t bytes = 0;
  double cpu_before = 0;
  std::string since;
  Batch batch;
  batch.connections = 1;
  // The first answer brings everything; then a message and an answer in turn.
  batch.requests = 2 * (syncs + kWarmups) + 1;
  batch.render = [&](std::size_t index) {
    std::string request;
    if (index == 2 * kWarmups + 1) cpu_before = usage_of(subject.pids).cpu_seconds();
    if (index % 2 == 1) {
      const std::string& room = world.rooms[(index * 7919) % world.rooms.size()];
      const std::string target = "/_matrix/client/v3/rooms/" + percent_encode(room) +
                                 "/send/m.room.message/" + run + "-" + std::to_string(index);
      request =
          render_request(endpoint, {"PUT", target}, sender.token, R"({"msgtype":"m.text","body":"news"})");
    } else {
      std::string target = "/_matrix/client/v3/sync?timeout=0&set_presence=offline";
      if (!since.empty()) target += "&since=" + percent_encode(since);
      request = render_request(endpoint, {"GET", target}, reader.token, {});
    }
    started = now_ns();
    return request;
  };
  batch.accept = [&](std::size_t index, const Response& response) {
    if (index % 2 == 1) return;
    const bool counts = index > 2 * kWarmups;
    if (counts) {
      latency.record(now_ns() - started);
      bytes += response.body.size();
    }
    if (index > 0 && response.body.find("\"body\":\"news\"") == std::string_view::npos)
      throw std::runtime_error("an answer lacks the message that was sent before it was asked for");
    since = string_member(response.body, "next_batch");
  };
  run_batch(loop, endpoint, batch);
  const double cpu = usage_of(subject.pids).cpu_seconds() - cpu_before;

  Report report{.scenario = "incremental-sync", .server = subject.server, .metrics = {}, .latencies = {}};
  report.add("answer", static_cast<double>(bytes) / static_cast<double>(syncs) / 1024, "KiB");
  if (cpu > 0) report.add("message and sync CPU", cpu / static_cast<double>(syncs) * 1e3, "ms");
  report.add("rooms", static_cast<double>(world.rooms.size()), "");
  report.latencies.push_back({"incremental sync", latency});
  return report;
}

}  // namespace kuramori::bench
