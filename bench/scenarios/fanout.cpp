// Fan-out: one person sends, a thousand wait in /sync. The next event leaves when the last has reached
// everybody, so each delivery is an answer of its own. Every receiver checks that it gets each event exactly
// once and in order.

#include <charconv>
#include <cstdio>
#include <memory>
#include <optional>
#include <stdexcept>

#include "../batch.hpp"
#include "../http_client.hpp"
#include "../process_usage.hpp"
#include "../request.hpp"
#include "../world.hpp"
#include "scenarios.hpp"

namespace kuramori::bench {
namespace {

constexpr Nanoseconds kDeliveryPatience = 60 * kSecond;

// A long number may look like that of a payment card, which a policy refuses.
std::string in_letters(Nanoseconds number) {
  std::string text;
  for (; number > 0; number /= 26) text.push_back(static_cast<char>('a' + number % 26));
  return text;
}

class Fanout {
 public:
  Fanout(EventLoop& loop, const Endpoint& endpoint, const World& world, std::size_t receivers)
      : loop_(loop),
        endpoint_(endpoint),
        world_(world),
        marker_("fan" + in_letters(now_ns()) + "-"),
        target_("/_matrix/client/v3/rooms/" + percent_encode(world.rooms[0]) + "/send/m.room.message/" +
                marker_),
        receivers_(receivers),
        sender_(loop, endpoint, [this](Connection&, const Response& response) { sent(response); }) {}

  void park() {
    Batch batch;
    batch.requests = receivers_.size();
    batch.render = [&](std::size_t index) {
      return render_request(endpoint_, {"GET", "/_matrix/client/v3/sync?timeout=0&set_presence=offline"},
                            world_.users[index + 1].token, {});
    };
    batch.accept = [&](std::size_t index, const Response& response) {
      receivers_[index].since = string_member(response.body, "next_batch");
    };
    run_batch(loop_, endpoint_, batch);
    for (std::size_t index = 0; index < receivers_.size(); ++index) {
      receivers_[index].connection = std::make_unique<Connection>(
          loop_, endpoint_,
          [this, index](Connection&, const Response& response) { received(index, response); });
      wait_for_news(index);
      if (index % 100 == 99) loop_.run_for(10 * kMillisecond);
    }
    loop_.run_for(kSecond);
  }

  // Sends events one after the other for `span`, and waits until the last has reached everybody.
  void send_for(Nanoseconds span) {
    const Nanoseconds end = now_ns() + span;
    while (now_ns() < end) {
      send_next();
      const Nanoseconds patience = now_ns() + kDeliveryPatience;
      while (!everybody_has_it() && now_ns() < patience && failure_.empty()) loop_.wait(kSecond / 10);
      if (!failure_.empty()) throw std::runtime_error(failure_);
      if (!everybody_has_it()) throw std::runtime_error("an event did not reach everybody within 60 s");
    }
  }

  void forget_samples() {
    deliveries_ = 0;
    answers_ = 0;
    latency_ = Histogram{};
  }
  std::size_t deliveries() const { return deliveries_; }
  std::size_t answers() const { return answers_; }
  const Histogram& latency() const { return latency_; }

 private:
  struct Receiver {
    std::string since;
    std::size_t next = 0;
    std::unique_ptr<Connection> connection;
  };

  bool everybody_has_it() const { return acknowledged_ && complete_ == receivers_.size(); }

  void send_next() {
    complete_ = 0;
    acknowledged_ = false;
    const std::string number = std::to_string(sent_++);
    sent_at_ = now_ns();
    sender_.request(render_request(endpoint_, {"PUT", target_ + number}, world_.users[0].token,
                                   R"({"msgtype":"m.text","body":")" + marker_ + number + R"("})"));
  }

  void sent(const Response& response) {
    if (response.status == 200) {
      acknowledged_ = true;
    } else {
      failure_ = "a send was answered " + std::to_string(response.status) + ": " + std::string(response.body);
    }
  }

  void wait_for_news(std::size_t index) {
    Receiver& receiver = receivers_[index];
    const std::string target =
        "/_matrix/client/v3/sync?timeout=120000&set_presence=offline&since=" + percent_encode(receiver.since);
    receiver.connection->request(
        render_request(endpoint_, {"GET", target}, world_.users[index + 1].token, {}));
  }

  void received(std::size_t index, const Response& response) {
    Receiver& receiver = receivers_[index];
    if (response.status != 200) {
      failure_ = "a waiting sync was answered " + std::to_string(response.status) + ": " +
                 std::string(response.body.substr(0, 200));
      return;
    }
    ++answers_;
    const std::string_view body = response.body;
    // The marker stands in the event's content only: the transaction id, which bears it too, goes to the
    // sender alone.
    for (std::size_t at = body.find(marker_); at != std::string_view::npos; at = body.find(marker_, at + 1)) {
      std::size_t number = 0;
      const char* digits = body.data() + at + marker_.size();
      std::from_chars(digits, body.data() + body.size(), number);
      if (number != receiver.next) {
        failure_ = "receiver " + std::to_string(index) + " got event " + std::to_string(number) +
                   " instead of " + std::to_string(receiver.next);
        return;
      }
      ++receiver.next;
      ++deliveries_;
      latency_.record(now_ns() - sent_at_);
      if (receiver.next == sent_) ++complete_;
    }
    receiver.since = string_member(body, "next_batch");
    wait_for_news(index);
  }

  EventLoop& loop_;
  const Endpoint& endpoint_;
  const World& world_;
  std::string marker_;
  std::string target_;
  std::vector<Receiver> receivers_;
  Connection sender_;
  std::size_t sent_ = 0;
  std::size_t complete_ = 0;
  std::size_t deliveries_ = 0;
  std::size_t answers_ = 0;
  Nanoseconds sent_at_ = 0;
  bool acknowledged_ = false;
  std::string failure_;
  Histogram latency_;
};

}  // namespace

Report run_fanout(const Subject& subject, std::size_t receivers) {
  const Endpoint endpoint = resolve_endpoint(subject.url);
  const World world = load_world(subject.world_path);
  if (world.users.size() < receivers + 1) {
    throw std::runtime_error("the world has too few users: make one with --users " +
                             std::to_string(receivers + 1));
  }
  EventLoop loop;
  Fanout fanout(loop, endpoint, world, receivers);
  fanout.park();
  fanout.send_for(from_seconds(subject.warmup_seconds));
  fanout.forget_samples();
  const double cpu_before = usage_of(subject.pids).cpu_seconds();
  const Nanoseconds begin = now_ns();
  fanout.send_for(from_seconds(subject.seconds));
  const double seconds = to_seconds(now_ns() - begin);
  const double cpu = usage_of(subject.pids).cpu_seconds() - cpu_before;

  const auto deliveries = static_cast<double>(fanout.deliveries());
  Report report{.scenario = "fanout", .server = subject.server, .metrics = {}, .latencies = {}};
  report.add("deliveries", deliveries / seconds, "1/s");
  if (cpu > 0) {
    report.add("deliveries per CPU second", deliveries / cpu, "1/s");
    report.add("delivery CPU each", cpu / deliveries * 1e6, "us");
    report.add("server CPU used", 100 * cpu / seconds, "%");
  }
  report.add("deliveries checked", deliveries, "");
  report.add("answers without an event", static_cast<double>(fanout.answers()) - deliveries, "");
  report.latencies.push_back({"delivery", fanout.latency()});
  return report;
}

}  // namespace kuramori::bench
