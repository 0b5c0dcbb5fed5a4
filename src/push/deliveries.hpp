// Sends what waits: at most one delivery under way for each pusher, a bounded number at once. All on one
// executor.
//
// A gateway that does not take a notification is tried again after a while that doubles; what has grown too
// old is left out. Mail gathers for a while, and comes the more seldom the longer nothing is read.
#pragma once
#include <map>
#include <optional>

#include "base/logging.hpp"
#include "base/metrics.hpp"
#include "push/digest.hpp"
#include "push/queue.hpp"
#include "rooms/reader.hpp"
#include "runtime/task_scope.hpp"
#include "runtime/wakeup.hpp"

namespace kuramori::push {

struct DeliveryOptions {
  OwnGateways gateways = {};
  Milliseconds retry{10'000};  // after the first failure
  Milliseconds retry_max{3'600'000};
  Milliseconds age_max{86'400'000};  // older notifications are left out
  Milliseconds gateway_timeout{30'000};
  Milliseconds digest_delay{600'000};
  Milliseconds digest_delay_max{86'400'000};
  bool digest_shows_text = false;
  std::string organisation = {};
  std::string base_url = {};
};

class Deliveries {
 public:
  static constexpr std::size_t kAtOnce = 32;

  struct Ports {
    storage::Store& store;
    gate::Gate& gate;
    rooms::RoomReader& rooms;
    Readers& readers;
    GatewaySender& http;
    Post* post;  // null: no mail
    const Clock& clock;
    MetricsRegistry& metrics;
    Logger log;
  };
  Deliveries(Ports ports, Pushers& pushers, Queue& queue, runtime::Wakeup& changed, DeliveryOptions options);

  // Something waits for the pusher; not before `at_ms`.
  void wake(const PusherRef& ref, std::int64_t at_ms);
  void start_due();
  std::optional<std::int64_t> earliest_ms() const;
  // Asks for the end and waits until nothing is under way.
  runtime::Task<void> stop();

  // The person's counts may have changed: pushers that know another number are told.
  runtime::Task<void> counts_changed(UserId user);
  // When mail that was queued now may be sent: with what `attempts` says.
  Attempts digest_attempts(Attempts attempts) const;

 private:
  enum class Next : std::uint8_t { GoOn, Wait, Nothing };
  struct Lane {
    bool busy = false;
    std::int64_t next_ms = 0;
  };
  runtime::Task<void> deliver(PusherRef ref);
  runtime::Task<std::optional<std::int64_t>> deliver_waiting(PusherRef ref);
  runtime::Task<std::optional<StoredPusher>> find(PusherRef ref);
  runtime::Task<std::optional<gate::Permit>> permit_for(gate::Operation operation, UserId user,
                                                        QueuedEvent about);
  runtime::Task<Next> to_gateway(const StoredPusher* pusher, QueueItem item, Attempts* attempts);
  // Nothing when the event or its room is gone.
  runtime::Task<Result<std::optional<std::string>>> body_of(const StoredPusher* pusher, const QueueItem* item,
                                                            const gate::Permit* permit);
  runtime::Task<Next> answered(const StoredPusher* pusher, QueueItem item, gate::Permit permit,
                               std::string answer);
  // It may have been disclosed, but was not taken.
  runtime::Task<Next> failed(const StoredPusher* pusher, gate::Permit permit, Attempts* attempts);
  // Nothing went out: tried again after a while.
  runtime::Task<Next> later(const StoredPusher* pusher, Attempts* attempts);
  runtime::Task<Next> drop(const StoredPusher* pusher, QueueItem item, std::string_view why);
  // The queue is the server's own: what changes there and discloses nothing needs no permission and leaves no
  // entry.
  runtime::Task<Result<storage::CommitReceipt>> settle(storage::UnitOfWork work);
  void count_failure(Attempts& attempts) const;
  runtime::Task<Next> by_mail(const StoredPusher* pusher, Waiting waiting, Attempts* attempts);
  runtime::Task<Result<std::vector<DigestItem>>> digest_items(const StoredPusher* pusher,
                                                              const Waiting* waiting);
  static Next after(const Result<storage::CommitReceipt>& committed);
  runtime::Task<bool> is_read(UserId user, QueueItem item);
  runtime::Task<Result<rooms::RoomEventPtr>> event_of(QueueItem item);  // null: it is gone
  Milliseconds backoff(std::int64_t failures, Milliseconds first, Milliseconds most) const;
  Counter& outcome(std::string_view name) const;

  const Ports ports_;
  Pushers& pushers_;
  Queue& queue_;
  runtime::Wakeup& changed_;
  const DeliveryOptions options_;
  std::map<PusherRef, Lane> lanes_;
  std::map<PusherRef, std::int64_t> badges_;  // the number that each pusher was told last
  std::size_t under_way_ = 0;
  runtime::TaskScope scope_;
};

}  // namespace kuramori::push
