// What the record costs. The figures are printed; the bounds are loose enough for sanitizers on a busy
// machine, and still fail when something becomes quadratic.
#include <gtest/gtest.h>

#include <cstdio>
#include <ctime>
#include <fstream>

#include "audit/delivery_log.hpp"
#include "audit/export.hpp"
#include "audit/offline_verifier.hpp"
#include "audit/tests/record_fixture.hpp"
#include "audit/verify_store.hpp"

namespace kuramori::audit {
namespace {

// Processor time of all threads: what the work costs, whatever else the machine does.
class Stopwatch {
 public:
  double seconds() const { return static_cast<double>(std::clock() - start_) / CLOCKS_PER_SEC; }

 private:
  std::clock_t start_ = std::clock();
};

TEST(Throughput, Append) {
  constexpr int kAppended = 20'000;
  Record record;
  ASSERT_TRUE(record.run(record.recorder().prepare(Record::person_id(1))));
  const Entry entry =
      Record::entry(Record::person_id(1).str(), "$NWGzpCE5aXWt1wJVDNUYPkXKBd0B2mGXLjUGbFMKVnA");
  SystemRandom random;
  Recorder recorder(record.keys(), record.clock(), random);
  const Stopwatch watch;
  for (int i = 0; i < kAppended; ++i) {
    storage::UnitOfWork work;
    ASSERT_TRUE(recorder.ready(entry.who.user));
    recorder.append(work, entry);
  }
  const double microseconds = watch.seconds() * 1e6 / kAppended;
  std::printf("append: %.2f us an entry\n", microseconds);
  EXPECT_LT(microseconds, 500);
}

TEST(Throughput, Note) {
  constexpr int kNotes = 100'000;
  Record record;
  DeliveryLog log({record.store(), record.recorder(), record.clock(), record.metrics(), Logger::silent()},
                  {});
  std::vector<Who> devices;
  for (int i = 0; i < 1000; ++i) {
    devices.push_back(
        {Record::person_id(i), DeviceId("DEVICE"), SessionId("session"), "192.0.2.7", "Client/1.0"});
  }
  const Stopwatch watch;
  for (int i = 0; i < kNotes; ++i)
    log.note(devices[static_cast<std::size_t>(i % 1000)], {i / 1000}, {i / 1000 + 1});
  const double microseconds = watch.seconds() * 1e6 / kNotes;
  std::printf("note a delivery: %.2f us\n", microseconds);
  EXPECT_LT(microseconds, 100);
}

#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr std::size_t kEntries = 10'000;
#else
constexpr std::size_t kEntries = 100'000;
#endif

TEST(Throughput, IntegrateVerifyExportAndVerifyOffline) {
  Record record(Adapter::Sqlite);
  const Stopwatch filling;
  record.fill(kEntries);
  std::printf("append and commit %zu: %.2f s\n", kEntries, filling.seconds());

  const Stopwatch integrating;
  EXPECT_EQ(record.flush().checkpoint.head.size, kEntries);
  std::printf("integrate: %.0f entries/s\n", static_cast<double>(kEntries) / integrating.seconds());
  EXPECT_LT(integrating.seconds(), 60);

  const Stopwatch verifying;
  const StoreReport report = *verify_store(
      record.store(),
      {.key = record.log().public_key(), .checkpoints = {}, .organisation = {}, .progress = {}});
  EXPECT_TRUE(report.intact());
  EXPECT_EQ(report.verified, kEntries);
  std::printf("verify the store: %.0f entries/s\n", static_cast<double>(kEntries) / verifying.seconds());

  std::ofstream out(record.directory() / "export.jsonl", std::ios::binary);
  const auto sink = [&out](std::string_view lines) -> Result<void> {
    out << lines;
    return {};
  };
  const Stopwatch exporting;
  const auto range = export_record(record.store(), record.keys(), record.log().signer(),
                                   {.from = from_unix_ms(0),
                                    .to = record.clock().now() + Milliseconds(1),
                                    .personal = PersonalDetail::Include,
                                    .progress = {}},
                                   sink);
  out.close();
  ASSERT_TRUE(range);
  EXPECT_EQ(range->count, kEntries);
  std::printf("export: %.0f entries/s\n", static_cast<double>(kEntries) / exporting.seconds());

  const Stopwatch checking;
  const FileReport file = *verify_file(record.directory() / "export.jsonl",
                                       {.trusted = record.log().public_key(), .progress = {}});
  EXPECT_TRUE(file.intact());
  EXPECT_EQ(file.entries, kEntries);
  std::printf("verify the export: %.0f entries/s\n", static_cast<double>(kEntries) / checking.seconds());
}

}  // namespace
}  // namespace kuramori::audit
