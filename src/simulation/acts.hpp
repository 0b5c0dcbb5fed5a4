// Acts as they stand in the record, with the content of those that lie in rooms.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "audit/opened_entries.hpp"
#include "gate/action.hpp"
#include "governance/decision.hpp"
#include "storage/key_ring.hpp"

namespace kuramori::simulation {

// What was decided, in the words of policies.
struct Verdict {
  governance::Effect effect = governance::Effect::Allow;
  std::string rule = {};
  friend auto operator<=>(const Verdict&, const Verdict&) = default;
};

struct Act {
  std::uint64_t index = 0;  // in the record
  Timestamp time{};
  gate::Operation operation{};
  audit::Who who{};
  gate::Resource resource{};
  EventId event{};
  Verdict was{};
  // Of what was sent or set, as it lies in the room; nothing when it is not there (refused, redacted), or
  // the act has none.
  std::optional<json::Object> content{};
  bool lacks_content = false;
};

// Why an entry is no act that a policy decides.
struct LeftOut {
  std::int64_t by_the_system = 0;  // or from the command line
  std::int64_t by_unknown = 0;     // the person's key was destroyed
  std::int64_t not_by_policy = 0;  // limits of roles, the brake, failures, summaries of deliveries
};

struct Batch {
  std::vector<Act> acts = {};
  std::uint64_t last = 0;  // the entry that was looked at last
  Timestamp reached{};
  bool is_last = false;  // there is nothing behind it
};

// The next acts, at most `limit`; looks at no more than `looked_at_max` entries.
struct BatchBounds {
  std::size_t acts = 128;
  std::size_t looked_at_max = 4'096;
};
Result<Batch> read_batch(storage::Snapshot& snapshot, storage::KeyRing& keys,
                         const audit::PersonDirectory& people, const audit::RecordSpan& span,
                         BatchBounds bounds, LeftOut& left_out);

}  // namespace kuramori::simulation
