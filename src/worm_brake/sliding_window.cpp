#include "worm_brake/sliding_window.hpp"

#include <algorithm>
#include <iterator>

namespace kuramori::worm_brake {

void SlidingWindow::forget_old(Account& account, SteadyTime now) const {
  const SteadyTime earliest = now - window_;
  while (!account.spreads.empty() && account.spreads.front().uses.back().when < earliest) {
    account.by_hash.erase(account.spreads.front().hash);
    account.spreads.pop_front();
  }
}

SlidingWindow::Spread* SlidingWindow::touch(Account& account, std::int64_t hash, SteadyTime now) const {
  const auto known = account.by_hash.find(hash);
  if (known == account.by_hash.end()) {
    if (account.by_hash.size() >= kFingerprintsPerAccountMax) return nullptr;
    account.spreads.push_back({.hash = hash, .uses = {}});
    account.by_hash.emplace(hash, std::prev(account.spreads.end()));
    return &account.spreads.back();
  }
  account.spreads.splice(account.spreads.end(), account.spreads, known->second);
  std::vector<Use>& uses = account.spreads.back().uses;
  const SteadyTime earliest = now - window_;
  const auto recent = std::ranges::find_if(uses, [earliest](const Use& use) { return use.when >= earliest; });
  uses.erase(uses.begin(), recent);
  return &account.spreads.back();
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
  const std::size_t room_hash = std::hash<RoomId>{}(sent.room);
  for (const Fingerprint& fingerprint : fingerprints) {
    Spread* const spread = touch(account, fingerprint.hash, sent.when);
    if (spread == nullptr) continue;
    std::vector<Use>& uses = spread->uses;
    // A room counts once, however often the same is sent there: by the last time.
    const auto known = std::ranges::find_if(
        uses, [&](const Use& use) { return use.room_hash == room_hash && use.room == sent.room; });
    StreamPosition position = sent.position;
    if (known != uses.end()) {
      position = known->position;
      uses.erase(known);
    }
    uses.push_back({.room_hash = room_hash, .room = sent.room, .when = sent.when, .position = position});
    if (uses.size() <= rooms_max) continue;
    StreamPosition from = uses.front().position;
    for (const Use& use : uses) from = std::min(from, use.position);
    return Excess{.fingerprint = fingerprint, .rooms = uses.size(), .from = from};
  }
  return std::nullopt;
}

}  // namespace kuramori::worm_brake
