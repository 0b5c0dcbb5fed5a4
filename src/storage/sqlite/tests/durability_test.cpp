// What must hold when the process dies, the disk fills up, or somebody else comes to the file.
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <deque>
#include <fstream>
#include <thread>

#include "runtime/manual_executor.hpp"
#include "storage/sqlite/sqlite_store.hpp"
#include "storage/sqlite/tests/temporary_folder.hpp"
#include "storage/tests/conformance.hpp"

namespace kuramori::storage::sqlite {
namespace {

namespace fs = std::filesystem;

Result<std::unique_ptr<SqliteStore>> open_store(const fs::path& path, const Clock& clock,
                                                MetricsRegistry& metrics) {
  KURAMORI_TRY(store, SqliteStore::open({.path = path}, clock, metrics, Logger::silent()));
  KURAMORI_CHECK(store->migrate(conformance_migrations()));
  return std::move(store);
}

UnitOfWork event(std::int64_t n, std::size_t octets) {
  UnitOfWork work;
  const NextOf position = work.next(Sequence::Stream);
  work.next(Sequence::Audit);
  work.insert(kEvents,
              {position, "!r", "$" + std::to_string(n), Bytes(octets, static_cast<std::uint8_t>(n))});
  work.insert(kTags, {"!r", "t" + std::to_string(n)});
  return work;
}

runtime::Task<Result<CommitReceipt>> await_ticket(CommitTicket ticket) {
  auto receipt = co_await ticket;
  co_return receipt;
}

class Durability : public ::testing::Test {
 protected:
  fs::path path() const { return folder.path() / "test.db"; }
  Result<std::unique_ptr<SqliteStore>> open() { return open_store(path(), clock, metrics); }
  Result<CommitReceipt> commit(Store& store, UnitOfWork work) {
    return executor.run(await_ticket(store.submit(std::move(work))));
  }
  std::int64_t events(Reader& store) {
    return *store.read_blocking([](Snapshot& s) { return s.count({.table = &kEvents}); });
  }

  TemporaryFolder folder;
  SystemClock clock;
  MetricsRegistry metrics;
  runtime::ManualExecutor executor{clock};
};

TEST_F(Durability, ReopeningKeepsRowsAndNumbers) {
  for (std::int64_t round = 0; round < 3; ++round) {
    auto store = open();
    ASSERT_TRUE(store) << store.error().to_log();
    EXPECT_EQ((*store)->last_position().value, round);
    const auto receipt = commit(**store, event(round, 100));
    ASSERT_TRUE(receipt);
    EXPECT_EQ(receipt->of({Sequence::Stream, 0}), round + 1);
    EXPECT_EQ(receipt->of({Sequence::Audit, 0}), round);
    EXPECT_EQ(events(**store), round + 1);
  }
  EXPECT_FALSE(fs::exists(path().string() + "-wal")) << "a clean end leaves one file";
}

// Commits as fast as it can and says so, until it is killed.
[[noreturn]] void commit_until_killed(const fs::path& path, int acknowledged) {
  const SystemClock clock;
  MetricsRegistry metrics;
  auto store = open_store(path, clock, metrics);
  if (!store) _exit(3);
  runtime::ManualExecutor executor(clock);
  auto run = [](Store& s, int to) -> runtime::Task<void> {
    std::deque<CommitTicket> tickets;
    std::int64_t next = s.last_position().value;
    for (;;) {
      while (tickets.size() < 50) tickets.push_back(s.submit(event(next++, 300)));
      auto receipt = co_await tickets.front();
      tickets.pop_front();
      if (!receipt) _exit(4);
      const std::int64_t position = receipt->of({Sequence::Stream, 0});
      if (write(to, &position, sizeof position) != static_cast<ssize_t>(sizeof position)) _exit(5);
    }
  };
  executor.run(run(**store, acknowledged));
  _exit(6);
}

TEST_F(Durability, KillLosesNothingAcknowledgedAndLeavesNothingHalf) {
  std::int64_t acknowledged = 0;
  for (int round = 0; round < 5; ++round) {
    int pipe_ends[2];
    ASSERT_EQ(pipe(pipe_ends), 0);
    const pid_t child = fork();
    if (child == 0) {
      close(pipe_ends[0]);
      commit_until_killed(path(), pipe_ends[1]);
    }
    close(pipe_ends[1]);
    std::int64_t position = 0;
    const std::int64_t enough = acknowledged + 200 + 137 * round;
    while (read(pipe_ends[0], &position, sizeof position) == static_cast<ssize_t>(sizeof position)) {
      acknowledged = position;
      if (acknowledged >= enough) break;
    }
    kill(child, SIGKILL);
    while (read(pipe_ends[0], &position, sizeof position) == static_cast<ssize_t>(sizeof position)) {
      acknowledged = position;
    }
    close(pipe_ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << WEXITSTATUS(status);
    ASSERT_GE(acknowledged, enough);

    auto store = open();
    ASSERT_TRUE(store) << store.error().to_log();
    const std::int64_t kept = events(**store);
    EXPECT_GE(kept, acknowledged);
    EXPECT_EQ((*store)->last_position().value, kept);
    EXPECT_EQ(*(*store)->read_blocking([](Snapshot& s) { return s.count({.table = &kTags}); }), kept);
    EXPECT_EQ(*(*store)->read_blocking([](Snapshot& s) { return s.last(Sequence::Audit); }), kept - 1);
    EXPECT_TRUE((*store)->check_integrity(nullptr)->empty());
    acknowledged = kept;
  }
}

// A file system of a few megabytes; not everywhere may one be mounted.
class SmallDisk {
 public:
  explicit SmallDisk(fs::path at) : at_(std::move(at)) {
    fs::create_directories(at_);
    mounted_ = mount("tmpfs", at_.c_str(), "tmpfs", 0, "size=6m") == 0;
  }
  ~SmallDisk() {
    if (mounted_) umount2(at_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  bool mounted() const { return mounted_; }

 private:
  fs::path at_;
  bool mounted_;
};

TEST_F(Durability, AFullDiskRefusesAndRecovers) {
  const SmallDisk disk(folder.path() / "disk");
  if (!disk.mounted()) GTEST_SKIP() << "no file system may be mounted here";
  const fs::path database = folder.path() / "disk" / "test.db";
  const fs::path ballast = folder.path() / "disk" / "ballast";
  std::ofstream(ballast) << std::string(3'000'000, 'x');
  auto store = open_store(database, clock, metrics);
  ASSERT_TRUE(store) << store.error().to_log();
  std::int64_t stored = 0;
  std::optional<Error> failure;
  for (std::int64_t n = 0; n < 100 && !failure; ++n) {
    const auto receipt = commit(**store, event(n, 100'000));
    if (receipt) {
      ++stored;
    } else {
      failure = receipt.error();
    }
  }
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code(), ErrorCode::Unavailable);
  EXPECT_NE(failure->message().find("Free disk space"), std::string::npos) << failure->to_log();
  EXPECT_GT(stored, 0);
  EXPECT_EQ((*store)->epoch(), 2U);
  EXPECT_EQ(events(**store), stored);
  UnitOfWork built_on_it = event(200, 10);
  built_on_it.require_epoch(1);
  EXPECT_EQ(commit(**store, std::move(built_on_it)).error().code(), ErrorCode::Conflict);

  fs::remove(ballast);
  const auto after = commit(**store, event(201, 100'000));
  ASSERT_TRUE(after) << after.error().to_log();
  EXPECT_EQ(after->of({Sequence::Stream, 0}), stored + 1);
  EXPECT_EQ(events(**store), stored + 1);
  EXPECT_TRUE((*store)->check_integrity(nullptr)->empty());
}

// The same by another way: writes beyond a file size fail. In a child, because the limit is the process's.
TEST_F(Durability, AWriteErrorRefusesAndRecovers) {
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const SystemClock child_clock;
    MetricsRegistry child_metrics;
    auto store = open_store(path(), child_clock, child_metrics);
    if (!store) _exit(1);
    rlimit limit{};
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = 1'000'000;
    setrlimit(RLIMIT_FSIZE, &limit);
    runtime::ManualExecutor child_executor(child_clock);
    const auto attempt = [&](std::int64_t n, std::size_t octets) {
      return child_executor.run(await_ticket((*store)->submit(event(n, octets))));
    };
    if (!attempt(1, 1000)) _exit(2);
    const auto failed = attempt(2, 3'000'000);
    if (failed || failed.error().code() != ErrorCode::Unavailable) _exit(3);
    if ((*store)->epoch() != 2) _exit(4);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_FSIZE, &limit);
    const auto after = attempt(3, 3'000'000);
    if (!after || after->of({Sequence::Stream, 0}) != 2) _exit(5);
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  auto store = open();
  ASSERT_TRUE(store) << store.error().to_log();
  EXPECT_EQ(events(**store), 2);
}

TEST_F(Durability, AReadOnlyFolderIsRefusedWithAReason) {
  if (geteuid() == 0) {
    // The superuser may write everywhere: a read-only file system is the same for him.
    const SmallDisk disk(folder.path() / "disk");
    if (!disk.mounted()) GTEST_SKIP() << "no file system may be mounted here";
    const fs::path at = folder.path() / "disk";
    ASSERT_EQ(mount("tmpfs", at.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr), 0);
    const auto refused = open_store(at / "test.db", clock, metrics);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::Unavailable);
    EXPECT_NE(refused.error().message().find("Read-only"), std::string::npos) << refused.error().to_log();
    return;
  }
  fs::permissions(folder.path(), fs::perms::owner_read | fs::perms::owner_exec);
  const auto refused = open();
  fs::permissions(folder.path(), fs::perms::owner_all);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::Unavailable);
}

TEST_F(Durability, OneProcessAtATime) {
  auto first = open();
  ASSERT_TRUE(first);
  const auto second = open();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().reason(), "KURAMORI_DATABASE_IN_USE");
  EXPECT_NE(second.error().message().find("process " + std::to_string(getpid())), std::string::npos);
  const pid_t child = fork();
  if (child == 0) {
    const SystemClock child_clock;
    MetricsRegistry child_metrics;
    const auto refused = open_store(path(), child_clock, child_metrics);
    _exit(!refused && refused.error().reason() == "KURAMORI_DATABASE_IN_USE" ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  first->reset();
  EXPECT_TRUE(open());
}

TEST_F(Durability, FilesBelongToTheServerAlone) {
  {
    auto store = open();
    ASSERT_TRUE(store);
    ASSERT_TRUE(commit(**store, event(1, 10)));
    for (const char* suffix : {"", "-wal", "-shm", ".lock"}) {
      struct stat status{};
      ASSERT_EQ(stat((path().string() + suffix).c_str(), &status), 0) << suffix;
      EXPECT_EQ(status.st_mode & 0777U, 0600U) << suffix;
    }
  }
  ASSERT_EQ(chmod(path().c_str(), 0640), 0);
  const auto open_to_group = open();
  ASSERT_FALSE(open_to_group);
  EXPECT_NE(open_to_group.error().message().find("chmod 600"), std::string::npos);
  ASSERT_EQ(chmod(path().c_str(), 0600), 0);
  EXPECT_TRUE(open());

  const fs::path link = folder.path() / "link.db";
  fs::create_symlink(path(), link);
  const auto linked = open_store(link, clock, metrics);
  ASSERT_FALSE(linked);
  EXPECT_NE(linked.error().message().find("symbolic link"), std::string::npos);
  if (geteuid() == 0) {
    ASSERT_EQ(chown(path().c_str(), 12345, 12345), 0);
    const auto foreign = open();
    ASSERT_FALSE(foreign);
    EXPECT_NE(foreign.error().message().find("another user"), std::string::npos);
  }
}

TEST_F(Durability, AForeignFileIsLeftAlone) {
  std::ofstream(path()) << std::string(8192, 'z');
  ASSERT_EQ(chmod(path().c_str(), 0600), 0);
  EXPECT_FALSE(open());
  std::ifstream file(path());
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), std::string(8192, 'z'));
  EXPECT_FALSE(open_store(folder.path() / "missing" / "test.db", clock, metrics));
}

TEST_F(Durability, TheLogStaysBounded) {
  auto store =
      SqliteStore::open({.path = path(), .log_bytes_max = 8U << 20U}, clock, metrics, Logger::silent());
  ASSERT_TRUE(store);
  ASSERT_TRUE((*store)->migrate(conformance_migrations()));
  std::vector<CommitTicket> tickets;
  for (std::int64_t n = 0; n < 6'000; ++n) tickets.push_back((*store)->submit(event(n, 8'000)));
  for (CommitTicket& ticket : tickets) ASSERT_TRUE(executor.run(await_ticket(std::move(ticket))));
  // 48 MB went through it. The bound may be passed twice, and by what one transaction holds.
  EXPECT_LT(fs::file_size(path().string() + "-wal"), 44U << 20U);
  EXPECT_TRUE((*store)->check_integrity(nullptr)->empty());
}

// The thread that moves pages rests between its steps; whoever needs them moved does not wait for that.
TEST_F(Durability, PagesAreMovedInStepsAndACheckOfAllDoesNotRest) {
  auto store =
      SqliteStore::open({.path = path(), .log_bytes_max = 8U << 20U}, clock, metrics, Logger::silent());
  ASSERT_TRUE(store);
  ASSERT_TRUE((*store)->migrate(conformance_migrations()));
  for (int round = 0; round < 5; ++round) {
    std::vector<CommitTicket> tickets;
    for (std::int64_t n = 0; n < 800; ++n)
      tickets.push_back((*store)->submit(event(round * 800 + n, 8'000)));
    for (CommitTicket& ticket : tickets) ASSERT_TRUE(executor.run(await_ticket(std::move(ticket))));
    EXPECT_TRUE((*store)->check_integrity(nullptr)->empty());
  }
  EXPECT_EQ(events(**store), 4'000);
}

TEST_F(Durability, AFullQueueRefuses) {
  auto store =
      SqliteStore::open({.path = path(), .batch_max = 1, .queue_max = 3}, clock, metrics, Logger::silent());
  ASSERT_TRUE(store);
  ASSERT_TRUE((*store)->migrate(conformance_migrations()));
  std::vector<CommitTicket> tickets;
  for (std::int64_t n = 0; n < 500; ++n) tickets.push_back((*store)->submit(event(n, 10)));
  int stored = 0;
  int refused = 0;
  for (CommitTicket& ticket : tickets) {
    const auto receipt = executor.run(await_ticket(std::move(ticket)));
    if (receipt) {
      ++stored;
    } else {
      EXPECT_EQ(receipt.error().code(), ErrorCode::Exhausted);
      ++refused;
    }
  }
  EXPECT_GT(refused, 0);
  EXPECT_EQ(events(**store), stored);
}

}  // namespace
}  // namespace kuramori::storage::sqlite
