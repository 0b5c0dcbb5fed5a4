// How long the writer waits before it takes the next batch. A transaction costs some 200 µs of CPU however
// little it holds; on a disk that flushes fast, transactions of one or two units would take a large part of a
// core. Under load they therefore begin at a fixed pace. Alone, nobody waits.
#pragma once
#include <chrono>
#include <cstddef>

#include "base/clock.hpp"

namespace kuramori::storage::sqlite {

class CommitPace {
 public:
  using Duration = SteadyTime::duration;

  // `interval`: between the beginnings of two batches under load; zero: nobody ever waits.
  explicit CommitPace(Duration interval) : interval_(interval) {}

  // How long to wait from `now` for company.
  Duration wait(SteadyTime now);
  // So many units were taken.
  void took(SteadyTime now, std::size_t units);

 private:
  const Duration interval_;
  double units_per_second_ = 0;  // of late
  SteadyTime last_taken_{};
  SteadyTime
      alone_until_{};  // waiting brought nobody: the senders wait for their answers, one after the other
  bool has_waited_ = false;
};

}  // namespace kuramori::storage::sqlite
