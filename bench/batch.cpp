#include "batch.hpp"

#include <algorithm>
#include <deque>
#include <memory>
#include <stdexcept>
#include <vector>

#include "http_client.hpp"

namespace kuramori::bench {
namespace {

constexpr int kTriesMax = 5;

class Runner {
 public:
  Runner(EventLoop& loop, const Endpoint& endpoint, const Batch& batch)
      : loop_(loop), endpoint_(endpoint), batch_(batch), tries_(batch.requests, 0) {}

  void run() {
    const std::size_t count = std::min(batch_.connections, batch_.requests);
    current_.assign(count, 0);
    for (std::size_t slot = 0; slot < count; ++slot) {
      connections_.push_back(std::make_unique<Connection>(
          loop_, endpoint_,
          [this, slot](Connection&, const Response& response) { answered(slot, response); }));
    }
    while (done_ < batch_.requests && failure_.empty()) {
      for (std::size_t slot = 0; slot < count; ++slot) {
        if (!connections_[slot]->busy()) start(slot);
      }
      loop_.wait(kSecond / 10);
    }
    if (!failure_.empty()) throw std::runtime_error(failure_);
  }

 private:
  void start(std::size_t slot) {
    if (!again_.empty()) {
      current_[slot] = again_.front();
      again_.pop_front();
    } else if (next_ < batch_.requests) {
      current_[slot] = next_++;
    } else {
      return;
    }
    connections_[slot]->request(batch_.render(current_[slot]));
  }

  void answered(std::size_t slot, const Response& response) {
    const std::size_t index = current_[slot];
    if (response.status == 200) {
      batch_.accept(index, response);
      ++done_;
      start(slot);
      return;
    }
    const bool busy = response.status == 0 || response.status == 429 || response.status >= 500;
    if (busy && ++tries_[index] < kTriesMax) {
      again_.push_back(index);  // Taken up by the loop above, so that a dead server is not hammered.
      return;
    }
    failure_ = "the server answered " + std::to_string(response.status) + " to " +
               batch_.render(index).substr(0, 120) + ": " + std::string(response.body.substr(0, 300));
  }

  EventLoop& loop_;
  const Endpoint& endpoint_;
  const Batch& batch_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<std::size_t> current_;
  std::vector<int> tries_;
  std::deque<std::size_t> again_;
  std::size_t next_ = 0;
  std::size_t done_ = 0;
  std::string failure_;
};

}  // namespace

void run_batch(EventLoop& loop, const Endpoint& endpoint, const Batch& batch) {
  if (batch.requests != 0) Runner(loop, endpoint, batch).run();
}

}  // namespace kuramori::bench
