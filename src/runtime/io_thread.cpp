#include "runtime/io_thread.hpp"

#include <pthread.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <thread>

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
    pthread_setname_np(pthread_self(), state_->name.substr(0, 15).c_str());
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
  asio::post(state_->context, [coroutine] { coroutine.resume(); });
}

void IoThread::post(std::vector<std::coroutine_handle<>> coroutines) {
  asio::post(state_->context, [coroutines = std::move(coroutines)] {
    for (const std::coroutine_handle<> coroutine : coroutines) coroutine.resume();
  });
}

void IoThread::post(std::move_only_function<void()> job) {
  asio::post(state_->context, [job = std::move(job)]() mutable { job(); });
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
