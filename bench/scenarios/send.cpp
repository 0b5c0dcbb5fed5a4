// Durable sends. Closed loop: each connection sends its next event when the last was acknowledged, which
// finds the peak. Open loop: events are due at fixed moments whatever the server does, and latency counts
// from the moment an event was due, so that a stall is seen by every event it delayed.

#include <algorithm>
#include <cstdio>
#include <memory>
#include <stdexcept>

#include "../http_client.hpp"
#include "../process_usage.hpp"
#include "../request.hpp"
#include "../world.hpp"
#include "scenarios.hpp"

namespace kuramori::bench {
namespace {

constexpr std::size_t kOpenLoopConnections = 512;
constexpr Nanoseconds kLastAnswerPatience = 30 * kSecond;

struct Pace {
  std::size_t connections = 1;
  double rate = 0;  // 0: closed loop
  std::size_t count_max = 0;
  Nanoseconds warmup = 0;
  Nanoseconds measured = 0;
};

struct Outcome {
  std::size_t acknowledged = 0;
  std::size_t refused = 0;
  double seconds = 0;
  double cpu_seconds = 0;
  double generator_cpu_seconds = 0;
  Histogram latency;
};

double own_cpu_seconds() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return to_seconds(used.tv_sec * kSecond + used.tv_nsec);
}

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

class Sender {
 public:
  Sender(EventLoop& loop, const Endpoint& endpoint, Requests& requests, const Pace& pace)
      : loop_(loop), requests_(requests), pace_(pace), due_(pace.connections, 0) {
    for (std::size_t slot = 0; slot < pace.connections; ++slot) {
      connections_.push_back(std::make_unique<Connection>(
          loop, endpoint, [this, slot](Connection&, const Response& response) { answered(slot, response); }));
      idle_.push_back(slot);
    }
  }

  Outcome run(const std::vector<pid_t>& pids) {
    begin_ = now_ns();
    measured_from_ = begin_ + pace_.warmup;
    end_ = measured_from_ + pace_.measured;
    dispatch(begin_);
    while (now_ns() < measured_from_ && !finished()) step(measured_from_);
    const double cpu_before = usage_of(pids).cpu_seconds();
    const double own_before = own_cpu_seconds();
    const Nanoseconds counted_from = now_ns();
    counting_ = true;
    while (now_ns() < end_ && !finished()) step(end_);
    counting_ = false;
    const Nanoseconds counted_to = now_ns();
    outcome_.generator_cpu_seconds = own_cpu_seconds() - own_before;
    outcome_.cpu_seconds = usage_of(pids).cpu_seconds() - cpu_before;
    outcome_.seconds = to_seconds(counted_to - counted_from);
    await_the_rest();
    return std::move(outcome_);
  }

 private:
  bool open_loop() const { return pace_.rate > 0; }
  bool finished() const { return pace_.count_max != 0 && answered_ >= pace_.count_max; }
  Nanoseconds due_at(std::size_t number) const {
    return begin_ + static_cast<Nanoseconds>(static_cast<double>(number) * 1e9 / pace_.rate);
  }

  void step(Nanoseconds until) {
    Nanoseconds wake = until;
    if (open_loop() && !idle_.empty()) wake = std::min(wake, due_at(scheduled_));
    loop_.wait(std::max<Nanoseconds>(0, wake - now_ns()));
    dispatch(now_ns());
  }

  // Starts what is due on connections that are free. In a closed loop everything is due at once.
  void dispatch(Nanoseconds now) {
    while (!idle_.empty() && (pace_.count_max == 0 || scheduled_ < pace_.count_max)) {
      const Nanoseconds due = open_loop() ? due_at(scheduled_) : now;
      if (due > now || due >= end_) return;
      const std::size_t slot = idle_.back();
      idle_.pop_back();
      start(slot, due);
    }
  }

  void start(std::size_t slot, Nanoseconds due) {
    ++scheduled_;
    due_[slot] = due;
    connections_[slot]->request(requests_.next());
  }

  void answered(std::size_t slot, const Response& response) {
    const Nanoseconds now = now_ns();
    ++answered_;
    const bool good = response.status == 200;
    if (!good && outcome_.refused++ == 0) {
      std::fprintf(stderr, "  a send was answered %d: %.*s\n", response.status,
                   static_cast<int>(std::min<std::size_t>(response.body.size(), 200)), response.body.data());
    }
    if (good && counting_) ++outcome_.acknowledged;
    // Open loop: what was due within the measured time counts, however late its answer is.
    const bool sampled = open_loop() ? due_[slot] >= measured_from_ : counting_;
    if (good && sampled) outcome_.latency.record(now - due_[slot]);
    const bool more = pace_.count_max == 0 || scheduled_ < pace_.count_max;
    if (!open_loop() && good && more && now < end_) {
      start(slot, now);
    } else {
      idle_.push_back(slot);
    }
  }

  void await_the_rest() {
    const Nanoseconds patience = now_ns() + kLastAnswerPatience;
    while (now_ns() < patience) {
      if (open_loop()) dispatch(now_ns());
      if (idle_.size() == connections_.size()) return;
      loop_.wait(kSecond / 10);
    }
    throw std::runtime_error("sends were not answered within 30 s after the last was started");
  }

  EventLoop& loop_;
  Requests& requests_;
  Pace pace_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<std::size_t> idle_;
  std::vector<Nanoseconds> due_;
  Nanoseconds begin_ = 0;
  Nanoseconds measured_from_ = 0;
  Nanoseconds end_ = 0;
  std::size_t scheduled_ = 0;
  std::size_t answered_ = 0;
  bool counting_ = false;
  Outcome outcome_;
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
  std::size_t refused = 0;
  const auto run = [&] {
    EventLoop loop;
    Outcome outcome = Sender(loop, endpoint, requests, pace).run(subject.pids);
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
    pace.connections = kOpenLoopConnections;
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
