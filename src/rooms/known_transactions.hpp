// Transaction ids that devices have used (client-server API, "Transaction identifiers"). All that the server
// still knows are in memory, as fingerprints with the positions of their events; the table that they come
// back from after a restart is in the order of commits, so that a message dirties no page of its own for it.
// The newest are kept, the oldest goes when a new one comes.
//
//   auto claim = co_await transactions.claim({user, device}, transaction);
//   if (claim->earlier) co_return *claim->earlier;    // the event that it made then
//   ...                                               // the proposal of the event carries
//   claim->fingerprint() claim->settle(event_id);                          // after the commit; without it,
//   the id is free again
#pragma once
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "rooms/requests.hpp"
#include "runtime/one_shot.hpp"
#include "runtime/sequencer.hpp"
#include "runtime/task.hpp"
#include "storage/store.hpp"

namespace kuramori::rooms {

struct SendingDevice {
  UserId user;
  DeviceId device;
};

class KnownTransactions {
 public:
  // Of a device, an endpoint and an id; 0 stands for none.
  using Fingerprint = std::int64_t;
  static Fingerprint fingerprint(const SendingDevice& device, const Transaction& transaction);

  KnownTransactions(storage::Reader& reader, std::size_t transactions_max);
  ~KnownTransactions();

  // The right to use the id: whoever claims it meanwhile waits for the outcome.
  class Claim {
   public:
    Claim() = default;
    Claim(Claim&& other) noexcept;
    Claim& operator=(Claim&&) = delete;
    ~Claim();
    void settle(const EventId& event);
    Fingerprint fingerprint() const { return fingerprint_; }

    std::optional<EventId> earlier;

   private:
    friend class KnownTransactions;
    KnownTransactions* owner_ = nullptr;
    Fingerprint fingerprint_ = 0;
  };
  runtime::Task<Result<Claim>> claim(SendingDevice device, Transaction transaction);

  // Adds the row of a transaction to the unit that commits its event, and erases the oldest when there are
  // enough.
  void store(storage::UnitOfWork& work, storage::NextOf position, Fingerprint fingerprint);
  // In commit order.
  void committed(Fingerprint fingerprint, StreamPosition position);

 private:
  using Outcome = std::optional<EventId>;
  struct Entry {
    StreamPosition position;
    Fingerprint fingerprint;
  };
  class Positions;

  std::optional<StreamPosition> begin(Fingerprint fingerprint,
                                      std::optional<runtime::OneShotFuture<Outcome>>& wait);
  void finish(Fingerprint fingerprint, const Outcome& outcome);
  runtime::Task<Result<void>> load();
  runtime::Task<Result<Outcome>> event_at(StreamPosition position, UserId sender);

  storage::Reader& reader_;
  const std::size_t transactions_max_;
  runtime::Sequencer loading_;
  std::atomic<bool> loaded_{false};
  std::mutex mutex_;
  std::unique_ptr<Positions> positions_;
  std::deque<Entry> by_age_;
  std::unordered_map<Fingerprint, std::vector<runtime::OneShotPromise<Outcome>>> under_way_;
};

}  // namespace kuramori::rooms
