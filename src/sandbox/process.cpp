#include "sandbox/process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

namespace kuramori::sandbox {
namespace {

constexpr int kEndTries = 500;
constexpr std::chrono::milliseconds kEndPause(2);

class SpawnSettings {
 public:
  SpawnSettings() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
  }
  ~SpawnSettings() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  // Signals as a fresh program has them, and a session of its own: what is typed at a terminal does not reach
  // it.
  bool set(int pipe) {
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    return ::posix_spawnattr_setsigmask(&attributes_, &none) == 0 &&
           ::posix_spawnattr_setsigdefault(&attributes_, &all) == 0 &&
           ::posix_spawnattr_setflags(
               &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID) == 0 &&
           ::posix_spawn_file_actions_adddup2(&actions_, pipe, STDIN_FILENO) == 0 &&
           ::posix_spawn_file_actions_adddup2(&actions_, pipe, STDOUT_FILENO) == 0 &&
           ::posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "/dev/null", O_WRONLY, 0) == 0 &&
           ::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1) == 0;
  }
  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

Error not_started(const std::filesystem::path& program, int error) {
  return unavailable("The program that examines files could not be started.",
                     program.string() + ": " + std::strerror(error));
}

}  // namespace

Result<Process> Process::start(const std::filesystem::path& program,
                               const std::vector<std::string>& arguments) {
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0)
    return not_started(program, errno);
  std::string name = program.string();
  std::vector<std::string> texts = arguments;
  std::vector<char*> argv{name.data()};
  for (std::string& text : texts) argv.push_back(text.data());
  argv.push_back(nullptr);
  std::array<char*, 1> environment{nullptr};
  pid_t pid = -1;
  SpawnSettings settings;
  int error = settings.set(pair[1]) ? 0 : EINVAL;
  if (error == 0) {
    error = ::posix_spawn(&pid, name.c_str(), settings.actions(), settings.attributes(), argv.data(),
                          environment.data());
  }
  ::close(pair[1]);
  if (error != 0) {
    ::close(pair[0]);
    return not_started(program, error);
  }
  return Process(pid, pair[0]);
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), pipe_(std::exchange(other.pipe_, -1)) {}

Process::~Process() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
  }
  if (pipe_ >= 0) ::close(pipe_);
}

bool Process::is_alive() {
  if (pid_ <= 0) return false;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) == 0) return true;
  pid_ = -1;
  return false;
}

int Process::end() {
  int status = 0;
  for (int i = 0; i < kEndTries; ++i) {
    const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
    if (ended == pid_) {
      pid_ = -1;
      return status;
    }
    if (ended < 0 && errno != EINTR) break;
    std::this_thread::sleep_for(kEndPause);
  }
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return status;
}

}  // namespace kuramori::sandbox
