#include "paced_load.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <memory>
#include <stdexcept>

#include "http_client.hpp"
#include "process_usage.hpp"

namespace kuramori::bench {
namespace {

constexpr Nanoseconds kLastAnswerPatience = 30 * kSecond;

double own_cpu_seconds() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return to_seconds(used.tv_sec * kSecond + used.tv_nsec);
}

class Sender {
 public:
  Sender(EventLoop& loop, const Endpoint& endpoint, const Load& load, const Pace& pace)
      : loop_(loop), load_(load), pace_(pace), numbers_(pace.connections, 0), due_(pace.connections, 0) {
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
    numbers_[slot] = scheduled_++;
    due_[slot] = due;
    connections_[slot]->request(load_.render(numbers_[slot]));
  }

  void answered(std::size_t slot, const Response& response) {
    const Nanoseconds now = now_ns();
    ++answered_;
    const bool good = response.status == 200;
    if (!good && outcome_.refused++ == 0) {
      std::fprintf(stderr, "  a request was answered %d: %.*s\n", response.status,
                   static_cast<int>(std::min<std::size_t>(response.body.size(), 200)), response.body.data());
    }
    if (good && counting_) ++outcome_.acknowledged;
    // Open loop: what was due within the measured time counts, however late its answer is.
    const bool sampled = open_loop() ? due_[slot] >= measured_from_ : counting_;
    if (good && sampled) outcome_.latency.record(now - due_[slot]);
    if (good && load_.accept) load_.accept(numbers_[slot], response);
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
    throw std::runtime_error("requests were not answered within 30 s after the last was started");
  }

  EventLoop& loop_;
  const Load& load_;
  Pace pace_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<std::size_t> idle_;
  std::vector<std::size_t> numbers_;
  std::vector<Nanoseconds> due_;
  Nanoseconds begin_ = 0;
  Nanoseconds measured_from_ = 0;
  Nanoseconds end_ = 0;
  std::size_t scheduled_ = 0;
  std::size_t answered_ = 0;
  bool counting_ = false;
  Outcome outcome_;
};

}  // namespace

Outcome run_load(EventLoop& loop, const Endpoint& endpoint, const Load& load, const Pace& pace,
                 const std::vector<pid_t>& pids) {
  return Sender(loop, endpoint, load, pace).run(pids);
}

}  // namespace kuramori::bench
