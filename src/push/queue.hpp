// What waits for each pusher, and when the pusher is tried next: in tables, sealed under the person's key.
// Bounded for each pusher: the newest stay.
#pragma once
#include <optional>
#include <vector>

#include "push/event_push.hpp"
#include "push/pushers.hpp"

namespace kuramori::push {

struct QueueItem {
  StreamPosition position = {};  // 0: the badge alone
  QueuedEvent event = {};
  std::int64_t queued_ms = 0;
  bool is_badge() const { return position.value == 0; }
};

struct Attempts {
  std::int64_t failures = 0;  // in a row; of mail: digests since the person has last read everything
  std::int64_t next_ms = 0;
};

struct Waiting {
  std::vector<QueueItem> items = {};  // oldest first, the badge before them
  Attempts attempts = {};
};

class Queue {
 public:
  static constexpr std::size_t kItemsMax = 50;

  struct Ports {
    storage::Reader& reader;
    storage::KeyRing& keys;
    const Clock& clock;
    Random& random;
  };
  explicit Queue(Ports ports) : ports_(ports) {}

  runtime::Task<Result<Waiting>> of(PusherRef ref);
  runtime::Task<Result<Attempts>> attempts_of(PusherRef ref);
  // Every pusher that has something waiting, with the time of its next attempt.
  runtime::Task<Result<std::vector<std::pair<PusherRef, std::int64_t>>>> all();
  // Adds to `work`; what is too much goes, oldest first. Conflict at the commit when the pusher has gone.
  runtime::Task<Result<void>> add_in(storage::UnitOfWork* work, PusherRef ref, QueueItem item);
  static void erase_in(storage::UnitOfWork& work, const PusherRef& ref, StreamPosition position);
  static void set_attempts_in(storage::UnitOfWork& work, const PusherRef& ref, const Attempts& attempts);
  static void clear_in(storage::UnitOfWork& work, const PusherRef& ref);

  runtime::Task<Result<std::optional<StreamPosition>>> progress();
  static void set_progress_in(storage::UnitOfWork& work, StreamPosition position);

 private:
  const Ports ports_;
};

}  // namespace kuramori::push
