// Parked syncs: how much memory a waiting connection costs. The difference in proportional resident memory
// before and after all of them wait, divided by their number; kernel socket buffers are not part of it, on
// any server.

#include <sys/resource.h>

#include <memory>
#include <stdexcept>

#include "../batch.hpp"
#include "../http_client.hpp"
#include "../process_usage.hpp"
#include "../request.hpp"
#include "../world.hpp"
#include "scenarios.hpp"

namespace kuramori::bench {
namespace {

constexpr std::size_t kOpenedAtOnce = 50;

void allow_descriptors(std::size_t count) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const rlim_t wanted = count + 100;
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = wanted;
  if (limit.rlim_max < wanted) limit.rlim_max = wanted;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    throw std::runtime_error("this process may not open " + std::to_string(wanted) +
                             " descriptors: raise ulimit -n");
  }
}

}  // namespace

Report run_parked(const Subject& subject, std::size_t connections) {
  if (subject.pids.empty()) throw std::runtime_error("parked needs --pid: it measures the server's memory");
  allow_descriptors(connections);
  const Endpoint endpoint = resolve_endpoint(subject.url);
  const World world = load_world(subject.world_path);
  EventLoop loop;
  std::vector<std::string> since(world.users.size());
  Batch batch;
  batch.requests = world.users.size();
  batch.render = [&](std::size_t index) {
    return render_request(endpoint, {"GET", "/_matrix/client/v3/sync?timeout=0&set_presence=offline"},
                          world.users[index].token, {});
  };
  batch.accept = [&](std::size_t index, const Response& response) {
    since[index] = string_member(response.body, "next_batch");
  };
  run_batch(loop, endpoint, batch);
  const ProcessUsage before = usage_of(subject.pids);

  std::size_t left = 0;
  int last_status = 0;
  std::vector<std::unique_ptr<Connection>> parked;
  parked.reserve(connections);
  const Nanoseconds begin = now_ns();
  for (std::size_t index = 0; index < connections; ++index) {
    const std::size_t user = index % world.users.size();
    parked.push_back(std::make_unique<Connection>(loop, endpoint, [&](Connection&, const Response& response) {
      ++left;
      last_status = response.status;
    }));
    const std::string target =
        "/_matrix/client/v3/sync?timeout=600000&set_presence=offline&since=" + percent_encode(since[user]);
    parked.back()->request(render_request(endpoint, {"GET", target}, world.users[user].token, {}));
    // Not more at once than a listen queue holds, and TLS handshakes need their time.
    if (index % kOpenedAtOnce == 0) loop.run_for((endpoint.tls ? 100 : 5) * kMillisecond);
  }
  const double opening = to_seconds(now_ns() - begin);
  loop.run_for(from_seconds(subject.seconds));
  const ProcessUsage after = usage_of(subject.pids);

  if (left == connections) {
    throw std::runtime_error("no sync waited; the last was answered " + std::to_string(last_status));
  }
  const auto count = static_cast<double>(connections - left);
  const double grown = static_cast<double>(after.resident_bytes) - static_cast<double>(before.resident_bytes);
  Report report{.scenario = endpoint.tls ? "parked-tls" : "parked",
                .server = subject.server,
                .metrics = {},
                .latencies = {}};
  report.add("memory per connection", grown / count / 1024, "KiB");
  report.add("connections waiting", count, "");
  report.add("connections lost", static_cast<double>(left), "");
  if (left != 0) report.add("last status", last_status, "");
  report.add("memory before", static_cast<double>(before.resident_bytes) / 1048576, "MiB");
  report.add("memory after", static_cast<double>(after.resident_bytes) / 1048576, "MiB");
  report.add("opened in", opening, "s");
  return report;
}

}  // namespace kuramori::bench
