#include "storage/sqlite/turns.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>

namespace kuramori::storage::sqlite {
namespace {

// About what a small transaction takes; the default is near three milliseconds.
constexpr std::chrono::nanoseconds kTurn = std::chrono::microseconds(150);

// sched_setattr(2) in its first version; the C library does not declare it, and the kernel's own header
// declares it beside types that the C library has too.
struct Attributes {
  std::uint32_t size = sizeof(Attributes);
  std::uint32_t policy = SCHED_OTHER;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 0;  // nanoseconds
  std::uint64_t deadline = 0;
  std::uint64_t period = 0;
};
static_assert(sizeof(Attributes) == 48);

}  // namespace

void ask_for_short_turns() {
  const Attributes attributes{// On Linux this is the calling thread's own.
                              .nice = getpriority(PRIO_PROCESS, 0),
                              .runtime = static_cast<std::uint64_t>(kTurn.count())};
  syscall(SYS_sched_setattr, 0, &attributes, 0U);
}

}  // namespace kuramori::storage::sqlite
