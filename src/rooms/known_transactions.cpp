#include "rooms/known_transactions.hpp"

#include <cstring>

#include "base/split_map.hpp"
#include "crypto/hash.hpp"
#include "rooms/queries.hpp"
#include "rooms/tables.hpp"

namespace kuramori::rooms {

// Sixteen octets for each, and no allocation.
class KnownTransactions::Positions : public SplitMap<StreamPosition, 256> {};

KnownTransactions::Fingerprint KnownTransactions::fingerprint(const SendingDevice& device,
                                                              const Transaction& transaction) {
  std::string text;
  for (const std::string_view part : {device.user.view(), device.device.view(),
                                      std::string_view(transaction.scope), transaction.id.view()}) {
    text.append(std::to_string(part.size())).append(":").append(part);
  }
  const crypto::Sha256 hash = crypto::sha256(text);
  Fingerprint fingerprint = 0;
  std::memcpy(&fingerprint, hash.data(), sizeof fingerprint);
  return fingerprint == 0 ? 1 : fingerprint;
}

KnownTransactions::KnownTransactions(storage::Reader& reader, std::size_t transactions_max)
    : reader_(reader), transactions_max_(transactions_max), positions_(std::make_unique<Positions>()) {}
KnownTransactions::~KnownTransactions() = default;

KnownTransactions::Claim::Claim(Claim&& other) noexcept
    : earlier(std::move(other.earlier)),
      owner_(std::exchange(other.owner_, nullptr)),
      fingerprint_(other.fingerprint_) {}

KnownTransactions::Claim::~Claim() {
  if (owner_ != nullptr) owner_->finish(fingerprint_, std::nullopt);
}

void KnownTransactions::Claim::settle(const EventId& event) {
  if (owner_ != nullptr) std::exchange(owner_, nullptr)->finish(fingerprint_, event);
}

runtime::Task<Result<KnownTransactions::Claim>> KnownTransactions::claim(SendingDevice device,
                                                                         Transaction transaction) {
  const auto loaded = co_await load();
  if (!loaded) co_return loaded.error();
  Claim claim;
  claim.fingerprint_ = fingerprint(device, transaction);
  for (;;) {
    std::optional<runtime::OneShotFuture<Outcome>> wait;
    const auto position = begin(claim.fingerprint_, wait);
    if (wait) {
      claim.earlier = co_await *wait;
      if (claim.earlier) co_return claim;
    } else if (position) {
      KURAMORI_CO_TRY(earlier, co_await event_at(*position, device.user));
      claim.earlier = std::move(earlier);
      co_return claim;
    } else {
      claim.owner_ = this;
      co_return claim;
    }
  }
}

// Where the transaction's event is, or whose outcome to wait for; neither: it is the caller's now.
std::optional<StreamPosition> KnownTransactions::begin(Fingerprint fingerprint,
                                                       std::optional<runtime::OneShotFuture<Outcome>>& wait) {
  const std::lock_guard lock(mutex_);
  const auto [found, is_new] = under_way_.try_emplace(fingerprint);
  if (!is_new) {
    auto channel = runtime::one_shot<Outcome>();
    found->second.push_back(std::move(channel.first));
    wait.emplace(std::move(channel.second));
    return std::nullopt;
  }
  const auto& positions = positions_->part_of(fingerprint);
  const auto known = positions.find(fingerprint);
  if (known == positions.end()) return std::nullopt;
  under_way_.erase(found);
  return known->second;
}

void KnownTransactions::finish(Fingerprint fingerprint, const Outcome& outcome) {
  std::vector<runtime::OneShotPromise<Outcome>> waiting;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = under_way_.find(fingerprint); found != under_way_.end()) {
      waiting = std::move(found->second);
      under_way_.erase(found);
    }
  }
  for (auto& promise : waiting) promise.set(outcome);
}

void KnownTransactions::store(storage::UnitOfWork& work, storage::NextOf position, Fingerprint fingerprint) {
  work.insert(kTransactions, {position, fingerprint});
  const std::lock_guard lock(mutex_);
  if (by_age_.size() < transactions_max_) return;
  const Entry oldest = by_age_.front();
  by_age_.pop_front();
  auto& positions = positions_->part_of(oldest.fingerprint);
  const auto known = positions.find(oldest.fingerprint);
  if (known != positions.end() && known->second == oldest.position) positions.erase(known);
  work.erase(kTransactions, {oldest.position.value});
}

void KnownTransactions::committed(Fingerprint fingerprint, StreamPosition position) {
  const std::lock_guard lock(mutex_);
  if (positions_->part_of(fingerprint).insert_or_assign(fingerprint, position).second)
    by_age_.push_back({.position = position, .fingerprint = fingerprint});
}

// What was committed before the first claim; what is committed meanwhile comes both ways.
runtime::Task<Result<void>> KnownTransactions::load() {
  if (loaded_.load(std::memory_order_acquire)) co_return Result<void>();
  auto lane = co_await loading_.enter();
  if (!lane) co_return std::move(lane).error();
  if (loaded_.load(std::memory_order_acquire)) co_return Result<void>();
  auto query = [limit = transactions_max_](storage::Snapshot& snapshot) -> Result<std::vector<Entry>> {
    std::vector<Entry> entries;
    const storage::Scan newest{.table = &kTransactions,
                               .index = nullptr,
                               .prefix = {},
                               .from = std::nullopt,
                               .below = std::nullopt,
                               .direction = storage::Direction::Backward,
                               .limit = limit};
    KURAMORI_CHECK(snapshot.for_each(newest, [&](storage::Row&& row) {
      entries.push_back({.position = {storage::integer(row[0])}, .fingerprint = storage::integer(row[1])});
      return entries.size() < limit;
    }));
    return entries;
  };
  auto read = reader_.read(std::move(query));
  KURAMORI_CO_TRY(entries, co_await std::move(read));
  const std::lock_guard lock(mutex_);
  for (const Entry& entry : entries) {
    const bool is_new =
        positions_->part_of(entry.fingerprint).try_emplace(entry.fingerprint, entry.position).second;
    if (is_new) by_age_.push_front(entry);
  }
  loaded_.store(true, std::memory_order_release);
  co_return Result<void>();
}

runtime::Task<Result<KnownTransactions::Outcome>> KnownTransactions::event_at(StreamPosition position,
                                                                              UserId sender) {
  auto query = [position, sender](storage::Snapshot& snapshot) -> Result<Outcome> {
    KURAMORI_TRY(row, event_row_at(snapshot, position));
    const EventColumns columns = event_columns(row);
    if (columns.sender != sender.view()) return corrupt("a transaction points to an event of somebody else");
    return Outcome(EventId(std::string(columns.id)));
  };
  auto read = reader_.read(std::move(query));
  auto outcome = co_await std::move(read);
  co_return outcome;
}

}  // namespace kuramori::rooms
