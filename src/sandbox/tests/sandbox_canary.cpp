// Jobs that do what no job may do. Each must end as the sandbox says, and none may come back with an answer.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "sandbox/confinement.hpp"
#include "sandbox/worker.hpp"

namespace {

using namespace kuramori;
using namespace kuramori::sandbox;

bool nothing_to_warm() {
  return true;
}

// Whoever gets here has escaped: the test sees an answer where none may be.
Answer escaped(ByteView what = {}) {
  return {.verdict = Verdict::Done, .summary = {1}, .output = {what.begin(), what.end()}};
}

Answer echo(ByteView parameters, ByteView input) {
  return {.verdict = Verdict::Done,
          .summary = {parameters.begin(), parameters.end()},
          .output = {input.begin(), input.end()}};
}
Answer refuse(ByteView, ByteView) {
  return {.verdict = Verdict::Refused, .summary = {7}, .output = {}};
}
Answer read_a_file(ByteView, ByteView) {
  const int file = ::open("/etc/passwd", O_RDONLY | O_CLOEXEC);
  std::uint8_t bytes[100] = {};
  const ssize_t got = ::read(file, bytes, sizeof(bytes));
  return escaped(ByteView(bytes).first(got > 0 ? static_cast<std::size_t>(got) : 0));
}
Answer write_a_file(ByteView, ByteView) {
  static_cast<void>(::open("/tmp/kuramori-canary", O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  return escaped();
}
// As libraries do that look for what they can do without: told that there is none, and nothing is there
// afterwards.
Answer probe(ByteView, ByteView) {
  struct stat status{};
  char room[100];
  const bool is_refused =
      ::open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0 && ::open("/proc/self/mem", O_RDWR | O_CLOEXEC) < 0 &&
      ::open("/tmp/kuramori-canary", O_RDWR | O_CREAT | O_CLOEXEC, 0600) < 0 &&
      ::stat("/etc/passwd", &status) < 0 && ::access("/etc/passwd", R_OK) < 0 &&
      ::readlink("/proc/self/exe", room, sizeof(room)) < 0 && ::mkdir("/tmp/kuramori-canary", 0700) < 0;
  return is_refused ? refuse({}, {}) : escaped();
}
Answer call_home(ByteView, ByteView) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(9);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  static_cast<void>(::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof(address)));
  return escaped();
}
Answer execute(ByteView, ByteView) {
  char name[] = "/bin/true";
  char* arguments[] = {name, nullptr};
  ::execv(name, arguments);
  return escaped();
}
Answer multiply(ByteView, ByteView) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  return escaped();
}
Answer trace_the_server(ByteView, ByteView) {
  static_cast<void>(::ptrace(PTRACE_ATTACH, ::getppid(), nullptr, nullptr));
  return escaped();
}
Answer kill_the_server(ByteView, ByteView) {
  static_cast<void>(::kill(1, 0));
  return escaped();
}
Answer run_what_it_wrote(ByteView, ByteView) {
  static_cast<void>(
      ::mmap(nullptr, 4'096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  return escaped();
}
// Page by page, as a decompression bomb does.
Answer take_ten_gigabytes(ByteView, ByteView) {
  constexpr std::size_t kStep = std::size_t{64} << 20;
  for (int i = 0; i < 160; ++i) {
    auto* memory = static_cast<volatile char*>(std::malloc(kStep));
    if (memory == nullptr) ::_exit(kExitOutOfMemory);
    for (std::size_t at = 0; at < kStep; at += 4'096) memory[at] = 1;
  }
  return escaped();
}
Answer compute_forever(ByteView, ByteView) {
  for (volatile std::uint64_t i = 0;; i = i + 1) {
  }
}
Answer sleep_forever(ByteView, ByteView) {
  for (;;) std::this_thread::sleep_for(std::chrono::seconds(1));
}
Answer crash(ByteView, ByteView) {
  volatile int* nowhere = nullptr;
  *nowhere = 1;
  return escaped();
}
Answer give_up(ByteView, ByteView) {
  std::abort();
}
Answer leave(ByteView, ByteView) {
  ::_exit(0);
}
Answer talk_nonsense(ByteView, ByteView) {
  const std::string_view nonsense = "this is no answer";
  static_cast<void>(::write(0, nonsense.data(), nonsense.size()));
  return escaped();
}
Answer answer_too_much(ByteView, ByteView) {
  return {.verdict = Verdict::Done, .summary = {}, .output = Bytes(2 << 20)};
}
Answer use_threads(ByteView, ByteView) {
  Bytes sum(1);
  std::thread([&sum] { sum[0] = 42; }).join();
  return {.verdict = Verdict::Done, .summary = {}, .output = std::move(sum)};
}

}  // namespace

int main(int argc, char** argv) {
  const WorkerJob jobs[] = {{"echo", nothing_to_warm, echo},
                            {"refuse", nothing_to_warm, refuse},
                            {"read_a_file", nothing_to_warm, read_a_file},
                            {"write_a_file", nothing_to_warm, write_a_file},
                            {"call_home", nothing_to_warm, call_home},
                            {"execute", nothing_to_warm, execute},
                            {"multiply", nothing_to_warm, multiply},
                            {"trace_the_server", nothing_to_warm, trace_the_server},
                            {"kill_the_server", nothing_to_warm, kill_the_server},
                            {"run_what_it_wrote", nothing_to_warm, run_what_it_wrote},
                            {"take_ten_gigabytes", nothing_to_warm, take_ten_gigabytes},
                            {"compute_forever", nothing_to_warm, compute_forever},
                            {"sleep_forever", nothing_to_warm, sleep_forever},
                            {"crash", nothing_to_warm, crash},
                            {"give_up", nothing_to_warm, give_up},
                            {"leave", nothing_to_warm, leave},
                            {"talk_nonsense", nothing_to_warm, talk_nonsense},
                            {"answer_too_much", nothing_to_warm, answer_too_much},
                            {"use_threads", nothing_to_warm, use_threads},
                            {"probe", nothing_to_warm, probe, Probes::Refuse},
                            {"probe_and_call_home", nothing_to_warm, call_home, Probes::Refuse},
                            {"probe_and_execute", nothing_to_warm, execute, Probes::Refuse},
                            {"probe_and_multiply", nothing_to_warm, multiply, Probes::Refuse},
                            {"probe_and_kill_the_server", nothing_to_warm, kill_the_server, Probes::Refuse},
                            {"cannot_work_here", [] { return false; }, echo}};
  return run_worker(argc, argv, jobs);
}
