#include "audit/delivery_log.hpp"

#include <algorithm>

namespace kuramori::audit {

std::size_t DeliveryLog::NameHash::operator()(const Name& name) const noexcept {
  const std::hash<std::string_view> hash;
  return hash(name.user) ^ (hash(name.device) * 0x9E37'79B9'7F4A'7C15);
}

DeliveryLog::DeliveryLog(Ports ports, Options options)
    : ports_(std::move(ports)),
      options_(options),
      unattributed_total_(
          ports_.metrics.counter("kuramori_audit_unattributed_deliveries_total",
                                 "Deliveries recorded without naming the device: too many at once.")) {}

void DeliveryLog::note(const Who& who, StreamPosition from, StreamPosition to) {
  if (to.value <= from.value) return;
  add(who, {from.value + 1, to.value});
}

void DeliveryLog::note_file(const Who& who, std::string uri) {
  with_device(who, [this, &uri](Device& device) {
    if (std::ranges::find(device.files, uri) != device.files.end()) return;
    if (device.files.size() < options_.ranges_max) {
      device.files.push_back(std::move(uri));
    } else {
      ++device.files_beyond;
    }
  });
}

void DeliveryLog::add(const Who& who, Range range) {
  with_device(who, [this, range](Device& device) {
    // Nearly always the next part of the same run.
    if (!device.ranges.empty() && range.first >= device.ranges.back().first &&
        range.first <= device.ranges.back().last + 1) {
      device.ranges.back().last = std::max(device.ranges.back().last, range.last);
    } else if (device.ranges.size() < options_.ranges_max) {
      device.ranges.push_back(range);
    } else {
      ++device.beyond;
    }
  });
}

template <class Change>
void DeliveryLog::with_device(const Who& who, Change change) {
  const Name name{who.user.view(), who.device.view()};
  Shard& shard = shards_[NameHash{}(name) % shards_.size()];
  const std::scoped_lock lock(shard.mutex);
  auto found = shard.devices.find(name);
  if (found == shard.devices.end()) {
    const std::size_t count = devices_.fetch_add(1, std::memory_order_relaxed) + 1;
    if (count >= options_.devices_max) wakeup_.notify();
    if (count > 2 * options_.devices_max) {
      devices_.fetch_sub(1, std::memory_order_relaxed);
      unattributed_.fetch_add(1, std::memory_order_relaxed);
      unattributed_total_.add();
      return;
    }
    auto device = std::make_unique<Device>(Device{.who = who, .ranges = {}});
    const Name own{device->who.user.view(), device->who.device.view()};
    found = shard.devices.emplace(own, std::move(device)).first;
  }
  change(*found->second);
}

void DeliveryLog::put_back(const Device& device) {
  for (const Range& range : device.ranges) add(device.who, range);
  for (const std::string& uri : device.files) note_file(device.who, uri);
}

std::vector<std::unique_ptr<DeliveryLog::Device>> DeliveryLog::take() {
  std::vector<std::unique_ptr<Device>> taken;
  for (Shard& shard : shards_) {
    Devices devices;
    {
      const std::scoped_lock lock(shard.mutex);
      devices.swap(shard.devices);
      devices_.fetch_sub(devices.size(), std::memory_order_relaxed);
    }
    for (auto& [name, device] : devices) taken.push_back(std::move(device));
  }
  return taken;
}

Entry DeliveryLog::entry_of(const Device& device) const {
  Entry entry;
  entry.kind = EntryKind::Delivery;
  entry.operation = kDeliveryOperation;
  entry.who = device.who;
  entry.resource = "stream";
  entry.outcome = "delivered";
  for (const Range& range : device.ranges) {
    if (!entry.detail.empty()) entry.detail += ',';
    entry.detail += std::to_string(range.first) + ".." + std::to_string(range.last);
  }
  if (device.beyond > 0) entry.detail += ",and " + std::to_string(device.beyond) + " more";
  return entry;
}

Entry DeliveryLog::files_entry_of(const Device& device) const {
  Entry entry;
  entry.kind = EntryKind::Delivery;
  entry.operation = kFileDeliveryOperation;
  entry.who = device.who;
  entry.resource = "files";
  entry.outcome = "delivered";
  for (const std::string& uri : device.files) {
    if (!entry.detail.empty()) entry.detail += ',';
    entry.detail += uri;
  }
  if (device.files_beyond > 0) entry.detail += ",and " + std::to_string(device.files_beyond) + " more";
  return entry;
}

// False when the person was erased meanwhile: there is nobody to name.
runtime::Task<Result<bool>> DeliveryLog::prepare(UserId user) {
  if (ports_.recorder.ready(user)) co_return true;
  auto prepared = co_await ports_.recorder.prepare(user);
  if (prepared) co_return true;
  if (prepared.error().code() == ErrorCode::NotFound) co_return false;
  co_return std::move(prepared).error();
}

runtime::Task<Result<void>> DeliveryLog::record(std::vector<std::unique_ptr<Device>> devices) {
  std::optional<Error> failed;
  for (std::size_t at = 0; at < devices.size();) {
    const std::size_t end = std::min(devices.size(), at + options_.entries_per_unit);
    storage::UnitOfWork work;
    for (std::size_t i = at; i < end && !failed; ++i) {
      auto named = co_await prepare(devices[i]->who.user);
      if (!named) {
        failed = std::move(named).error();
      } else if (*named) {
        if (!devices[i]->ranges.empty()) ports_.recorder.append(work, entry_of(*devices[i]));
        if (!devices[i]->files.empty()) ports_.recorder.append(work, files_entry_of(*devices[i]));
      }
    }
    if (!failed && !work.empty()) {
      auto receipt = co_await ports_.store.submit(std::move(work));
      if (!receipt) failed = std::move(receipt).error();
    }
    if (failed) {
      for (std::size_t i = at; i < devices.size(); ++i) put_back(*devices[i]);
      co_return *std::move(failed);
    }
    at = end;
  }
  co_return Result<void>();
}

runtime::Task<Result<void>> DeliveryLog::flush() {
  auto entered = co_await lane_.enter();
  if (!entered) co_return std::move(entered).error();
  auto recorded = co_await record(take());
  if (!recorded) co_return std::move(recorded).error();
  const std::uint64_t unattributed = unattributed_.exchange(0, std::memory_order_relaxed);
  if (unattributed == 0) co_return Result<void>();
  Entry entry;
  entry.kind = EntryKind::Delivery;
  entry.operation = kDeliveryOperation;
  entry.resource = "stream";
  entry.detail = std::to_string(unattributed) + " deliveries to devices not named";
  entry.outcome = "delivered";
  storage::UnitOfWork work;
  ports_.recorder.append(work, std::move(entry));
  auto receipt = co_await ports_.store.submit(std::move(work));
  if (receipt) co_return Result<void>();
  unattributed_.fetch_add(unattributed, std::memory_order_relaxed);
  co_return std::move(receipt).error();
}

runtime::Task<void> DeliveryLog::run(std::stop_token stop) {
  const std::stop_callback on_stop(stop, [this] { wakeup_.notify(); });
  while (!stop.stop_requested()) {
    const SteadyTime deadline = ports_.clock.steady_now() + options_.interval;
    co_await wakeup_.wait_until(deadline);
    if (stop.stop_requested()) break;
    auto flushed = co_await flush();
    if (!flushed) ports_.log.error("audit.deliveries_not_recorded", {{"error", flushed.error().to_log()}});
  }
}

}  // namespace kuramori::audit
