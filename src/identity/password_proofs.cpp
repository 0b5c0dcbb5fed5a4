#include "identity/password_proofs.hpp"

namespace kuramori::identity {

void PasswordProofBook::note(const SessionId& session, Timestamp when) {
  if (session.empty()) return;
  const std::scoped_lock lock(mutex_);
  proved_.insert_or_assign(session, when);
  order_.push_back({session, when});
  while (order_.size() > sessions_max_) {
    const Note& oldest = order_.front();
    // A later proof of the same session stands further behind.
    const auto found = proved_.find(oldest.session);
    if (found != proved_.end() && found->second == oldest.when) proved_.erase(found);
    order_.pop_front();
  }
}

std::optional<Timestamp> PasswordProofBook::proved(const SessionId& session) const {
  const std::scoped_lock lock(mutex_);
  const auto found = proved_.find(session);
  if (found == proved_.end()) return std::nullopt;
  return found->second;
}

}  // namespace kuramori::identity
