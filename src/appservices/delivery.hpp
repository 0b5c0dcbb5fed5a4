// Sends each service what its namespaces cover, in stream order (application-service API, "Pushing events").
// One coroutine and at most one transaction under way for each service.
//
// A transaction is written down before it is sent and struck out after the service has answered: whatever
// happens in between, the same events go out again under the same id, until the service takes them. Content
// is never copied: events that are redacted or erased meanwhile go out in that form (docs/decisions/0010).
// What is not kept (typing, receipts, presence) rides along, or goes alone, in memory.
//
//   Delivery delivery(services, ports, {});
//   store.add_listener(delivery);            // after the rooms
//   delivery.spawn(scope, executor);
#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "appservices/ephemeral.hpp"
#include "appservices/interest.hpp"
#include "appservices/ports.hpp"
#include "base/clock.hpp"
#include "base/logging.hpp"
#include "base/metrics.hpp"
#include "gate/gate.hpp"
#include "runtime/task_scope.hpp"
#include "runtime/wakeup.hpp"

namespace kuramori::appservices {

// How a service is doing, for administrators.
struct DeliveryStatus {
  std::string service = {};
  StreamPosition received = {};
  bool is_under_way = false;   // a transaction waits for its answer
  std::uint64_t failures = 0;  // in a row, of the transaction under way
  std::string last_failure = {};
  std::optional<Timestamp> last_success = {};
};

class Delivery final : public storage::StreamListener {
 public:
  struct Ports {
    storage::Store& store;
    gate::Gate& gate;
    rooms::RoomReader& rooms;
    HttpSender& http;
    const Clock& clock;
    Random& random;
    MetricsRegistry& metrics;
    Logger log;
    NoteDelivery delivered;
    PresenceSource presence = {};  // empty: nobody is told of presence
  };
  struct Options {
    std::size_t events_max = 100;       // of one transaction
    std::size_t bytes_max = 1'048'576;  // of one transaction; a single event may be larger
    std::size_t scanned_max = 1'000;    // events looked at in one go
    std::int64_t unsaved_max = 10'000;  // positions that concern nobody, before the place is written down
    Milliseconds first_wait{1'000};     // after the first failure; doubled up to the longest
    Milliseconds longest_wait{60'000};
    Milliseconds timeout{60'000};
    std::size_t notices_max = 1'000;    // that wait for a service
    std::size_t notices_at_once = 100;  // in one transaction
  };
  Delivery(const Services& services, Ports ports, Options options);
  ~Delivery() override;

  // A coroutine for each service that has an address, until the scope stops.
  void spawn(runtime::TaskScope& scope, runtime::Executor& executor);
  void committed(std::span<const Change> changes) override;
  // What is not kept, in the order of the stream. Whether any service wants it: such a one is there from the
  // start.
  void note(std::span<const Notice> notices);
  bool wants_notices() const;
  // The service is known to be up: what waits after a failure is tried at once.
  void try_now(std::string_view service);
  std::vector<DeliveryStatus> status() const;

 private:
  StreamPosition newest() const;
  void told_of(StreamPosition position);
  struct Worker;
  struct Transaction;

  runtime::Task<void> run(Worker& worker, std::stop_token stop);
  runtime::Task<Result<void>> load(Worker& worker);
  runtime::Task<Result<void>> save(Worker& worker);
  // The next transaction after what was received; none when nothing concerns the service.
  runtime::Task<Result<void>> gather(Worker& worker);
  runtime::Task<Result<void>> prepare(Worker& worker);
  // Cut: at the bytes that one transaction may have. One that was written down before stays what it was.
  enum class Fit : bool { AsItIs, Cut };
  runtime::Task<Result<void>> render(Worker& worker, Fit fit);
  runtime::Task<Result<std::string>> render_event(Worker& worker, EventPlace place);
  // Puts what waits and concerns the service into its transaction (delivery_notices.cpp).
  runtime::Task<Result<void>> take_notices(Worker& worker, StreamPosition up_to);
  runtime::Task<Result<bool>> concerns(Worker& worker, const Notice* notice);
  runtime::Task<Result<bool>> may_have(Worker& worker, const Notice* notice);
  // What is in the transaction under way, for who hears of redactions.
  static void watch(Worker& worker);
  // Until the service has taken it.
  runtime::Task<Result<void>> deliver(Worker& worker, std::stop_token stop);
  runtime::Task<Result<void>> refresh(Worker& worker);
  runtime::Task<void> settle(Worker& worker);
  runtime::Task<Result<int>> put(Worker& worker, std::string path, std::stop_token stop);
  runtime::Task<void> wait_after_failure(Worker& worker, std::stop_token stop);
  void failed(Worker& worker, std::string why);

  const Services& services_;
  Ports ports_;
  Options options_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::atomic<std::int64_t> told_{0};  // the newest position that the store told of
};

// Who a service is, where it is asked on its behalf: its own user, from a place of its own.
gate::Subject subject_of(const Registration& service);

}  // namespace kuramori::appservices
