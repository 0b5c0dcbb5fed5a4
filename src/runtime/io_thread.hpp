// One event loop on one thread: an executor over an Asio io_context. `net/` adds sockets to it.
//
// Lives from start() to join(). stop() lets nothing new in; what is queued is dropped only after every
// TaskScope that uses the loop has been joined, which is the owner's duty.
#pragma once
#include <memory>
#include <string>

#include "runtime/executor.hpp"

namespace boost::asio {
class io_context;
}

namespace kuramori::runtime {

class IoThread final : public Executor {
 public:
  IoThread(const Clock& clock, std::string name);
  ~IoThread() override;
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;

  void start();
  // From any thread; returns at once.
  void stop();
  void join();

  void post(std::coroutine_handle<> coroutine) override;
  void post(std::vector<std::coroutine_handle<>> coroutines) override;
  void post(std::move_only_function<void()> job) override;
  void arm(Timer& timer, SteadyTime when) override;
  void cancel(Timer& timer) noexcept override;
  const Clock& clock() const override;
  // On this thread, between two pieces of work and in no coroutine: resumes what was posted until now. Work
  // that comes in bursts calls it in between, so that what is nearly done need not wait for all that has just
  // begun.
  void resume_posted();
  boost::asio::io_context& context();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kuramori::runtime
