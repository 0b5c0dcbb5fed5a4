#include "runtime/one_shot.hpp"

#include <algorithm>

namespace kuramori::runtime {

void Resumptions::add(Executor& executor, std::coroutine_handle<> coroutine) {
  // Few executors: one for each I/O thread.
  auto of = std::ranges::find(ready_, &executor, &OfExecutor::executor);
  if (of == ready_.end()) of = ready_.insert(of, {.executor = &executor, .coroutines = {}});
  of->coroutines.push_back(coroutine);
}

void Resumptions::post() {
  for (OfExecutor& of : ready_) of.executor->post(std::move(of.coroutines));
  ready_.clear();
}

}  // namespace kuramori::runtime
