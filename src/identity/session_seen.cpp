// When devices were last heard of: noted in memory by every request, written in batches under the person's
// key.
#include "identity/personal.hpp"
#include "identity/sessions_state.hpp"
#include "identity/tables.hpp"
#include "runtime/sleep.hpp"

namespace kuramori::identity {

using runtime::Task;
using storage::UnitOfWork;

namespace {

constexpr Milliseconds kFlushInterval{60'000};
constexpr std::size_t kRowsPerUnit = 500;

}  // namespace

void Sessions::note_seen(const Session& session, std::string_view address) {
  state_->seen.note(session.user, session.device, address, state_->clock.now());
}

std::optional<Sessions::Seen> Sessions::last_seen(const UserId& user, const DeviceId& device) const {
  const auto entry = state_->seen.find(user, device);
  if (!entry) return std::nullopt;
  return Seen{entry->address, entry->at};
}

Task<Result<void>> Sessions::flush_seen() {
  const auto entries = state_->seen.take_unwritten();
  for (std::size_t from = 0; from < entries.size(); from += kRowsPerUnit) {
    UnitOfWork work;
    const std::size_t end = std::min(entries.size(), from + kRowsPerUnit);
    for (std::size_t i = from; i < end; ++i) {
      const LastSeen::Entry& entry = entries[i];
      const auto person = co_await state_->keys.get(crypto::KeyScope::Person, entry.user.view());
      if (!person) continue;  // erased
      json::Object seen;
      seen["address"] = entry.address;
      seen["at_ms"] = to_unix_ms(entry.at);
      const Place place{"device_last_seen.seen", entry.user.view(), entry.device.view()};
      work.upsert(kDeviceLastSeen, {entry.user.str(), entry.device.str(),
                                    seal_personal(*person, place, json::serialize(seen), state_->random)});
    }
    if (work.empty()) continue;
    gate::Resource resource;
    resource.name = "last_seen";
    gate::Action action{gate::Subject::system(), gate::Operation::DeviceUpdate, std::move(resource)};
    auto admission = co_await state_->gate.admit(std::move(action));
    auto* permit = std::get_if<gate::Permit>(&admission);
    if (permit == nullptr)
      co_return forbidden("The policy does not let the server note when devices were seen.");
    gate::Outcome outcome{.detail = std::to_string(end - from) + " devices"};
    KURAMORI_CO_CHECK(co_await state_->gate.commit(std::move(*permit), std::move(work), std::move(outcome)));
  }
  co_return Result<void>();
}

Task<void> Sessions::maintain(std::stop_token stop) {
  bool goes_on = true;
  while (goes_on) {
    goes_on = co_await runtime::sleep_for(kFlushInterval, stop);
    // What cannot be written (a full disk) is noted again by the next request of the device.
    const auto flushed = co_await flush_seen();
    static_cast<void>(flushed);
  }
}

}  // namespace kuramori::identity
