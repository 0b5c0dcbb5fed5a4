// Hears of the stream and tells people's pushers of what they have not seen.
//
// Lives as long as the store. `committed` notes what came, on the writer's thread; one coroutine (`run`)
// judges it in order and queues what notifies. What was not judged when the server ended is judged when it
// starts again.
#pragma once
#include <deque>
#include <mutex>
#include <set>

#include "push/deliveries.hpp"
#include "rooms/ports.hpp"
#include "rooms/room_event.hpp"
#include "storage/store.hpp"

namespace kuramori::push {

class Service final : public storage::StreamListener {
 public:
  static constexpr std::size_t kPendingMax = 10'000;

  struct Ports {
    storage::Store& store;
    gate::Gate& gate;
    storage::KeyRing& keys;
    identity::Sessions& sessions;
    rooms::RoomReader& rooms;
    rooms::PersonalChoices& choices;
    Readers& readers;
    GatewaySender& http;
    Post* post;  // null: no mail
    const Clock& clock;
    Random& random;
    MetricsRegistry& metrics;
    Logger log;
  };
  Service(Ports ports, DeliveryOptions options);
  ~Service() override;

  Pushers& pushers() { return pushers_; }
  const OwnGateways& gateways() const { return gateways_; }
  bool sends_mail() const { return ports_.post != nullptr; }

  void committed(std::span<const Change> changes) override;
  // The person read something, or wrote. From any thread.
  void counts_changed(const UserId& user);
  // Until stopped. Spawned once, by the wiring.
  runtime::Task<void> run(std::stop_token stop);

 private:
  struct Arrival {
    StreamPosition position = {};
    matrix::EventPtr event = {};
    rooms::RoomStatePtr before = {};
    rooms::RoomStatePtr after = {};
  };
  struct Hit {
    UserId user = {};
    QueuedEvent event = {};
  };
  std::vector<Arrival> take_arrivals();
  std::vector<UserId> take_readers();
  std::vector<UserId> candidates(const Arrival& arrival) const;
  runtime::Task<void> load(std::stop_token stop);
  runtime::Task<Result<void>> catch_up();
  runtime::Task<Result<std::vector<Arrival>>> missed(StreamPosition after, StreamPosition up_to);
  runtime::Task<Result<void>> judge(Arrival arrival);
  runtime::Task<std::optional<Hit>> judge_for(const Arrival* arrival, UserId user);
  runtime::Task<bool> is_wanted(const Arrival* arrival, UserId user);
  // What one event adds to a person's pushers, and which have to be looked at when.
  struct Addition {
    storage::UnitOfWork work = {};
    std::vector<std::pair<PusherRef, std::int64_t>> woken = {};
  };
  runtime::Task<Result<Addition>> add_hit(StreamPosition position, Hit hit);
  runtime::Task<Result<void>> queue_hits(StreamPosition position, std::vector<Hit> hits);
  runtime::Task<Result<void>> judge_all(std::vector<Arrival> arrivals);

  const Ports ports_;
  const OwnGateways gateways_;
  Pushers pushers_;
  Queue queue_;
  runtime::Wakeup changed_;
  Counter& queued_;
  std::mutex mutex_;
  std::deque<Arrival> pending_;
  std::set<UserId> readers_;
  bool behind_ = false;  // something came that was not kept: it is read from storage
  StreamPosition
      judged_;  // of `run` alone: what storage showed is not judged again when the stream brings it
  Deliveries deliveries_;
};

}  // namespace kuramori::push
