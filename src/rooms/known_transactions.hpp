// Transaction ids that devices have used (client-server API, "Transaction identifiers"). The truth is in the
// store; here are fingerprints, complete for every device that sent something lately, so that a new id costs
// no read.
//
//   auto claim = co_await transactions.claim({user, device}, transaction);
//   if (claim->earlier) co_return *claim->earlier;         // the event that it made then
//   ...                                                     // the unit of work gets a row of kTransactions
//   claim->settle(event_id);                                // after the commit; without it, the id is free
//   again
#pragma once
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "rooms/requests.hpp"
#include "runtime/one_shot.hpp"
#include "runtime/task.hpp"
#include "storage/store.hpp"

namespace kuramori::rooms {

struct SendingDevice {
  UserId user;
  DeviceId device;
};

class KnownTransactions {
 public:
  KnownTransactions(storage::Reader& reader, std::size_t fingerprints_max);

  // The right to use the id: whoever claims it meanwhile waits for the outcome.
  class Claim {
   public:
    Claim() = default;
    Claim(Claim&& other) noexcept;
    Claim& operator=(Claim&&) = delete;
    ~Claim();
    void settle(const EventId& event);

    std::optional<EventId> earlier;

   private:
    friend class KnownTransactions;
    KnownTransactions* owner_ = nullptr;
    std::string device_;
    std::string key_;
  };
  runtime::Task<Result<Claim>> claim(SendingDevice device, Transaction transaction);

  static storage::Row row(const SendingDevice& device, const Transaction& transaction, const EventId& event,
                          std::int64_t now_ms);

 private:
  using Outcome = std::optional<EventId>;
  struct Device {
    std::unordered_set<std::size_t> fingerprints;
    std::list<std::string>::iterator used;
  };
  enum class Known : std::uint8_t { DeviceUnknown, New, Maybe, UnderWay };

  Known look_up(const std::string& device, const std::string& key,
                std::optional<runtime::OneShotFuture<Outcome>>& wait);
  void begin(const std::string& device, const std::string& key);
  void finish(const std::string& device, const std::string& key, Outcome outcome);
  runtime::Task<Result<void>> load(SendingDevice device, std::string device_key);
  runtime::Task<Result<Outcome>> stored(SendingDevice device, Transaction transaction);
  Device& device_of(const std::string& device);
  void evict();

  storage::Reader& reader_;
  const std::size_t fingerprints_max_;
  std::mutex mutex_;
  std::unordered_map<std::string, Device> devices_;
  std::list<std::string> by_use_;
  std::size_t fingerprints_ = 0;
  std::unordered_map<std::string, std::vector<runtime::OneShotPromise<Outcome>>> under_way_;
};

}  // namespace kuramori::rooms
