#include "links/worker.hpp"

#include "base/assert.hpp"
#include "runtime/background.hpp"
#include "runtime/manual_executor.hpp"
#include "runtime/thread_name.hpp"

namespace kuramori::links {
namespace {

constexpr auto kGathering = std::chrono::milliseconds(100);  // what comes together is written together
constexpr auto kBetweenRefreshes = std::chrono::seconds(30);
constexpr auto kRetryAfter = std::chrono::seconds(5);

runtime::Task<Result<Difference>> refresh_one(gate::Gate& gate, Registry& registry, std::string name,
                                              std::stop_token stop) {
  gate::Action action{
      .subject = gate::Subject::system(), .operation = gate::Operation::AdminLinksSet, .resource = {}};
  action.resource.name = name;
  auto asking = gate.admit(std::move(action));
  auto admission = co_await std::move(asking);
  if (auto* refusal = std::get_if<gate::Refusal>(&admission)) co_return forbidden(refusal->explanation.en);
  if (auto* error = std::get_if<Error>(&admission)) co_return std::move(*error);
  auto refreshing =
      registry.refresh(std::get<gate::Permit>(std::move(admission)), std::move(name), std::move(stop));
  auto difference = co_await std::move(refreshing);
  co_return difference;
}

}  // namespace

LinkWorker::~LinkWorker() {
  stop();
}

void LinkWorker::start() {
  ensure(!thread_.joinable(), "the worker is started once");
  thread_ = std::jthread([this](const std::stop_token& stop) {
    runtime::name_thread("links");
    run(stop);
  });
}

void LinkWorker::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void LinkWorker::wake() {
  {
    const std::scoped_lock lock(mutex_);
    has_news_ = true;
  }
  arrived_.notify_one();
}

void LinkWorker::committed(std::span<const Change> changes) {
  if (changes.empty()) return;
  {
    const std::scoped_lock lock(mutex_);
    if (std::exchange(has_news_, true)) return;
  }
  arrived_.notify_one();
}

Result<void> LinkWorker::catch_up() {
  const std::scoped_lock lock(working_);
  for (bool has_more = true; has_more;) {
    KURAMORI_TRY(more, ports_.sightings.step());
    has_more = more;
  }
  for (bool has_more = true; has_more;) {
    KURAMORI_TRY(more, ports_.take_downs.step());
    has_more = more;
  }
  return {};
}

void LinkWorker::refresh_due(const std::stop_token& stop) {
  const auto due = ports_.registry.due_sources();
  if (!due) {
    ports_.log.error("link_sources_not_read", {{"error", due.error().to_log()}});
    return;
  }
  for (const std::string& name : *due) {
    if (stop.stop_requested()) return;
    runtime::ManualExecutor executor(ports_.clock);
    const auto done = executor.run(refresh_one(ports_.gate, ports_.registry, name, stop));
    if (!done) {
      ports_.log.warning("link_list_not_refreshed", {{"source", name}, {"error", done.error().to_log()}});
    } else {
      ports_.log.info("link_list_refreshed",
                      {{"source", name}, {"added", done->added}, {"removed", done->removed}});
    }
  }
}

void LinkWorker::run(const std::stop_token& stop) {
  runtime::work_in_background();
  SteadyTime next_refresh = ports_.clock.steady_now();
  while (!stop.stop_requested()) {
    const auto done = catch_up();
    if (!done) ports_.log.error("links_not_followed", {{"error", done.error().to_log()}});
    if (ports_.clock.steady_now() >= next_refresh) {
      refresh_due(stop);
      next_refresh = ports_.clock.steady_now() + kBetweenRefreshes;
    }
    std::unique_lock lock(mutex_);
    if (!done) {
      arrived_.wait_for(lock, stop, kRetryAfter, [] { return false; });
      continue;
    }
    arrived_.wait_for(lock, stop, kBetweenRefreshes, [this] { return has_news_; });
    has_news_ = false;
    arrived_.wait_for(lock, stop, kGathering, [] { return false; });
  }
}

}  // namespace kuramori::links
