// Threads for slow work that must never run on an I/O thread: password hashing, detector compilation, reads
// that may touch the disk. The queue is bounded; a full queue refuses rather than grows.
//
//   auto hash = [&] { return hash_password(password); };
//   Result<std::string> hashed = co_await pool.run(std::move(hash));
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "base/result.hpp"
#include "runtime/one_shot.hpp"
#include "runtime/task.hpp"

namespace kuramori::runtime {

class WorkerPool {
 public:
  struct Options {
    std::string name;
    std::size_t threads = 1;
    std::size_t queue_max = 1024;
  };
  explicit WorkerPool(Options options);
  // Finishes what is queued, then joins its threads.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // False when the queue is full or the pool is stopping; the job is then not taken.
  bool submit(std::move_only_function<void()> job);

  // `work` returns a Result<T>; runs on a pool thread, and the awaiter goes on where it was.
  template <class Work>
  Task<std::invoke_result_t<Work&>> run(Work work) {
    using Outcome = std::invoke_result_t<Work&>;
    auto channel = one_shot<Outcome>();
    auto job = [promise = std::move(channel.first), w = std::move(work)]() mutable { promise.set(w()); };
    if (!submit(std::move(job))) {
      co_return Outcome(
          Error(ErrorCode::Exhausted, "M_LIMIT_EXCEEDED", "The server is busy; try again shortly.")
              .with_retry_after_ms(1000));
    }
    auto future = std::move(channel.second);
    Outcome outcome = co_await future;
    co_return outcome;
  }

  std::size_t queued() const;

 private:
  void work();

  Options options_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<std::move_only_function<void()>> jobs_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace kuramori::runtime
