#include "identity/restrictions.hpp"

#include <limits>
#include <mutex>

#include "base/assert.hpp"
#include "identity/tables.hpp"

namespace kuramori::identity {
namespace {

enum Column : std::uint8_t { kUser, kLocked, kSuspended };

bool is_none(const Restriction& restriction) {
  return restriction.locked == Locked::No && restriction.suspended == Suspended::No;
}

}  // namespace

Restrictions::Restrictions(storage::Reader& reader, gate::Gate& gate, const Clock& clock)
    : gate_(gate), clock_(clock) {
  const auto query = [](storage::Snapshot& snapshot) {
    return snapshot.scan({.table = &kAccountRestrictions,
                          .index = nullptr,
                          .prefix = {},
                          .from = std::nullopt,
                          .below = std::nullopt,
                          .limit = std::numeric_limits<std::size_t>::max()});
  };
  const auto rows = reader.read_blocking(query);
  ensure(rows.has_value(), "the restricted accounts can be read at start-up");
  for (const storage::Row& row : *rows) {
    restricted_[UserId(storage::text(row[kUser]))] = {
        .locked = storage::integer(row[kLocked]) != 0 ? Locked::Yes : Locked::No,
        .suspended = storage::integer(row[kSuspended]) != 0 ? Suspended::Yes : Suspended::No};
  }
  is_any_ = !restricted_.empty();
}

Restriction Restrictions::of(const UserId& user) const {
  if (!is_any_.load(std::memory_order_acquire)) return {};
  const std::shared_lock lock(mutex_);
  const auto found = restricted_.find(user);
  return found == restricted_.end() ? Restriction() : found->second;
}

runtime::Task<Result<void>> Restrictions::lock(gate::Permit permit, UserId user, Locked locked) {
  permit.require(gate::Operation::AdminUserLock);
  KURAMORI_CO_TRY(lane, co_await changing_.enter());
  Restriction restriction = of(user);
  restriction.locked = locked;
  auto storing = store(std::move(permit), std::move(user), restriction);
  auto outcome = co_await std::move(storing);
  co_return outcome;
}

runtime::Task<Result<void>> Restrictions::suspend(gate::Permit permit, UserId user, Suspended suspended) {
  permit.require(gate::Operation::AdminUserSuspend);
  KURAMORI_CO_TRY(lane, co_await changing_.enter());
  Restriction restriction = of(user);
  restriction.suspended = suspended;
  auto storing = store(std::move(permit), std::move(user), restriction);
  auto outcome = co_await std::move(storing);
  co_return outcome;
}

runtime::Task<Result<void>> Restrictions::store(gate::Permit permit, UserId user, Restriction restriction) {
  storage::UnitOfWork work;
  const bool is_locked = restriction.locked == Locked::Yes;
  const bool is_suspended = restriction.suspended == Suspended::Yes;
  if (is_none(restriction)) {
    work.erase(kAccountRestrictions, {user.str()});
  } else {
    work.upsert(kAccountRestrictions,
                {user.str(), std::int64_t{is_locked}, std::int64_t{is_suspended}, clock_.now_ms()});
  }
  auto change = std::make_shared<RestrictionChanged>();
  change->user = user;
  change->restriction = restriction;
  work.publish(work.next(storage::Sequence::Stream), std::move(change));
  std::string detail = std::string(is_locked ? "locked" : "not locked");
  detail += is_suspended ? ", suspended" : ", not suspended";
  auto committing = gate_.commit(std::move(permit), std::move(work), {.detail = std::move(detail)});
  const auto receipt = co_await std::move(committing);
  if (!receipt) co_return receipt.error();
  co_return Result<void>();
}

void Restrictions::committed(std::span<const Change> changes) {
  for (const Change& change : changes) {
    const auto* changed = dynamic_cast<const RestrictionChanged*>(change.payload.get());
    if (changed == nullptr) continue;
    const std::unique_lock lock(mutex_);
    if (is_none(changed->restriction)) {
      restricted_.erase(changed->user);
    } else {
      restricted_[changed->user] = changed->restriction;
    }
    is_any_.store(!restricted_.empty(), std::memory_order_release);
  }
}

}  // namespace kuramori::identity
