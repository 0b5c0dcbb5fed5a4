#include "gate/ceiling_book.hpp"

namespace kuramori::gate {

std::shared_ptr<const Ceiling> CeilingBook::of(const Subject& subject,
                                               std::shared_ptr<const PolicyInForce> policy) {
  if (subject.session.empty()) return std::make_shared<const Ceiling>(ports_, subject, std::move(policy));
  auto ceiling = find(subject.session);
  const bool holds = ceiling != nullptr && ceiling->still_holds(subject, *policy);
  if (!holds) {
    ceiling = std::make_shared<const Ceiling>(ports_, subject, std::move(policy));
    keep(subject.session, ceiling);
  }
  return ceiling;
}

std::shared_ptr<const Ceiling> CeilingBook::find(const SessionId& session) {
  const std::scoped_lock lock(mutex_);
  if (const auto found = recent_.find(session); found != recent_.end()) return found->second;
  const auto found = older_.find(session);
  return found == older_.end() ? nullptr : found->second;
}

void CeilingBook::keep(const SessionId& session, std::shared_ptr<const Ceiling> ceiling) {
  Generation dropped;  // freed without the lock
  const std::scoped_lock lock(mutex_);
  if (recent_.size() >= kSessions) {
    dropped = std::move(older_);
    older_ = std::move(recent_);
    recent_.clear();
  }
  recent_.insert_or_assign(session, std::move(ceiling));
}

}  // namespace kuramori::gate
