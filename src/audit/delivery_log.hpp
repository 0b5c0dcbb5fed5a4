// Who received which part of the stream: collected in memory per device and recorded as a few ranges every
// ten seconds, for an entry a response would be more than the messages themselves.
//
//   deliveries.note(who, since, next);       // (since, next] was sent to this device; constant time, from
//   any thread
//
// Lives beside the log: run() in a task scope, flush() at shutdown. Bounded: over `devices_max` it flushes
// early, over twice that it counts, and records how many deliveries it could not attribute.
#pragma once
#include <array>
#include <atomic>
#include <mutex>
#include <stop_token>
#include <unordered_map>
#include <vector>

#include "audit/recorder.hpp"
#include "base/logging.hpp"
#include "base/metrics.hpp"
#include "runtime/sequencer.hpp"
#include "runtime/wakeup.hpp"
#include "storage/store.hpp"

namespace kuramori::audit {

constexpr std::string_view kDeliveryOperation = "sync.delivery";
constexpr std::string_view kFileDeliveryOperation = "media.delivery";

class DeliveryLog {
 public:
  struct Ports {
    storage::Store& store;
    Recorder& recorder;
    const Clock& clock;
    MetricsRegistry& metrics;
    Logger log;
  };
  struct Options {
    Milliseconds interval{10'000};
    std::size_t devices_max = 50'000;
    std::size_t ranges_max = 64;  // of one device between two flushes
    std::size_t entries_per_unit = 256;
  };
  DeliveryLog(Ports ports, Options options);

  // The positions after `from` up to and with `to`.
  void note(const Who& who, StreamPosition from, StreamPosition to);
  // A file (its mxc:// URI) was given out to this device; once in each interval, however often.
  void note_file(const Who& who, std::string uri);
  runtime::Task<void> run(std::stop_token stop);
  // Records what was noted so far. What could not be recorded is kept for the next time.
  runtime::Task<Result<void>> flush();

 private:
  struct Range {
    std::int64_t first;
    std::int64_t last;
  };
  struct Device {
    Who who;
    std::vector<Range> ranges;
    std::uint64_t beyond = 0;  // ranges that found no place
    std::vector<std::string> files = {};
    std::uint64_t files_beyond = 0;
  };
  struct Name {
    std::string_view user;
    std::string_view device;
    friend bool operator==(const Name&, const Name&) = default;
  };
  struct NameHash {
    std::size_t operator()(const Name& name) const noexcept;
  };
  // The names point into the devices, which do not move.
  using Devices = std::unordered_map<Name, std::unique_ptr<Device>, NameHash>;
  struct Shard {
    std::mutex mutex;
    Devices devices;
  };

  // Runs `change` on the device, under its lock; not at all when there are too many devices.
  template <class Change>
  void with_device(const Who& who, Change change);
  void add(const Who& who, Range range);
  void put_back(const Device& device);
  std::vector<std::unique_ptr<Device>> take();
  runtime::Task<Result<void>> record(std::vector<std::unique_ptr<Device>> devices);
  runtime::Task<Result<bool>> prepare(UserId user);
  Entry entry_of(const Device& device) const;
  Entry files_entry_of(const Device& device) const;

  Ports ports_;
  Options options_;
  Counter& unattributed_total_;
  std::array<Shard, 16> shards_;
  std::atomic<std::size_t> devices_{0};
  std::atomic<std::uint64_t> unattributed_{0};
  runtime::Sequencer lane_;
  runtime::Wakeup wakeup_;
};

}  // namespace kuramori::audit
