#include "worm_brake/sliding_window.hpp"

#include <algorithm>

namespace kuramori::worm_brake {

void SlidingWindow::forget_old(Account& account, SteadyTime now) const {
  const SteadyTime earliest = now - window_;
  for (auto entry = account.uses.begin(); entry != account.uses.end();) {
    auto& uses = entry->second;
    while (!uses.empty() && uses.front().when < earliest) uses.pop_front();
    entry = uses.empty() ? account.uses.erase(entry) : std::next(entry);
  }
}

void SlidingWindow::make_room(SteadyTime now) {
  if (accounts_.size() < kAccountsMax) return;
  const SteadyTime earliest = now - window_;
  std::erase_if(accounts_, [earliest](const auto& entry) { return entry.second.last < earliest; });
  if (accounts_.size() < kAccountsMax) return;
  const auto oldest =
      std::ranges::min_element(accounts_, {}, [](const auto& entry) { return entry.second.last; });
  accounts_.erase(oldest);
}

std::optional<Excess> SlidingWindow::count(const Sent& sent, const std::vector<Fingerprint>& fingerprints,
                                           std::size_t rooms_max) {
  if (fingerprints.empty()) return std::nullopt;
  if (!accounts_.contains(sent.user)) make_room(sent.when);
  Account& account = accounts_[sent.user];
  account.last = sent.when;
  forget_old(account, sent.when);
  for (const Fingerprint& fingerprint : fingerprints) {
    if (account.uses.size() >= kFingerprintsPerAccountMax && !account.uses.contains(fingerprint.hash))
      continue;
    std::deque<Use>& uses = account.uses[fingerprint.hash];
    // A room counts once, however often the same is sent there: by the last time.
    const auto known = std::ranges::find(uses, sent.room, &Use::room);
    StreamPosition position = sent.position;
    if (known != uses.end()) {
      position = known->position;
      uses.erase(known);
    }
    uses.push_back({.room = sent.room, .when = sent.when, .position = position});
    if (uses.size() <= rooms_max) continue;
    StreamPosition from = uses.front().position;
    for (const Use& use : uses) from = std::min(from, use.position);
    return Excess{.fingerprint = fingerprint, .rooms = uses.size(), .from = from};
  }
  return std::nullopt;
}

}  // namespace kuramori::worm_brake
