// The thread that follows the stream, refreshes lists that are due and carries out take-downs.
//
//   LinkWorker worker(ports);
//   worker.start();           // and stop() before the store goes
#pragma once
#include <condition_variable>
#include <mutex>
#include <thread>

#include "links/registry.hpp"
#include "links/take_downs.hpp"

namespace kuramori::links {

class LinkWorker final : public storage::StreamListener {
 public:
  struct Ports {
    gate::Gate& gate;
    Registry& registry;
    Sightings& sightings;
    TakeDowns& take_downs;
    const Clock& clock;
    Logger log;
  };
  explicit LinkWorker(Ports ports) : ports_(std::move(ports)) {}
  ~LinkWorker() override;

  void start();
  void stop();
  void wake();
  // Everything that is to be done now, on the calling thread.
  Result<void> catch_up();
  void committed(std::span<const Change> changes) override;

 private:
  void run(const std::stop_token& stop);
  void refresh_due(const std::stop_token& stop);

  const Ports ports_;
  std::mutex working_;
  std::mutex mutex_;
  std::condition_variable_any arrived_;
  bool has_news_ = true;
  std::jthread thread_;
};

}  // namespace kuramori::links
