#include "runtime/io_thread.hpp"

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "runtime/thread_name.hpp"

namespace kuramori::runtime {

namespace asio = boost::asio;

struct IoThread::State {
  State(const Clock& c, std::string n) : clock(c), name(std::move(n)), alarm(context) {}

  const Clock& clock;
  std::string name;
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  TimerQueue timers;
  asio::steady_timer alarm;
  SteadyTime alarm_at = SteadyTime::max();
  std::thread thread;
  std::mutex posted_mutex;
  std::vector<std::coroutine_handle<>> posted;
  std::atomic<bool> has_posted{false};
  std::vector<std::coroutine_handle<>> resumed;  // empty between calls; keeps its memory

  void add(std::span<const std::coroutine_handle<>> coroutines) {
    bool is_first = false;
    {
      const std::lock_guard lock(posted_mutex);
      is_first = posted.empty();
      posted.insert(posted.end(), coroutines.begin(), coroutines.end());
      has_posted.store(true, std::memory_order_release);
    }
    if (is_first) asio::post(context, [this] { resume_posted(); });
  }

  void resume_posted() {
    if (!has_posted.load(std::memory_order_acquire)) return;
    {
      const std::lock_guard lock(posted_mutex);
      resumed.swap(posted);
      has_posted.store(false, std::memory_order_relaxed);
    }
    for (const std::coroutine_handle<> coroutine : resumed) coroutine.resume();
    resumed.clear();
  }

  // One Asio timer serves all: it is set to the earliest deadline.
  void reset_alarm() {
    const SteadyTime earliest = timers.empty() ? SteadyTime::max() : timers.earliest();
    if (earliest >= alarm_at) return;  // an early alarm only finds nothing to do
    alarm_at = earliest;
    alarm.expires_after(std::max(earliest - clock.steady_now(), SteadyTime::duration::zero()));
    alarm.async_wait([this](const boost::system::error_code& error) {
      if (error == asio::error::operation_aborted) return;
      alarm_at = SteadyTime::max();
      timers.fire_due(clock.steady_now());
      reset_alarm();
    });
  }
};

IoThread::IoThread(const Clock& clock, std::string name)
    : state_(std::make_unique<State>(clock, std::move(name))) {}

IoThread::~IoThread() {
  stop();
  join();
}

void IoThread::start() {
  state_->thread = std::thread([this] {
    name_thread(state_->name);
    const Scope scope(this);
    state_->context.run();
  });
}

void IoThread::stop() {
  state_->context.stop();
}

void IoThread::join() {
  if (state_->thread.joinable()) state_->thread.join();
}

void IoThread::post(std::coroutine_handle<> coroutine) {
  state_->add(std::span(&coroutine, 1));
}

void IoThread::post(std::vector<std::coroutine_handle<>> coroutines) {
  if (!coroutines.empty()) state_->add(coroutines);
}

void IoThread::post(std::move_only_function<void()> job) {
  asio::post(state_->context, [job = std::move(job)]() mutable { job(); });
}

void IoThread::resume_posted() {
  state_->resume_posted();
}

void IoThread::arm(Timer& timer, SteadyTime when) {
  state_->timers.arm(timer, when);
  state_->reset_alarm();
}

void IoThread::cancel(Timer& timer) noexcept {
  state_->timers.cancel(timer);
}

const Clock& IoThread::clock() const {
  return state_->clock;
}
asio::io_context& IoThread::context() {
  return state_->context;
}

}  // namespace kuramori::runtime
