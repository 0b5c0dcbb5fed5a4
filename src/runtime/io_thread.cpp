#include "runtime/io_thread.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <mutex>
#include <span>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "runtime/thread_name.hpp"

namespace kuramori::runtime {
namespace {

constexpr std::size_t kEventsPerTurn = 128;
constexpr std::uint32_t kWatchedEvents = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
constexpr std::chrono::milliseconds kLongestSleep = std::chrono::hours(1);

// A descriptor that the system has just made.
class Descriptor {
 public:
  Descriptor(int descriptor, const char* made_by) : descriptor_(descriptor) {
    if (descriptor < 0) throw std::system_error(errno, std::system_category(), made_by);
  }
  ~Descriptor() { ::close(descriptor_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

bool add_to_set(int set, int descriptor, std::uint32_t events, ReadinessListener* listener) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = listener;
  return ::epoll_ctl(set, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

}  // namespace

struct IoThread::State {
  State(const Clock& c, std::string n);

  const Clock& clock;
  std::string name;
  TimerQueue timers;
  std::thread thread;

  std::mutex posted_mutex;
  std::vector<std::coroutine_handle<>> posted;
  std::vector<std::move_only_function<void()>> jobs;
  std::atomic<bool> has_posted{false};           // either of the two
  std::vector<std::coroutine_handle<>> resumed;  // empty between calls; keeps its memory

  // Who posts or stops sets its flag first and looks at `asleep` then; the loop does it the other way round.
  // So one of the two sees the other.
  std::atomic<bool> asleep{false};
  std::atomic<bool> stopping{false};
  Descriptor set;
  Descriptor bell;  // never read: being edge-triggered, each write to it wakes

  std::array<epoll_event, kEventsPerTurn> events{};
  std::span<epoll_event> pending;  // of the current turn, not yet told

  void add(std::span<const std::coroutine_handle<>> coroutines);
  void add(std::move_only_function<void()> job);
  void wake();
  void resume_posted();
  void run_jobs();
  void run();
  void sleep(SteadyTime now);
  void tell_listeners();
};

IoThread::State::State(const Clock& c, std::string n)
    : clock(c),
      name(std::move(n)),
      set(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1"),
      bell(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd") {
  if (!add_to_set(set.get(), bell.get(), EPOLLIN | EPOLLET, nullptr)) {
    throw std::system_error(errno, std::system_category(), "epoll_ctl");
  }
}

void IoThread::State::add(std::span<const std::coroutine_handle<>> coroutines) {
  {
    const std::lock_guard lock(posted_mutex);
    posted.insert(posted.end(), coroutines.begin(), coroutines.end());
    has_posted.store(true);
  }
  wake();
}

void IoThread::State::add(std::move_only_function<void()> job) {
  {
    const std::lock_guard lock(posted_mutex);
    jobs.push_back(std::move(job));
    has_posted.store(true);
  }
  wake();
}

void IoThread::State::wake() {
  if (!asleep.exchange(false)) return;
  const std::uint64_t one = 1;
  // Cannot fail but for a counter that 2^64 writes have filled.
  [[maybe_unused]] const ssize_t written = ::write(bell.get(), &one, sizeof(one));
}

void IoThread::State::resume_posted() {
  if (!has_posted.load(std::memory_order_acquire)) return;
  {
    const std::lock_guard lock(posted_mutex);
    resumed.swap(posted);
    has_posted.store(!jobs.empty());
  }
  for (const std::coroutine_handle<> coroutine : resumed) coroutine.resume();
  resumed.clear();
}

void IoThread::State::run_jobs() {
  if (!has_posted.load(std::memory_order_acquire)) return;
  std::vector<std::move_only_function<void()>> due;
  {
    const std::lock_guard lock(posted_mutex);
    due.swap(jobs);
    has_posted.store(!posted.empty());
  }
  for (std::move_only_function<void()>& job : due) job();
}

void IoThread::State::run() {
  while (!stopping.load()) {
    resume_posted();
    run_jobs();
    const SteadyTime now = clock.steady_now();
    timers.fire_due(now);
    sleep(now);
    tell_listeners();
  }
}

// Until a descriptor is ready, somebody posts, or a timer is due.
void IoThread::State::sleep(SteadyTime now) {
  asleep.store(true);
  std::chrono::milliseconds longest(0);
  if (!has_posted.load() && !stopping.load()) {
    longest = kLongestSleep;
    // Rounded up: a timer that is not quite due would make the loop turn for nothing.
    if (!timers.empty() && timers.earliest() < now + longest) {
      longest = std::chrono::ceil<std::chrono::milliseconds>(timers.earliest() - now);
    }
  }
  const int count = ::epoll_wait(set.get(), events.data(), static_cast<int>(events.size()),
                                 static_cast<int>(std::max<std::int64_t>(longest.count(), 0)));
  asleep.store(false);
  pending = std::span(events).first(static_cast<std::size_t>(std::max(count, 0)));
}

void IoThread::State::tell_listeners() {
  while (!pending.empty()) {
    const epoll_event event = pending.front();
    pending = pending.subspan(1);
    if (event.data.ptr != nullptr) static_cast<ReadinessListener*>(event.data.ptr)->ready(event.events);
    // Requests whose changes are durable by now answer before the next one begins.
    resume_posted();
  }
}

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
    state_->run();
  });
}

void IoThread::stop() {
  state_->stopping.store(true);
  state_->wake();
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
  state_->add(std::move(job));
}

void IoThread::resume_posted() {
  state_->resume_posted();
}

void IoThread::arm(Timer& timer, SteadyTime when) {
  state_->timers.arm(timer, when);
}

void IoThread::cancel(Timer& timer) noexcept {
  state_->timers.cancel(timer);
}

const Clock& IoThread::clock() const {
  return state_->clock;
}

bool IoThread::watch(int descriptor, ReadinessListener& listener) {
  return add_to_set(state_->set.get(), descriptor, kWatchedEvents, &listener);
}

void IoThread::unwatch(int descriptor, const ReadinessListener& listener) noexcept {
  ::epoll_ctl(state_->set.get(), EPOLL_CTL_DEL, descriptor, nullptr);
  // It may go while a turn is under way.
  for (epoll_event& event : state_->pending) {
    if (event.data.ptr == &listener) event.data.ptr = nullptr;
  }
}

}  // namespace kuramori::runtime
