// GET /_kuramori/v1/decisions/{id}: why somebody was refused, asked to confirm, or made to wait. One's own
// alone.
#pragma once
#include "api/resource/pipeline.hpp"
#include "approvals/ports.hpp"
#include "gate/policy_store.hpp"
#include "runtime/worker_pool.hpp"

namespace kuramori::api::work {

// Live as long as the router.
struct ExplainedDecisionServices {
  storage::Reader& reader;
  storage::KeyRing& keys;
  runtime::WorkerPool& workers;  // policies of before are compiled there
  const approvals::Organisation& organisation;
};

void add_explained_decision_routes(net::Router& router, resource::Pipeline& pipeline,
                                   ExplainedDecisionServices& services);

// What became of an act that the gate did not let pass, by its outcome in the record.
enum class Stopped : std::uint8_t { Refused, Asked, Held, NeedsPassword };
gate::Localised what_to_do(Stopped stopped);
// For a rule that no policy knows any more.
gate::Localised rule_is_gone(std::string_view rule);

}  // namespace kuramori::api::work
