#include "approvals/grants.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "crypto/hash.hpp"

namespace kuramori::approvals {

std::string digest_of(const json::Object& content) {
  return text::to_hex(crypto::sha256(json::serialize(content)));
}

bool GrantIndex::fits(const Grant& grant, const gate::Action& action, std::span<const std::string> rules,
                      std::int64_t now_ms) {
  if (grant.operation != gate::to_string(action.operation)) return false;
  if (!grant.room.empty() && grant.room != action.resource.room) return false;
  if (!grant.target.empty() && grant.target != action.resource.user) return false;
  if (grant.until_ms > 0 && now_ms >= grant.until_ms) return false;
  const bool covers_rules = std::ranges::all_of(rules, [&](const std::string& rule) {
    return std::ranges::find(grant.rules, rule) != grant.rules.end();
  });
  if (!covers_rules) return false;
  return grant.digest.empty() || (action.content != nullptr && digest_of(*action.content) == grant.digest);
}

bool GrantIndex::covers(const gate::Action& action, std::span<const std::string> rules) const {
  if (action.subject.role == gate::Role::System && action.subject.user == author_) return true;
  const std::scoped_lock lock(mutex_);
  const auto found = by_user_.find(action.subject.user);
  if (found == by_user_.end()) return false;
  const std::int64_t now_ms = clock_.now_ms();
  return std::ranges::any_of(found->second,
                             [&](const auto& entry) { return fits(entry.second, action, rules, now_ms); });
}

void GrantIndex::put(const Request& request) {
  const std::scoped_lock lock(mutex_);
  if (request.state == State::Approved) {
    by_user_[request.requester][request.id] = {.operation = request.operation,
                                               .room = request.room,
                                               .target = request.target,
                                               .rules = request.rules,
                                               .digest = request.digest,
                                               .until_ms = request.grant_until_ms};
    return;
  }
  const auto found = by_user_.find(request.requester);
  if (found == by_user_.end()) return;
  found->second.erase(request.id);
  if (found->second.empty()) by_user_.erase(found);
}

}  // namespace kuramori::approvals
