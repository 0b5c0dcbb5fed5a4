#include "e2ee/one_time_keys.hpp"

#include <algorithm>

#include "e2ee/tables.hpp"
#include "identity/devices.hpp"

namespace kuramori::e2ee {

using gate::Operation;
using runtime::Task;
using storage::UnitOfWork;

namespace {

constexpr std::size_t kKeysPerRead = 10;
constexpr std::size_t kAttempts = 5;

}  // namespace

OneTimeKeys::OneTimeKeys(Ports ports, std::size_t devices_max) : ports_(ports), devices_max_(devices_max) {}
OneTimeKeys::~OneTimeKeys() = default;

std::string OneTimeKeys::name_of(const DeviceRef& device) {
  std::string name = device.user.str();
  name.push_back('\0');
  name += device.device.view();
  return name;
}

OneTimeKeys::Shelf& OneTimeKeys::shelf_of(const KeyClaim& claim) {
  return shelves_[name_of(claim.device)][claim.algorithm];
}

OneTimeKeys::Shelf* OneTimeKeys::find_shelf(const KeyClaim& claim) {
  const auto device = shelves_.find(name_of(claim.device));
  if (device == shelves_.end()) return nullptr;
  const auto shelf = device->second.find(claim.algorithm);
  return shelf == device->second.end() ? nullptr : &shelf->second;
}

void OneTimeKeys::drop(const KeyClaim& claim) {
  const auto device = shelves_.find(name_of(claim.device));
  if (device == shelves_.end()) return;
  device->second.erase(claim.algorithm);
  if (device->second.empty()) shelves_.erase(device);
}

// Under the mutex. What the shelf has at hand, or nothing when the store must be asked.
std::optional<OneTimeKeys::Taken> OneTimeKeys::take_from(const KeyClaim& claim, std::size_t index) {
  Shelf* const found = find_shelf(claim);
  if (found == nullptr) return std::nullopt;
  Shelf& shelf = *found;
  if (!shelf.ready.empty()) {
    Taken taken{.claim = index, .key = std::move(shelf.ready.front())};
    shelf.ready.pop_front();
    shelf.cursor = taken.key.position;
    ++shelf.in_flight;
    return taken;
  }
  if (!shelf.is_exhausted) return std::nullopt;
  Taken taken{.claim = index, .key = {}, .is_fallback = true};
  if (!shelf.fallback) return taken;  // with an empty id: there is none
  taken.key.key_id = shelf.fallback->key_id;
  taken.key.body = shelf.fallback->body;
  taken.marks_fallback = !shelf.fallback->is_used;
  if (taken.marks_fallback) ++shelf.in_flight;
  return taken;
}

std::vector<OneTimeKeys::Read> OneTimeKeys::to_read(const std::vector<KeyClaim>& claims,
                                                    const std::vector<std::size_t>& missing) {
  std::vector<Read> reads;
  const std::scoped_lock lock(mutex_);
  for (const std::size_t index : missing) {
    const KeyClaim& claim = claims[index];
    const Shelf& shelf = shelf_of(claim);
    Read read;
    read.claim = index;
    read.version = shelf.version;
    read.after = shelf.cursor;
    reads.push_back(std::move(read));
  }
  return reads;
}

Result<void> OneTimeKeys::read_shelf(storage::Snapshot& snapshot, const KeyClaim& claim, Read& read) {
  const storage::Scan scan{.table = &kOneTimeKeys,
                           .prefix = {claim.device.user.str(), claim.device.device.str(), claim.algorithm},
                           .from = storage::Value(read.after + 1),
                           .limit = kKeysPerRead};
  KURAMORI_TRY(rows, snapshot.scan(scan));
  for (const storage::Row& row : rows) {
    read.keys.push_back({.position = storage::integer(row[one_time_key_column::Position]),
                         .key_id = storage::text(row[one_time_key_column::KeyId]),
                         .body = storage::text(row[one_time_key_column::Body])});
  }
  if (!rows.empty()) return {};
  const storage::Key place{claim.device.user.str(), claim.device.device.str(), claim.algorithm};
  KURAMORI_TRY(fallback, snapshot.get(kFallbackKeys, place));
  if (!fallback) return {};
  read.fallback = Fallback{.key_id = storage::text((*fallback)[fallback_key_column::KeyId]),
                           .body = storage::text((*fallback)[fallback_key_column::Body])};
  storage::Key used_place = place;
  used_place.emplace_back(read.fallback->key_id);
  KURAMORI_TRY(used, snapshot.get(kUsedFallbackKeys, used_place));
  read.fallback->is_used = used.has_value();
  return {};
}

// Puts what was read on the shelves and takes what the claims asked for.
void OneTimeKeys::fill(const std::vector<KeyClaim>& claims, std::vector<Read> reads,
                       std::vector<Taken>& taken) {
  const std::scoped_lock lock(mutex_);
  for (Read& read : reads) {
    const KeyClaim& claim = claims[read.claim];
    Shelf& shelf = shelf_of(claim);
    const bool is_current = shelf.version == read.version && shelf.cursor == read.after;
    if (is_current && shelf.ready.empty()) {
      for (Stocked& key : read.keys) shelf.ready.push_back(std::move(key));
      shelf.is_exhausted = shelf.ready.empty();
      shelf.fallback = std::move(read.fallback);
    }
    if (auto one = take_from(claim, read.claim)) taken.push_back(*std::move(one));
  }
  shrink();
}

Task<Result<std::vector<OneTimeKeys::Taken>>> OneTimeKeys::take(const std::vector<KeyClaim>& claims) {
  std::vector<Taken> taken;
  const auto take_ready = [&](const std::vector<std::size_t>& wanted) {
    std::vector<std::size_t> missing;
    const std::scoped_lock lock(mutex_);
    for (const std::size_t index : wanted) {
      if (auto one = take_from(claims[index], index)) {
        taken.push_back(*std::move(one));
      } else {
        missing.push_back(index);
      }
    }
    return missing;
  };
  std::vector<std::size_t> missing(claims.size());
  for (std::size_t i = 0; i < missing.size(); ++i) missing[i] = i;
  missing = take_ready(missing);
  for (std::size_t attempt = 0; !missing.empty() && attempt < kAttempts; ++attempt) {
    auto lane = co_await reading_.enter();
    if (!lane) {
      settle(claims, taken, Settled::Failed);
      co_return std::move(lane).error();
    }
    missing = take_ready(missing);  // others may have filled the shelves meanwhile
    if (missing.empty()) break;
    auto query = [&claims, reads = to_read(claims, missing)](
                     storage::Snapshot& snapshot) mutable -> Result<std::vector<Read>> {
      for (Read& read : reads) KURAMORI_CHECK(read_shelf(snapshot, claims[read.claim], read));
      return std::move(reads);
    };
    auto reads = co_await ports_.reader.read(std::move(query));
    if (!reads) {
      settle(claims, taken, Settled::Failed);
      co_return std::move(reads).error();
    }
    fill(claims, *std::move(reads), taken);
    std::vector<bool> is_met(claims.size(), false);
    for (const Taken& one : taken) is_met[one.claim] = true;
    std::erase_if(missing, [&](std::size_t index) { return is_met[index]; });
  }
  std::erase_if(taken, [](const Taken& one) { return one.key.key_id.empty(); });
  co_return taken;
}

UnitOfWork OneTimeKeys::unit_of(const std::vector<KeyClaim>& claims, const std::vector<Taken>& taken) {
  UnitOfWork work;
  auto changed = std::make_shared<identity::KeyStockChanged>();
  changed->cause = identity::StockCause::Claim;
  for (const Taken& one : taken) {
    const KeyClaim& claim = claims[one.claim];
    storage::Key place{claim.device.user.str(), claim.device.device.str(), claim.algorithm};
    if (one.is_fallback) {
      if (!one.marks_fallback) continue;
      work.expect(kFallbackKeys, place, true);
      place.emplace_back(one.key.key_id);
      work.upsert(kUsedFallbackKeys, std::move(place));
    } else {
      place.emplace_back(one.key.position);
      work.expect(kOneTimeKeys, place, true);
      work.erase(kOneTimeKeys, std::move(place));
    }
    changed->devices.push_back(claim.device);
  }
  if (!changed->devices.empty()) work.publish(work.next(storage::Sequence::Stream), std::move(changed));
  return work;
}

void OneTimeKeys::settle(const std::vector<KeyClaim>& claims, const std::vector<Taken>& taken, Settled how) {
  const std::scoped_lock lock(mutex_);
  for (const Taken& one : taken) {
    if (one.is_fallback && !one.marks_fallback) continue;
    const KeyClaim& claim = claims[one.claim];
    Shelf* const found = find_shelf(claim);
    if (found == nullptr) continue;
    Shelf& shelf = *found;
    if (how == Settled::Failed) {
      // What was taken is still in the store: once nothing is in flight, the shelf starts over.
      shelf.is_out_of_step = true;
      shelf.ready.clear();
      shelf.is_exhausted = false;
    } else if (one.is_fallback && shelf.fallback && shelf.fallback->key_id == one.key.key_id) {
      shelf.fallback->is_used = true;
    }
    if (shelf.in_flight > 0 && --shelf.in_flight == 0 && shelf.is_out_of_step) drop(claim);
  }
}

void OneTimeKeys::shrink() {
  const auto is_idle = [](const auto& shelf) { return shelf.second.in_flight == 0; };
  for (auto it = shelves_.begin(); shelves_.size() > devices_max_ && it != shelves_.end();)
    it = std::ranges::all_of(it->second, is_idle) ? shelves_.erase(it) : std::next(it);
}

Task<Result<std::vector<ClaimedKey>>> OneTimeKeys::claim(gate::Permit permit, std::vector<KeyClaim> claims) {
  permit.require(Operation::KeysClaim);
  if (claims.size() > kClaimsPerRequestMax) {
    co_return Error(ErrorCode::TooLarge, "M_TOO_LARGE", "A request claims at most 20000 keys.");
  }
  const gate::Subject subject = permit.subject();
  const gate::Resource resource = permit.resource();
  std::optional<gate::Permit> held(std::move(permit));
  for (std::size_t attempt = 0; attempt < kAttempts; ++attempt) {
    auto taken = co_await take(claims);
    if (!taken) co_return std::move(taken).error();
    std::vector<ClaimedKey> given;
    given.reserve(taken->size());
    for (const Taken& one : *taken) {
      const KeyClaim& claim = claims[one.claim];
      given.push_back({claim.device, claim.algorithm + ":" + one.key.key_id, one.key.body});
    }
    UnitOfWork work = unit_of(claims, *taken);
    if (work.empty()) co_return given;
    if (!held) {
      gate::Action action{subject, Operation::KeysClaim, resource};
      auto permitted = co_await ask_again(ports_.gate, std::move(action));
      if (!permitted) {
        settle(claims, *taken, Settled::Failed);
        co_return std::move(permitted).error();
      }
      held.emplace(*std::move(permitted));
    }
    gate::Permit used = *std::move(held);
    held.reset();
    gate::Outcome outcome{.detail = std::to_string(given.size()) + " keys"};
    auto committed = co_await ports_.gate.commit(std::move(used), std::move(work), std::move(outcome));
    settle(claims, *taken, committed ? Settled::Committed : Settled::Failed);
    if (committed) co_return given;
    // A device, or its keys, went meanwhile: look again.
    if (committed.error().code() != ErrorCode::Conflict) co_return std::move(committed).error();
  }
  co_return unavailable("The keys could not be claimed; try again.", "keys changed at every attempt");
}

void OneTimeKeys::committed(std::span<const Change> changes) {
  for (const Change& change : changes) {
    const storage::ChangePayload* payload = change.payload.get();
    if (const auto* stock = dynamic_cast<const identity::KeyStockChanged*>(payload)) {
      if (stock->cause == identity::StockCause::Claim) continue;  // our own
      const std::scoped_lock lock(mutex_);
      for (const DeviceRef& device : stock->devices) restock(device);
    } else if (const auto* list = dynamic_cast<const identity::DeviceListChanged*>(payload)) {
      const std::scoped_lock lock(mutex_);
      for (const DeviceId& device : list->removed) clear({list->user, device});
    }
  }
}

void OneTimeKeys::restock(const DeviceRef& device) {
  const auto found = shelves_.find(name_of(device));
  if (found == shelves_.end()) return;
  for (auto& [algorithm, shelf] : found->second) {
    shelf.version = ++version_;
    shelf.is_exhausted = false;
  }
}

void OneTimeKeys::clear(const DeviceRef& device) {
  const auto found = shelves_.find(name_of(device));
  if (found == shelves_.end()) return;
  for (auto& [algorithm, shelf] : found->second) {
    shelf.ready.clear();
    shelf.version = ++version_;
    shelf.is_exhausted = false;
    shelf.is_out_of_step = true;
  }
  std::erase_if(found->second, [](const auto& shelf) { return shelf.second.in_flight == 0; });
  if (found->second.empty()) shelves_.erase(found);
}

}  // namespace kuramori::e2ee
