// What an approver is shown of held content: what any detector or dictionary finds in it is masked. What looks for
// it is compiled once for each version of the policy. Thread-safe.
#pragma once
#include <memory>
#include <mutex>
#include <string>

#include "governance/compiled_policy.hpp"
#include "governance/inspection.hpp"

namespace kuramori::approvals {

class Excerpts {
 public:
  // At most kExcerptMax octets of the text; "…" where it cannot be looked through.
  std::string of(const governance::CompiledPolicy& policy, const json::Object& content);

 private:
  std::shared_ptr<const governance::Inspector> inspector_for(const governance::CompiledPolicy& policy);

  std::mutex mutex_;
  std::int64_t version_ = -1;
  std::shared_ptr<const governance::Inspector> inspector_;
};

}  // namespace kuramori::approvals
