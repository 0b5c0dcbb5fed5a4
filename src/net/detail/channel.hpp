// libcurl's multi interface on a thread of its own, which starts with the first request. One channel for each
// kind of reach: connections are used again within one, so that none that was opened for the configuration
// serves a stranger's URL.
#pragma once
#include <atomic>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/logging.hpp"
#include "net/detail/transfer.hpp"

namespace kuramori::net::detail {

class Channel {
 public:
  struct Instruments {
    explicit Instruments(MetricsRegistry& registry);
    Counter& of(Ending ending) { return *counters[static_cast<std::size_t>(ending)]; }
    std::vector<Counter*> counters;
  };
  using Number = std::uint64_t;

  // `options` outlive this.
  Channel(AddressRules rules, const HttpClientOptions& options, MetricsRegistry& metrics, Logger log);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // 0 when too many are under way: the promise is set then.
  Number start(OutgoingRequest request, std::string host, runtime::OneShotPromise<Answer> promise);
  // What has ended already is left alone.
  void cancel(Number number);

 private:
  struct CloseMulti {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
  };
  struct Waiting {
    Number number;
    std::unique_ptr<Transfer> transfer;
  };

  void run();
  void take_new();
  void begin(Waiting waiting);
  void finish_done();
  void cancel_wanted();
  void cancel_all();
  std::unique_ptr<Transfer> remove(Number number);

  const AddressRules rules_;
  const HttpClientOptions& options_;
  Instruments instruments_;
  const Logger log_;
  const std::unique_ptr<CURLM, CloseMulti> multi_;
  // Of the thread.
  std::unordered_map<Number, std::unique_ptr<Transfer>> running_;
  std::unordered_map<CURL*, Number> numbers_;

  std::atomic<std::size_t> count_{0};
  std::mutex mutex_;
  Number last_number_ = 0;
  std::deque<Waiting> new_;
  std::vector<Number> unwanted_;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace kuramori::net::detail
