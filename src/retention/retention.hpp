// The job that ends what labels keep for so many days: redacts messages and destroys their files, a little at
// a time, on a thread of its own.
//
//   Retention retention(ports, {});
//   retention.start();  …  retention.stop();
#pragma once
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "base/logging.hpp"
#include "base/metrics.hpp"
#include "gate/gate.hpp"
#include "governance/compiled_policy.hpp"
#include "retention/findings.hpp"
#include "rooms/service.hpp"

namespace kuramori::retention {

// Destroys files; blocking. Called on the job's own thread.
class Files {
 public:
  virtual ~Files() = default;
  // True when it is gone now, and false when it was never one of this server's, or is gone already.
  virtual Result<bool> destroy(const std::string& uri) = 0;
};

class Retention {
 public:
  struct Options {
    Milliseconds every = std::chrono::minutes(10);  // between two passes
    Milliseconds pause{200};                        // between two steps of one
    Milliseconds retry = std::chrono::days(1);      // of what could not be redacted
  };
  struct Ports {
    storage::Store& store;
    storage::KeyRing& keys;
    gate::Gate& gate;
    rooms::RoomService& rooms;
    const provenance::MarkKey& marks;
    Files& files;
    const Clock& clock;
    MetricsRegistry& metrics;
    Logger log;
  };
  Retention(Ports ports, Options options);
  ~Retention();

  void start();
  void stop();
  // A bounded piece of work, on the calling thread. Whether there is more to do now.
  Result<bool> step();

  struct Status {
    struct OfLabel {
      Term term = {};
      Progress progress = {};
    };
    std::vector<OfLabel> labels = {};
    std::int64_t left = 0;  // messages that are to be looked at again
    StreamPosition last = {};
  };
  // AdminRetentionRead.
  static runtime::Task<Result<Status>> status(storage::Store& store, gate::Gate& gate, gate::Permit permit);

 private:
  struct Done {
    std::int64_t redacted = 0;
    std::int64_t files = 0;
    std::int64_t failed = 0;
  };
  Result<bool> step_of(const Term& term, const governance::LabelLattice& labels);
  Result<bool> look_again(std::span<const Term> terms, const governance::LabelLattice& labels);
  void end(const Due& due, Done& done, storage::UnitOfWork& work);
  Result<void> redact(const RoomId& room, const EventId& event, const Due& due);
  Result<void> commit(storage::UnitOfWork work);
  void count(const Done& done);
  void run(const std::stop_token& stop);

  const Ports ports_;
  const Options options_;
  Counter& redacted_;
  Counter& files_destroyed_;
  Counter& failed_;
  std::mutex working_;
  std::vector<EventId> again_;  // of this pass: labelled anew, not looked at yet
  bool has_begun_ = false;      // a pass
  std::mutex mutex_;
  std::condition_variable_any waiting_;
  std::jthread thread_;
};

}  // namespace kuramori::retention
