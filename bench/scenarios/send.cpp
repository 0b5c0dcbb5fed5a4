// Durable sends: closed loops of several widths find the peak, then an open loop at a share of it measures
// latency.

#include <algorithm>
#include <cstdio>

#include "../paced_load.hpp"
#include "../request.hpp"
#include "../world.hpp"
#include "scenarios.hpp"

namespace kuramori::bench {
namespace {

constexpr std::size_t kSendConnections = 512;

// Every pair of sender and room with the parts of its request that never change.
class Requests {
 public:
  Requests(const Endpoint& endpoint, const World& world)
      : endpoint_(endpoint), world_(world), run_(std::to_string(now_ns())) {
    for (const std::string& room : world.rooms) {
      targets_.push_back("/_matrix/client/v3/rooms/" + percent_encode(room) + "/send/m.room.message/" + run_ +
                         "-");
    }
  }

  std::string next() {
    const std::size_t number = sent_++;
    const std::size_t room = number % targets_.size();
    // Another sender on each lap, so that all pairs of sender and room come up.
    const std::size_t user = (number / targets_.size() + room) % world_.users.size();
    const std::string text = std::to_string(number);
    const std::string body =
        R"({"msgtype":"m.text","body":"The quarterly figures are in the shared folder, please look at page )" +
        text + R"("})";
    return render_request(endpoint_, {"PUT", targets_[room] + text}, world_.users[user].token, body);
  }

 private:
  const Endpoint& endpoint_;
  const World& world_;
  std::string run_;
  std::vector<std::string> targets_;
  std::size_t sent_ = 0;
};

double rate_of(const Outcome& outcome) {
  return static_cast<double>(outcome.acknowledged) / std::max(outcome.seconds, 1e-9);
}

void add_cpu(Report& report, const std::string& name, const Outcome& outcome) {
  const auto count = static_cast<double>(outcome.acknowledged);
  if (outcome.cpu_seconds > 0 && count > 0) {
    report.add(name + " per CPU second", count / outcome.cpu_seconds, "1/s");
    report.add(name + " CPU each", outcome.cpu_seconds / count * 1e6, "us");
    report.add(name + " server CPU used", 100 * outcome.cpu_seconds / outcome.seconds, "%");
  }
  report.add(name + " generator CPU used", 100 * outcome.generator_cpu_seconds / outcome.seconds, "%");
}

}  // namespace

Report run_send(const Subject& subject, const SendOptions& options) {
  const Endpoint endpoint = resolve_endpoint(subject.url);
  const World world = load_world(subject.world_path);
  Requests requests(endpoint, world);
  Report report{.scenario = "send", .server = subject.server, .metrics = {}, .latencies = {}};
  Pace pace{.connections = 1,
            .rate = 0,
            .count_max = options.count,
            .warmup = from_seconds(subject.warmup_seconds),
            .measured = from_seconds(subject.seconds)};
  const Load load{.render = [&](std::size_t) { return requests.next(); }};
  std::size_t refused = 0;
  const auto run = [&] {
    EventLoop loop;
    Outcome outcome = run_load(loop, endpoint, load, pace, subject.pids);
    refused += outcome.refused;
    return outcome;
  };

  double rate = options.rate;
  if (rate == 0) {
    Outcome best;
    std::size_t best_connections = 0;
    for (const std::size_t connections : options.connections) {
      pace.connections = connections;
      Outcome outcome = run();
      std::fprintf(stderr, "  %zu connections: %.0f sends/s\n", connections, rate_of(outcome));
      if (rate_of(outcome) > rate_of(best)) {
        best = std::move(outcome);
        best_connections = connections;
      }
    }
    report.add("peak", rate_of(best), "sends/s");
    add_cpu(report, "peak", best);
    report.add("peak connections", static_cast<double>(best_connections), "");
    report.latencies.push_back({"peak", best.latency});
    rate = rate_of(best) * options.load;
  }
  if (options.count == 0 && rate > 0) {
    pace.connections = kSendConnections;
    pace.rate = rate;
    const Outcome outcome = run();
    report.add("load offered", rate, "sends/s");
    report.add("load served", rate_of(outcome), "sends/s");
    add_cpu(report, "load", outcome);
    report.latencies.push_back({"load", outcome.latency});
  }
  report.add("refused", static_cast<double>(refused), "");
  return report;
}

}  // namespace kuramori::bench
