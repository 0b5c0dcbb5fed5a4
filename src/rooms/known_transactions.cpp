#include "rooms/known_transactions.hpp"

#include <limits>

#include "rooms/tables.hpp"

namespace kuramori::rooms {
namespace {

std::string device_key(const SendingDevice& device) {
  std::string key = device.user.str();
  key.push_back('\0');
  key += device.device.view();
  return key;
}

std::string transaction_key(const std::string& device, std::string_view scope, std::string_view id) {
  std::string key;
  key.reserve(device.size() + scope.size() + id.size() + 2);
  key += device;
  key.push_back('\0');
  key += scope;
  key.push_back('\0');
  key += id;
  return key;
}

std::size_t fingerprint(const std::string& key) {
  return std::hash<std::string>{}(key);
}

}  // namespace

KnownTransactions::KnownTransactions(storage::Reader& reader, std::size_t fingerprints_max)
    : reader_(reader), fingerprints_max_(fingerprints_max) {}

KnownTransactions::Claim::Claim(Claim&& other) noexcept
    : earlier(std::move(other.earlier)),
      owner_(std::exchange(other.owner_, nullptr)),
      device_(std::move(other.device_)),
      key_(std::move(other.key_)) {}

KnownTransactions::Claim::~Claim() {
  if (owner_ != nullptr) owner_->finish(device_, key_, std::nullopt);
}

void KnownTransactions::Claim::settle(const EventId& event) {
  if (owner_ != nullptr) std::exchange(owner_, nullptr)->finish(device_, key_, event);
}

runtime::Task<Result<KnownTransactions::Claim>> KnownTransactions::claim(SendingDevice device,
                                                                         Transaction transaction) {
  const std::string from = device_key(device);
  const std::string key = transaction_key(from, transaction.scope, transaction.id.view());
  Claim claim;
  bool checked_store = false;
  for (;;) {
    std::optional<runtime::OneShotFuture<Outcome>> wait;
    Known known{};
    {
      const std::lock_guard lock(mutex_);
      known = look_up(from, key, wait);
      if (known == Known::New || (known == Known::Maybe && checked_store)) {
        begin(from, key);
        claim.owner_ = this;
        claim.device_ = from;
        claim.key_ = key;
        co_return claim;
      }
    }
    if (known == Known::UnderWay) {
      claim.earlier = co_await *wait;
      if (claim.earlier) co_return claim;
      checked_store = false;
    } else if (known == Known::DeviceUnknown) {
      const auto loaded = co_await load(device, from);
      if (!loaded) co_return loaded.error();
    } else {
      KURAMORI_CO_TRY(earlier, co_await stored(device, transaction));
      claim.earlier = std::move(earlier);
      if (claim.earlier) co_return claim;
      checked_store = true;
    }
  }
}

KnownTransactions::Known KnownTransactions::look_up(const std::string& device, const std::string& key,
                                                    std::optional<runtime::OneShotFuture<Outcome>>& wait) {
  if (const auto found = under_way_.find(key); found != under_way_.end()) {
    auto channel = runtime::one_shot<Outcome>();
    found->second.push_back(std::move(channel.first));
    wait.emplace(std::move(channel.second));
    return Known::UnderWay;
  }
  const auto found = devices_.find(device);
  if (found == devices_.end()) return Known::DeviceUnknown;
  by_use_.splice(by_use_.begin(), by_use_, found->second.used);
  return found->second.fingerprints.contains(fingerprint(key)) ? Known::Maybe : Known::New;
}

void KnownTransactions::begin(const std::string& device, const std::string& key) {
  under_way_.try_emplace(key);
  if (device_of(device).fingerprints.insert(fingerprint(key)).second) ++fingerprints_;
  evict();
}

void KnownTransactions::finish(const std::string&, const std::string& key, Outcome outcome) {
  std::vector<runtime::OneShotPromise<Outcome>> waiting;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = under_way_.find(key); found != under_way_.end()) {
      waiting = std::move(found->second);
      under_way_.erase(found);
    }
  }
  for (auto& promise : waiting) promise.set(outcome);
}

runtime::Task<Result<void>> KnownTransactions::load(SendingDevice device, std::string device_key) {
  auto query = [device, device_key](storage::Snapshot& snapshot) -> Result<std::vector<std::size_t>> {
    std::vector<std::size_t> fingerprints;
    const storage::Scan scan{.table = &kTransactions,
                             .index = nullptr,
                             .prefix = {device.user.str(), device.device.str()},
                             .from = std::nullopt,
                             .below = std::nullopt,
                             .limit = std::numeric_limits<std::size_t>::max()};
    KURAMORI_CHECK(snapshot.for_each(scan, [&](storage::Row&& row) {
      fingerprints.push_back(
          fingerprint(transaction_key(device_key, storage::text(row[2]), storage::text(row[3]))));
      return true;
    }));
    return fingerprints;
  };
  auto read = reader_.read(std::move(query));
  KURAMORI_CO_TRY(fingerprints, co_await std::move(read));
  const std::lock_guard lock(mutex_);
  Device& known = device_of(device_key);
  const std::size_t before = known.fingerprints.size();
  known.fingerprints.insert(fingerprints.begin(), fingerprints.end());
  fingerprints_ += known.fingerprints.size() - before;
  evict();
  co_return Result<void>();
}

runtime::Task<Result<KnownTransactions::Outcome>> KnownTransactions::stored(SendingDevice device,
                                                                            Transaction transaction) {
  auto query = [device, transaction](storage::Snapshot& snapshot) -> Result<Outcome> {
    KURAMORI_TRY(row, snapshot.get(kTransactions, {device.user.str(), device.device.str(), transaction.scope,
                                                   transaction.id.str()}));
    if (!row) return Outcome();
    return Outcome(EventId(storage::text((*row)[4])));
  };
  auto read = reader_.read(std::move(query));
  auto outcome = co_await std::move(read);
  co_return outcome;
}

storage::Row KnownTransactions::row(const SendingDevice& device, const Transaction& transaction,
                                    const EventId& event, std::int64_t now_ms) {
  return {device.user.str(),    device.device.str(), transaction.scope,
          transaction.id.str(), event.str(),         now_ms};
}

KnownTransactions::Device& KnownTransactions::device_of(const std::string& device) {
  const auto [found, added] = devices_.try_emplace(device);
  if (added) {
    by_use_.push_front(device);
    found->second.used = by_use_.begin();
  }
  return found->second;
}

// Whole devices go, the least recently used first: what is left stays complete.
void KnownTransactions::evict() {
  while (fingerprints_ > fingerprints_max_ && devices_.size() > 1) {
    const auto last = devices_.find(by_use_.back());
    fingerprints_ -= last->second.fingerprints.size();
    devices_.erase(last);
    by_use_.pop_back();
  }
}

}  // namespace kuramori::rooms
