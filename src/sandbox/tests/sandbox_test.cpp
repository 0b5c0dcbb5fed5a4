#include "sandbox/sandbox.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "runtime/manual_executor.hpp"
#include "sandbox/process.hpp"

namespace kuramori::sandbox {
namespace {

Input from(std::string text, std::size_t part = 100'000) {
  return [t = std::move(text), part, at = std::size_t{0}]() mutable -> Result<ByteView> {
    const ByteView piece = as_bytes(t).subspan(at, std::min(part, t.size() - at));
    at += piece.size();
    return piece;
  };
}

class SandboxTest : public ::testing::Test {
 protected:
  Sandbox make(std::string job) {
    return Sandbox({.clock = clock, .metrics = metrics, .log = Logger::silent()},
                   {.program = program, .job = std::move(job), .limits = limits});
  }
  Result<Outcome> run(std::string job, std::string text = "a file") {
    Sandbox sandbox = make(std::move(job));
    Input input = from(std::move(text));
    return sandbox.run_here(as_bytes("how"), input);
  }
  Ending ending(std::string job) {
    const auto outcome = run(std::move(job));
    EXPECT_TRUE(outcome) << outcome.error().to_log();
    if (!outcome) return Ending::Done;
    EXPECT_TRUE(outcome->output.empty()) << as_text(outcome->output);
    return outcome->ending;
  }

  const SystemClock clock;
  MetricsRegistry metrics;
  std::filesystem::path program = KURAMORI_SANDBOX_CANARY;
  Limits limits{.memory_bytes = std::uint64_t{512} << 20,
                .cpu_seconds = 20,
                .wall_time = std::chrono::seconds(60),
                .input_bytes = 4 << 20,
                .output_bytes = 3 << 20};
};

TEST_F(SandboxTest, AJobGetsItsInputAndAnswers) {
  const auto small = run("echo", "hello");
  ASSERT_TRUE(small) << small.error().to_log();
  EXPECT_EQ(small->ending, Ending::Done);
  EXPECT_EQ(as_text(small->summary), "how");
  EXPECT_EQ(as_text(small->output), "hello");
  const std::string large(3'000'000, 'x');
  const auto much = run("echo", large);
  ASSERT_TRUE(much);
  EXPECT_EQ(as_text(much->output), large);
  EXPECT_TRUE(run("echo", "")->output.empty());
  EXPECT_EQ(run("use_threads")->output, Bytes{42});
}

TEST_F(SandboxTest, AJobMayRefuse) {
  const auto outcome = run("refuse", std::string(3'000'000, 'x'));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->ending, Ending::Refused);
  EXPECT_EQ(outcome->summary, Bytes{7});
}

TEST_F(SandboxTest, WhatNoJobDoesKillsIt) {
  for (const char* job : {"read_a_file", "write_a_file", "call_home", "execute", "multiply",
                          "trace_the_server", "kill_the_server", "run_what_it_wrote"}) {
    EXPECT_EQ(ending(job), Ending::Forbidden) << job;
  }
  EXPECT_FALSE(std::filesystem::exists("/tmp/kuramori-canary"));
}

TEST_F(SandboxTest, WhoMayProbeGetsNothingAndDiesOfAllElse) {
  EXPECT_EQ(ending("probe"), Ending::Refused);
  EXPECT_FALSE(std::filesystem::exists("/tmp/kuramori-canary"));
  for (const char* job :
       {"probe_and_call_home", "probe_and_execute", "probe_and_multiply", "probe_and_kill_the_server"}) {
    EXPECT_EQ(ending(job), Ending::Forbidden) << job;
  }
}

TEST_F(SandboxTest, MemoryIsLimited) {
  EXPECT_EQ(ending("take_ten_gigabytes"), Ending::OutOfMemory);
}

TEST_F(SandboxTest, TimeIsLimited) {
  limits.cpu_seconds = 1;
  EXPECT_EQ(ending("compute_forever"), Ending::OutOfTime);
  limits.cpu_seconds = 60;
  limits.wall_time = Milliseconds(300);
  EXPECT_EQ(ending("compute_forever"), Ending::OutOfTime);
  EXPECT_EQ(ending("sleep_forever"), Ending::OutOfTime);
}

TEST_F(SandboxTest, BreakingIsNotAnAnswer) {
  for (const char* job : {"crash", "give_up", "leave", "talk_nonsense"})
    EXPECT_EQ(ending(job), Ending::Crashed) << job;
  limits.output_bytes = 1 << 20;
  EXPECT_EQ(ending("answer_too_much"), Ending::Crashed);
  limits.input_bytes = 2;
  EXPECT_EQ(ending("echo"), Ending::Crashed);
}

TEST_F(SandboxTest, AnInputThatFailsIsAnError) {
  Sandbox sandbox = make("echo");
  Input input = [] -> Result<ByteView> { return corrupt("test"); };
  const auto outcome = sandbox.run_here({}, input);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code(), ErrorCode::Corrupt);
}

TEST_F(SandboxTest, AProgramThatDoesNotWorkIsAnError) {
  EXPECT_EQ(run("cannot_work_here").error().code(), ErrorCode::Unavailable);
  EXPECT_EQ(run("no such job").error().code(), ErrorCode::Unavailable);
  program = "/bin/false";
  EXPECT_EQ(run("echo").error().code(), ErrorCode::Unavailable);
  program = "/nonexistent/program";
  EXPECT_EQ(run("echo").error().code(), ErrorCode::Unavailable);
}

TEST_F(SandboxTest, OneAfterTheOtherAndManyAtOnce) {
  Sandbox sandbox({.clock = clock, .metrics = metrics, .log = Logger::silent()},
                  {.program = program, .job = "echo", .limits = limits, .processes = 2});
  std::vector<std::thread> threads;
  std::atomic<int> right{0};
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n < 4; ++n) {
        const std::string text = std::to_string(i) + ":" + std::to_string(n);
        Input input = from(text);
        const auto outcome = sandbox.run_here({}, input);
        if (outcome && as_text(outcome->output) == text) ++right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 12);
}

TEST_F(SandboxTest, AFullQueueRefuses) {
  limits.wall_time = Milliseconds(500);
  Sandbox sandbox(
      {.clock = clock, .metrics = metrics, .log = Logger::silent()},
      {.program = program, .job = "sleep_forever", .limits = limits, .processes = 1, .queue_max = 1});
  // One is at work and one waits; whichever comes while both are there finds the door closed, and the others
  // are served.
  std::atomic<int> refused{0};
  std::atomic<int> served{0};
  int asked = 0;
  while (refused == 0 && asked < 80) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i, ++asked) {
      threads.emplace_back([&] {
        runtime::ManualExecutor executor(clock);
        const auto outcome = executor.run(sandbox.run({}, from("x")));
        if (outcome) {
          ++served;
        } else if (outcome.error().code() == ErrorCode::Exhausted) {
          ++refused;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_GT(refused, 0);
  EXPECT_GT(served, 0);
  EXPECT_EQ(refused + served, asked);
}

// Of the processes that wait, none may hold another's end of the pipe, nor anything of ours.
TEST_F(SandboxTest, AProcessHasItsPipeAndNothingElse) {
  const int ours = ::open("/etc/hostname", O_RDONLY);  // without CLOEXEC, on purpose
  const std::vector<std::string> arguments{"echo", "100000000", "10", "1000", "1000"};
  auto process = Process::start(program, arguments);
  ASSERT_TRUE(process);
  std::uint8_t ready[4] = {};
  ASSERT_EQ(::read(process->pipe(), ready, 4), 4);
  ::close(ours);
  std::error_code error;
  std::size_t descriptors = 0;
  const std::filesystem::path folder = "/proc/" + std::to_string(process->pid()) + "/fd";
  for (auto it = std::filesystem::directory_iterator(folder, error);
       !error && it != std::filesystem::directory_iterator(); it.increment(error)) {
    ++descriptors;
  }
  if (error == std::errc::permission_denied) GTEST_SKIP() << "only root may look";
  EXPECT_EQ(descriptors, 3u);
  std::ifstream environment("/proc/" + std::to_string(process->pid()) + "/environ");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(environment), {}), "");
}

TEST_F(SandboxTest, AProcessThatWaitsEndsWithTheServer) {
  auto process = Process::start(program, {"echo", "100000000", "10", "1000", "1000"});
  ASSERT_TRUE(process);
  std::uint8_t ready[4] = {};
  ASSERT_EQ(::read(process->pipe(), ready, 4), 4);
  ::shutdown(process->pipe(), SHUT_RDWR);
  const int status = process->end();
  EXPECT_TRUE(WIFEXITED(status)) << status;
}

}  // namespace
}  // namespace kuramori::sandbox
