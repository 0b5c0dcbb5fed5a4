// The ends of what people wrote within the last minute, so that a number that is typed in pieces is seen
// where it is complete. In memory alone, bounded, never stored.
//
//   messages.look_back(policy, rules, question, decision);   // may make the decision about a message
//   stricter messages.remember(question, content);                    // when it was let through
//
// Thread-safe; senders share no lock with most others.
#pragma once
#include <array>
#include <mutex>
#include <string_view>

#include "governance/compiled_policy.hpp"
#include "governance/recent_fragments.hpp"

namespace kuramori::gate {

class RecentMessages {
 public:
  // Asks the policy about the number that the message of `question` completes. Its answer counts when it is
  // stricter.
  Result<void> look_back(const governance::CompiledPolicy& policy, const governance::RuleSelection& rules,
                         const governance::Question& question, governance::Decision& decision);
  // `content` as it was let through; null and what has no text: nothing.
  void remember(const governance::Question& question, const json::Object* content);

 private:
  static constexpr std::size_t kShards = 16;
  static constexpr std::size_t kConversationsMax = 20'000;  // of all shards together
  struct Shard {
    std::mutex mutex;
    governance::RecentFragments fragments{kConversationsMax / kShards};
  };
  Shard& shard_of(std::string_view user) { return shards_[std::hash<std::string_view>{}(user) % kShards]; }

  std::array<Shard, kShards> shards_;
};

}  // namespace kuramori::gate
