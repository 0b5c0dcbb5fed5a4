// What a link shows before it is followed.
//
//   auto preview = co_await previews.of(std::move(permit), url);     // JSON of OpenGraph properties
//
// An address is fetched once at a time, whoever asks meanwhile waits for the answer; answers are kept for an
// hour, failures for some minutes. Thread-safe; coroutines resume where they waited.
#pragma once
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "gate/permit.hpp"
#include "json/json.hpp"
#include "previews/ports.hpp"
#include "runtime/one_shot.hpp"
#include "runtime/worker_pool.hpp"

namespace kuramori::previews {

struct Options {
  std::vector<std::string> inside =
      {};  // "host" or "host:port" that may be fetched though they are not public
  std::size_t page_bytes_max = std::size_t{4} << 20;
  std::size_t picture_bytes_max = std::size_t{8} << 20;
  std::size_t fetches_max = 32;     // at once
  std::size_t answers_max = 1'000;  // kept
  int redirects_max = 5;
  Milliseconds kept = std::chrono::hours(1);
  Milliseconds failures_kept = std::chrono::minutes(5);
};

class Previews {
 public:
  struct Ports {
    PageFetcher& pages;
    PictureKeeper& pictures;
    const Clock& clock;
    MetricsRegistry& metrics;
  };
  Previews(Ports ports, Options options);
  ~Previews();

  // MediaPreview. Empty for a page that says nothing; InvalidArgument or Forbidden for what may not be
  // fetched, NotFound when it cannot be, Exhausted when too many are under way.
  runtime::Task<Result<std::shared_ptr<const json::Object>>> of(gate::Permit permit, std::string url);
  const Options& options() const { return options_; }

 private:
  using Answer = Result<std::shared_ptr<const json::Object>>;
  struct Kept {
    Answer answer;
    SteadyTime until;
    std::list<std::string>::iterator age;
  };
  std::optional<Answer> kept(const std::string& url);
  void keep(const std::string& url, const Answer& answer);
  void settle(const std::string& url, const Answer& answer);
  runtime::Task<Answer> make(PageUrl url);
  runtime::Task<Result<Page>> fetch(PageUrl& url, std::size_t bytes_max);
  runtime::Task<Answer> of_picture(Page page);
  runtime::Task<Answer> of_page(PageUrl url, Page page);
  runtime::Task<void> add_picture(const PageUrl& page, json::Object& preview);

  Ports ports_;
  const Options options_;
  Counter& fetched_;
  Counter& failed_;
  std::mutex mutex_;
  std::unordered_map<std::string, Kept> answers_;
  std::list<std::string> by_age_;
  std::unordered_map<std::string, std::vector<runtime::OneShotPromise<Answer>>> under_way_;
  runtime::WorkerPool workers_;  // last: its threads use the rest
};

}  // namespace kuramori::previews
