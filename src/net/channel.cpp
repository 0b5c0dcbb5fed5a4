#include "net/detail/channel.hpp"

#include <pthread.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "base/assert.hpp"

namespace kuramori::net::detail {
namespace {

constexpr int kIdleWaitMs = 60'000;

CURLM* make_multi(const HttpClientOptions& options) {
  static std::once_flag once;
  std::call_once(
      once, [] { ensure(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK, "libcurl can be initialised"); });
  CURLM* multi = curl_multi_init();
  ensure(multi != nullptr, "libcurl makes a multi handle");
  curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS,
                    static_cast<long>(options.connections_per_host_max));
  curl_multi_setopt(multi, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_MULTIPLEX));
  return multi;
}

}  // namespace

Channel::Instruments::Instruments(MetricsRegistry& registry) {
  // In the order of `Ending`.
  for (const char* outcome : {"answered", "unreachable", "refused", "timed_out", "too_large", "cancelled"}) {
    counters.push_back(&registry.counter("kuramori_net_outgoing_requests_total",
                                         "Requests to other servers that ended.", {{"outcome", outcome}}));
  }
}

Channel::Channel(AddressRules rules, const HttpClientOptions& options, MetricsRegistry& metrics, Logger log)
    : rules_(std::move(rules)),
      options_(options),
      instruments_(metrics),
      log_(std::move(log)),
      multi_(make_multi(options)) {}

Channel::~Channel() {
  {
    const std::scoped_lock lock(mutex_);
    is_stopping_ = true;
    if (!thread_.joinable()) return;
  }
  curl_multi_wakeup(multi_.get());
  thread_.join();
}

Channel::Number Channel::start(OutgoingRequest request, std::string host,
                               runtime::OneShotPromise<Answer> promise) {
  if (count_.fetch_add(1) >= options_.transfers_max) {
    count_.fetch_sub(1);
    promise.set(unavailable("Too many requests to other servers are under way; try again later.", host));
    return 0;
  }
  auto transfer =
      std::make_unique<Transfer>(std::move(request), std::move(host), rules_, options_, std::move(promise));
  Number number = 0;
  {
    const std::scoped_lock lock(mutex_);
    number = ++last_number_;
    new_.push_back({number, std::move(transfer)});
    if (!thread_.joinable()) {
      thread_ = std::thread([this] { run(); });
      pthread_setname_np(thread_.native_handle(), "http-client");
    }
  }
  curl_multi_wakeup(multi_.get());
  return number;
}

void Channel::cancel(Number number) {
  {
    const std::scoped_lock lock(mutex_);
    unwanted_.push_back(number);
  }
  curl_multi_wakeup(multi_.get());
}

void Channel::run() {
  for (;;) {
    {
      const std::scoped_lock lock(mutex_);
      if (is_stopping_) break;
    }
    take_new();
    cancel_wanted();
    int running = 0;
    curl_multi_perform(multi_.get(), &running);
    finish_done();
    curl_multi_poll(multi_.get(), nullptr, 0, kIdleWaitMs, nullptr);
  }
  cancel_all();
}

void Channel::take_new() {
  std::deque<Waiting> arrived;
  {
    const std::scoped_lock lock(mutex_);
    arrived.swap(new_);
  }
  for (Waiting& waiting : arrived) begin(std::move(waiting));
}

void Channel::begin(Waiting waiting) {
  Transfer& transfer = *waiting.transfer;
  if (!transfer.prepare() || curl_multi_add_handle(multi_.get(), transfer.handle()) != CURLM_OK) {
    log_.error("net.outgoing_request_not_started", {});
    instruments_.of(transfer.ending(CURLE_FAILED_INIT)).add();
    transfer.finish(CURLE_FAILED_INIT);
    count_.fetch_sub(1);
    return;
  }
  numbers_.emplace(transfer.handle(), waiting.number);
  running_.emplace(waiting.number, std::move(waiting.transfer));
}

std::unique_ptr<Transfer> Channel::remove(Number number) {
  const auto found = running_.find(number);
  if (found == running_.end()) return nullptr;
  std::unique_ptr<Transfer> transfer = std::move(found->second);
  running_.erase(found);
  numbers_.erase(transfer->handle());
  curl_multi_remove_handle(multi_.get(), transfer->handle());
  count_.fetch_sub(1);
  return transfer;
}

void Channel::finish_done() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    const auto number = numbers_.find(message->easy_handle);
    ensure(number != numbers_.end(), "a finished transfer is known");
    const auto transfer = remove(number->second);
    instruments_.of(transfer->ending(code)).add();
    transfer->finish(code);
  }
}

void Channel::cancel_wanted() {
  std::vector<Number> unwanted;
  {
    const std::scoped_lock lock(mutex_);
    unwanted.swap(unwanted_);
  }
  for (const Number number : unwanted) {
    if (const auto transfer = remove(number)) {
      instruments_.of(Ending::Cancelled).add();
      transfer->cancel();
    }
  }
}

void Channel::cancel_all() {
  take_new();
  std::vector<Number> numbers;
  for (const auto& [number, transfer] : running_) numbers.push_back(number);
  {
    const std::scoped_lock lock(mutex_);
    unwanted_ = std::move(numbers);
  }
  cancel_wanted();
}

}  // namespace kuramori::net::detail
