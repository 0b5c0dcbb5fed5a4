#include "runtime/background.hpp"

#include <sys/resource.h>

namespace kuramori::runtime {
namespace {

constexpr int kNiceness = 10;

}  // namespace

void work_in_background() {
  // On Linux this is the calling thread alone.
  setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + kNiceness);
}

}  // namespace kuramori::runtime
