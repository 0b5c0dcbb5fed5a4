// The policy documents of this organisation, every version kept. What is in force is the newest.
//
//   auto stored = reader.read_blocking(load_current_policy);          // at start-up
//   auto version = co_await policies.swap(std::move(permit), text);   // validates, compiles on a worker,
//   commits, swaps
#pragma once
#include <optional>

#include "base/clock.hpp"
#include "gate/gate.hpp"
#include "governance/compiled_policy.hpp"
#include "runtime/worker_pool.hpp"
#include "storage/schema.hpp"
#include "storage/store.hpp"

namespace kuramori::gate {

// policies(version | document, created_ms, created_by): a policy is no secret, and is stored as it was
// checked.
extern const storage::Table kPolicies;

struct StoredPolicy {
  std::int64_t version = 0;
  std::string document;
  Timestamp created;
  UserId created_by;  // empty: the system
};

// Nothing when the store is new.
Result<std::optional<StoredPolicy>> load_current_policy(storage::Snapshot& snapshot);
Result<std::optional<StoredPolicy>> load_policy(storage::Snapshot& snapshot, std::int64_t version);
// Newest first, below `before` when that is given.
Result<std::vector<StoredPolicy>> list_policies(storage::Snapshot& snapshot, std::size_t limit,
                                                std::optional<std::int64_t> before = std::nullopt);
// Parses with the gate's vocabulary and compiles; takes about a second for large dictionaries.
Result<std::shared_ptr<const governance::CompiledPolicy>> compile_policy(
    std::string_view document, std::int64_t version, const governance::ParseOptions& options = {});

class PolicyStore {
 public:
  PolicyStore(Gate& gate, storage::Reader& reader, runtime::WorkerPool& workers, const Clock& clock)
      : gate_(gate), reader_(reader), workers_(workers), clock_(clock) {}

  // Needs a permit for AdminPolicySwap or SystemInitialise. Returns the new version; Conflict when somebody
  // else swapped at the same time. The old policy stays in force unless the new one is durable.
  runtime::Task<Result<std::int64_t>> swap(Permit permit, std::string document,
                                           governance::ParseOptions options = {});

 private:
  Gate& gate_;
  storage::Reader& reader_;
  runtime::WorkerPool& workers_;
  const Clock& clock_;
};

}  // namespace kuramori::gate
