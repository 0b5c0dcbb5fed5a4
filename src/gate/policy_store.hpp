// The policy documents of this organisation, every version kept: with who put it in force, when and why, and
// what it changed. What is in force is the newest.
//
//   auto stored = reader.read_blocking(load_current_policy);          // at start-up
//   auto version = co_await policies.swap(std::move(permit), text, {.reason = "the new tax law"});
//   // validated, compiled on a worker, committed, swapped
#pragma once
#include <optional>

#include "base/clock.hpp"
#include "gate/gate.hpp"
#include "governance/compiled_policy.hpp"
#include "runtime/worker_pool.hpp"
#include "storage/schema.hpp"
#include "storage/store.hpp"

namespace kuramori::gate {

// policies(version | document, created_ms, created_by, reason?, difference?): a policy is no secret, and is
// stored as it was checked. `difference` is what changed since the version before (policy_difference); null
// in versions that were made before it was kept, as `reason` is.
extern const storage::Table kPolicies;

struct PolicyVersion {
  std::int64_t version = 0;
  Timestamp created;
  UserId created_by;   // empty: the system, or who administers it from the command line
  std::string reason;  // empty: none was given, in versions of before
};

json::Object to_json(const PolicyVersion& version);  // version, created, author?, reason?

struct StoredPolicy : PolicyVersion {
  std::string document;
};

constexpr std::size_t kPolicyReasonBytesMax = 1'000;

// Nothing when the store is new.
Result<std::optional<StoredPolicy>> load_current_policy(storage::Snapshot& snapshot);
Result<std::optional<StoredPolicy>> load_policy(storage::Snapshot& snapshot, std::int64_t version);
// Newest first, below `before` when that is given; the documents are read one at a time and not kept.
Result<std::vector<PolicyVersion>> list_policies(storage::Snapshot& snapshot, std::size_t limit,
                                                 std::optional<std::int64_t> before = std::nullopt);
// What `version` changed since `from`, as policy_difference tells it, with "from" and "to". Takes up to a
// second for large dictionaries. Without `from`: since the version before it; of the first, all of it.
// NotFound when either is not there.
Result<json::Object> difference_of(storage::Reader& reader, std::int64_t version,
                                   std::optional<std::int64_t> from = std::nullopt);
// Parses with the gate's vocabulary and compiles; takes about a second for large dictionaries.
Result<std::shared_ptr<const governance::CompiledPolicy>> compile_policy(
    std::string_view document, std::int64_t version, const governance::ParseOptions& options = {});

class PolicyStore {
 public:
  PolicyStore(Gate& gate, storage::Reader& reader, runtime::WorkerPool& workers, const Clock& clock)
      : gate_(gate), reader_(reader), workers_(workers), clock_(clock) {}

  struct Change {
    std::string reason = {};  // for the record and the history; at most kPolicyReasonBytesMax octets
    governance::ParseOptions options = {};
  };
  // Needs a permit for AdminPolicySwap or SystemInitialise; the former also a reason. Returns the new
  // version; Conflict when somebody else swapped at the same time. The old policy stays in force unless the
  // new one is durable.
  runtime::Task<Result<std::int64_t>> swap(Permit permit, std::string document, Change change);

 private:
  Gate& gate_;
  storage::Reader& reader_;
  runtime::WorkerPool& workers_;
  const Clock& clock_;
};

}  // namespace kuramori::gate
