#include "sandbox/confinement.hpp"

#include <grp.h>
#include <malloc.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace kuramori::sandbox {
namespace {

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool kIsSanitized = true;
#else
constexpr bool kIsSanitized = false;
#endif
#else
constexpr bool kIsSanitized = false;
#endif

constexpr uid_t kNobody = 65'534;

Error failure(const char* what) {
  return internal_error(std::string(what) + ": " + std::strerror(errno));
}

// The address space that is in use now. Limits are set beyond it: libraries and sanitizers reserve much.
std::uint64_t address_space_bytes() {
  std::uint64_t pages = 0;
  if (std::FILE* file = std::fopen("/proc/self/statm", "re")) {
    unsigned long long read = 0;
    if (std::fscanf(file, "%llu", &read) == 1) pages = read;
    std::fclose(file);
  }
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

Result<void> limit(__rlimit_resource resource, std::uint64_t value, const char* name) {
  const rlimit both{value, value};
  if (::setrlimit(resource, &both) != 0) return failure(name);
  return {};
}

Result<void> limit_resources(const Limits& limits) {
  const std::uint64_t used = address_space_bytes();
  if (used == 0) return internal_error("/proc/self/statm cannot be read");
  KURAMORI_CHECK(limit(RLIMIT_CORE, 0, "RLIMIT_CORE"));
  KURAMORI_CHECK(limit(RLIMIT_FSIZE, 0, "RLIMIT_FSIZE"));
  // SIGXCPU at the first, so that it can be told from other kills.
  const rlimit processor{limits.cpu_seconds, limits.cpu_seconds + 1};
  if (::setrlimit(RLIMIT_CPU, &processor) != 0) return failure("RLIMIT_CPU");
  KURAMORI_CHECK(limit(RLIMIT_AS, used + limits.memory_bytes, "RLIMIT_AS"));
  KURAMORI_CHECK(limit(RLIMIT_NOFILE, kIsSanitized ? 16 : 0, "RLIMIT_NOFILE"));
  return {};
}

// Root of a container gives up what it is; where that is not permitted, the filter alone must do, as it does
// for everybody else.
void drop_privileges() {
  if (::geteuid() != 0) return;
  if (::setgroups(0, nullptr) != 0 || ::setresgid(kNobody, kNobody, kNobody) != 0 ||
      ::setresuid(kNobody, kNobody, kNobody) != 0) {
    return;
  }
}

struct ReleaseFilter {
  void operator()(void* filter) const { ::seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, ReleaseFilter>;

Result<void> allow(const Filter& filter, int call) {
  if (const int error = ::seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 0); error != 0) {
    errno = -error;
    return failure("seccomp_rule_add");
  }
  return {};
}

Result<void> allow_if(const Filter& filter, int call, const scmp_arg_cmp& condition) {
  if (const int error = ::seccomp_rule_add_array(filter.get(), SCMP_ACT_ALLOW, call, 1, &condition);
      error != 0) {
    errno = -error;
    return failure("seccomp_rule_add_array");
  }
  return {};
}

Result<void> answer(const Filter& filter, int call, int error_number) {
  if (const int error =
          ::seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(static_cast<std::uint16_t>(error_number)), call, 0);
      error != 0) {
    errno = -error;
    return failure("seccomp_rule_add");
  }
  return {};
}

// Computing, waiting, ending, and the descriptors it was given.
constexpr int kAllowed[] = {SCMP_SYS(read),          SCMP_SYS(write),           SCMP_SYS(close),
                            SCMP_SYS(exit),          SCMP_SYS(exit_group),      SCMP_SYS(munmap),
                            SCMP_SYS(mremap),        SCMP_SYS(madvise),         SCMP_SYS(brk),
                            SCMP_SYS(futex),         SCMP_SYS(set_robust_list), SCMP_SYS(rseq),
                            SCMP_SYS(rt_sigreturn),  SCMP_SYS(rt_sigprocmask),  SCMP_SYS(rt_sigaction),
                            SCMP_SYS(sigaltstack),   SCMP_SYS(sched_yield),     SCMP_SYS(sched_getaffinity),
                            SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep),
                            SCMP_SYS(gettimeofday),  SCMP_SYS(getrandom),       SCMP_SYS(gettid),
                            SCMP_SYS(getpid),        SCMP_SYS(getrusage),       SCMP_SYS(restart_syscall)};

struct RefusedCall {
  int call;
  int error_number;
};
constexpr RefusedCall kProbes[] = {{SCMP_SYS(open), ENOENT},
                                   {SCMP_SYS(openat), ENOENT},
                                   {SCMP_SYS(stat), ENOENT},
                                   {SCMP_SYS(lstat), ENOENT},
                                   {SCMP_SYS(fstat), EBADF},
                                   {SCMP_SYS(newfstatat), ENOENT},
                                   {SCMP_SYS(statx), ENOENT},
                                   {SCMP_SYS(access), ENOENT},
                                   {SCMP_SYS(faccessat), ENOENT},
                                   {SCMP_SYS(faccessat2), ENOENT},
                                   {SCMP_SYS(readlink), ENOENT},
                                   {SCMP_SYS(readlinkat), ENOENT},
                                   {SCMP_SYS(getcwd), ENOENT},
                                   {SCMP_SYS(unlink), ENOENT},
                                   {SCMP_SYS(mkdir), EACCES},
                                   {SCMP_SYS(ioctl), ENOTTY},
                                   {SCMP_SYS(lseek), ESPIPE},
                                   {SCMP_SYS(fcntl), EBADF},
                                   {SCMP_SYS(uname), EPERM},
                                   {SCMP_SYS(sysinfo), EPERM},
                                   {SCMP_SYS(getuid), EPERM},
                                   {SCMP_SYS(geteuid), EPERM},
                                   {SCMP_SYS(getgid), EPERM},
                                   {SCMP_SYS(getegid), EPERM},
                                   {SCMP_SYS(umask), EPERM},
                                   {SCMP_SYS(prlimit64), EPERM},
                                   {SCMP_SYS(getrlimit), EPERM},
                                   {SCMP_SYS(statfs), EPERM},
                                   {SCMP_SYS(sched_setaffinity), EPERM}};

Result<void> add_rules(const Filter& filter, Probes probes) {
  if (probes == Probes::Refuse) {
    for (const RefusedCall& probe : kProbes) KURAMORI_CHECK(answer(filter, probe.call, probe.error_number));
  }
  for (const int call : kAllowed) KURAMORI_CHECK(allow(filter, call));
  // Threads, but no processes. clone3 hides its flags behind a pointer: libraries go on with clone.
  KURAMORI_CHECK(
      allow_if(filter, SCMP_SYS(clone), scmp_arg_cmp{0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD}));
  KURAMORI_CHECK(answer(filter, SCMP_SYS(clone3), ENOSYS));
  // Memory that is never executed.
  KURAMORI_CHECK(allow_if(filter, SCMP_SYS(mmap), scmp_arg_cmp{2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0}));
  KURAMORI_CHECK(allow_if(filter, SCMP_SYS(mprotect), scmp_arg_cmp{2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0}));
  KURAMORI_CHECK(allow_if(filter, SCMP_SYS(prctl), scmp_arg_cmp{0, SCMP_CMP_EQ, PR_SET_NAME, 0}));
  // abort() ends nobody but this process.
  KURAMORI_CHECK(allow_if(filter, SCMP_SYS(tgkill),
                          scmp_arg_cmp{0, SCMP_CMP_EQ, static_cast<scmp_datum_t>(::getpid()), 0}));
  if constexpr (kIsSanitized) {
    // What the runtimes of sanitizers do besides; in builds for tests alone.
    KURAMORI_CHECK(
        allow_if(filter, SCMP_SYS(prctl), scmp_arg_cmp{0, SCMP_CMP_EQ, 0x53564d41, 0}));  // PR_SET_VMA
    KURAMORI_CHECK(allow(filter, SCMP_SYS(pipe2)));  // to try whether memory can be read
    if (probes == Probes::Kill) KURAMORI_CHECK(answer(filter, SCMP_SYS(readlink), EACCES));
  }
  return {};
}

Result<void> close_filter(Probes probes) {
  const Filter filter(::seccomp_init(SCMP_ACT_KILL_PROCESS));
  if (!filter) return internal_error("seccomp_init failed");
  // Threads that libraries started while they were warmed are closed in as well.
  if (::seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1) != 0) return internal_error("no TSYNC");
  KURAMORI_CHECK(add_rules(filter, probes));
  if (const int error = ::seccomp_load(filter.get()); error != 0) {
    errno = error < 0 ? -error : error;
    return failure("seccomp_load");
  }
  return {};
}

}  // namespace

Result<void> confine(const Limits& limits, Probes probes) {
  drop_privileges();
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return failure("PR_SET_DUMPABLE");
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failure("PR_SET_NO_NEW_PRIVS");
  KURAMORI_CHECK(limit_resources(limits));
  return close_filter(probes);
}

}  // namespace kuramori::sandbox
