#include "viewing/tickets.hpp"

#include "crypto/hash.hpp"

namespace kuramori::viewing {
namespace {

std::string hash_of(std::string_view secret) {
  const auto digest = crypto::sha256(as_bytes(secret));
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace

void Tickets::forget_old(SteadyTime now) {
  while (!by_age_.empty()) {
    const auto oldest = kept_.find(by_age_.front());
    if (oldest != kept_.end() && now < oldest->second.until && kept_.size() < kTicketsMax) return;
    if (oldest != kept_.end()) kept_.erase(oldest);
    by_age_.pop_front();
  }
}

std::string Tickets::issue(Ticket ticket) {
  std::string secret = random_.alphanumeric(kCharacters);
  std::string hash = hash_of(secret);
  const SteadyTime now = clock_.steady_now();
  const std::scoped_lock lock(mutex_);
  forget_old(now);
  by_age_.push_back(hash);
  kept_.insert_or_assign(std::move(hash), Kept{.ticket = std::move(ticket), .until = now + kLifetime});
  return secret;
}

std::optional<Ticket> Tickets::find(std::string_view secret) {
  if (secret.size() != kCharacters) return std::nullopt;
  const std::string hash = hash_of(secret);
  const std::scoped_lock lock(mutex_);
  const auto found = kept_.find(hash);
  if (found == kept_.end() || clock_.steady_now() >= found->second.until) return std::nullopt;
  return found->second.ticket;
}

}  // namespace kuramori::viewing
