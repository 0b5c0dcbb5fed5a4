// Not run by default: `storage_sqlite_tests --gtest_also_run_disabled_tests --gtest_filter=*Throughput*`, in
// a release build. A unit is what sending one message writes: the event with three indexes, the audit entry,
// the transaction id.
#include <gtest/gtest.h>

#include <cstdio>
#include <deque>
#include <fstream>

#include "runtime/manual_executor.hpp"
#include "storage/sqlite/sqlite_store.hpp"
#include "storage/sqlite/tests/temporary_folder.hpp"

namespace kuramori::storage::sqlite {
namespace {

const Table kEvents{.name = "events",
                    .columns = {{"position", ColumnType::Integer},
                                {"event_id", ColumnType::Text},
                                {"room", ColumnType::Text},
                                {"sender", ColumnType::Text},
                                {"type", ColumnType::Text},
                                {"content", ColumnType::Blob}},
                    .key_columns = 1,
                    .indexes = {{.name = "events_by_id", .columns = {"event_id"}, .unique = true},
                                {.name = "events_by_room", .columns = {"room", "position"}},
                                {.name = "events_by_sender", .columns = {"sender", "position"}}}};
const Table kAudit{.name = "audit",
                   .columns = {{"leaf", ColumnType::Integer}, {"entry", ColumnType::Blob}},
                   .key_columns = 1};
const Table kTransactions{.name = "transactions",
                          .columns = {{"device", ColumnType::Text},
                                      {"transaction_id", ColumnType::Text},
                                      {"event_id", ColumnType::Text}},
                          .key_columns = 2};

std::string event_id(std::uint64_t n) {
  // Spread like a hash: neighbours in time are not neighbours in the index.
  static constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string id = "$";
  for (int i = 0; i < 43; ++i) {
    n = n * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
    id.push_back(kAlphabet[n >> 58U]);
  }
  return id;
}

UnitOfWork message(std::uint64_t n) {
  UnitOfWork work;
  const NextOf position = work.next(Sequence::Stream);
  const NextOf leaf = work.next(Sequence::Audit);
  const std::string id = event_id(n);
  const std::string user = "@person" + std::to_string(n % 300) + ":example.org";
  work.insert(kEvents, {position, id, "!room" + std::to_string(n % 100) + ":example.org", user,
                        "m.room.message", Bytes(500, static_cast<std::uint8_t>(n))});
  work.insert(kAudit, {leaf, Bytes(300, static_cast<std::uint8_t>(n))});
  work.insert(kTransactions, {user + "/DEVICE", "m" + std::to_string(1'700'000'000'000U + n), id});
  work.publish(position, std::make_shared<ChangePayload>());
  return work;
}

runtime::Task<int> send_many(Store& store, std::uint64_t units, std::size_t in_flight) {
  std::deque<CommitTicket> tickets;
  int failed = 0;
  for (std::uint64_t n = 0; n < units || !tickets.empty();) {
    if (n < units && tickets.size() < in_flight) {
      tickets.push_back(store.submit(message(n++)));
      continue;
    }
    auto receipt = co_await tickets.front();
    tickets.pop_front();
    if (!receipt) ++failed;
  }
  co_return failed;
}

// Processor time of the threads of this name so far, in microseconds: what counts when others use the machine
// too.
double processor_us(std::string_view thread) {
  double total = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name;
    std::getline(std::ifstream(task.path() / "comm"), name);
    double nanoseconds = 0;
    std::ifstream(task.path() / "schedstat") >> nanoseconds;
    if (name == thread) total += nanoseconds / 1000;
  }
  return total;
}

void measure(std::uint64_t units, std::size_t in_flight) {
  const TemporaryFolder temporary(TemporaryFolder::Where::OnDisk);
  const std::filesystem::path& folder = temporary.path();
  SystemClock clock;
  MetricsRegistry metrics;
  auto store = SqliteStore::open({.path = folder / "bench.db"}, clock, metrics,
                                 Logger(LogLevel::Warning, LogFormat::Text));
  ASSERT_TRUE(store) << store.error().to_log();
  const std::vector<Migration> migrations = {
      {1, "tables", {CreateTable{&kEvents}, CreateTable{&kAudit}, CreateTable{&kTransactions}}}};
  ASSERT_TRUE((*store)->migrate(migrations));
  runtime::ManualExecutor executor(clock);
  const SteadyTime start = clock.steady_now();
  EXPECT_EQ(executor.run(send_many(**store, units, in_flight)), 0);
  const double seconds = std::chrono::duration<double>(clock.steady_now() - start).count();
  const auto log = folder / "bench.db-wal";
  const auto count = static_cast<double>(units);
  std::printf(
      "%7.0f units, %4zu in flight: %6.0f units/s; per unit: writer %.1f us, checkpoints %.1f us; log %ju "
      "KiB\n",
      count, in_flight, count / seconds, processor_us("store-writer") / count,
      processor_us("store-pages") / count, std::uintmax_t{std::filesystem::file_size(log) / 1024});
}

TEST(Throughput, DISABLED_UnitsPerSecond) {
  for (const std::size_t in_flight : {std::size_t{1}, std::size_t{20}, std::size_t{200}, std::size_t{1000}}) {
    measure(in_flight == 1 ? 2'000 : in_flight == 20 ? 20'000 : 100'000, in_flight);
  }
}

}  // namespace
}  // namespace kuramori::storage::sqlite
