// Hears from the gate of acts that rules want told, and tells people on a thread of its own.
//
//   Teller teller(ports, {});
//   gate.provide({.witness = &teller});
//   teller.start();  …  teller.stop();   // tells what is left
#pragma once
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "base/logging.hpp"
#include "base/metrics.hpp"
#include "notices/gathering.hpp"
#include "notices/ports.hpp"

namespace kuramori::notices {

class Teller final : public gate::Witness {
 public:
  static constexpr std::size_t kQueueMax = 10'000;
  struct Options {
    Milliseconds every = std::chrono::seconds(60);  // at most one notice of a rule to a person
  };
  struct Ports {
    House& house;
    Messenger& messenger;
    const Clock& clock;
    MetricsRegistry& metrics;
    Logger log;
  };
  Teller(Ports ports, Options options);
  ~Teller() override;

  void happened(gate::Occurrence occurrence) override;

  void start();
  void stop();
  // What came since, and what is due; on the calling thread.
  void step();

 private:
  void gather(const std::deque<gate::Occurrence>& occurrences);
  void gather_one(const gate::Occurrence& occurrence, std::optional<std::vector<UserId>>& officers);
  void add(Heading heading, const gate::Occurrence& occurrence);
  void tell(const std::vector<Notice>& notices);
  void run(const std::stop_token& stop);
  std::deque<gate::Occurrence> take_queue();

  const Ports ports_;
  Gathering gathering_;  // of the thread
  Counter& told_;
  Counter& failed_;
  Counter& lost_;
  std::mutex mutex_;
  std::condition_variable_any arrived_;
  std::deque<gate::Occurrence> queue_;
  std::jthread thread_;
};

}  // namespace kuramori::notices
