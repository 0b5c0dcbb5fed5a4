// The organisation's policy: what is in force, its versions, and trials of it.
#pragma once
#include "api/admin/detector_bench.hpp"
#include "api/resource/pipeline.hpp"
#include "gate/policy_store.hpp"
#include "net/router.hpp"
#include "runtime/sequencer.hpp"
#include "runtime/worker_pool.hpp"

namespace kuramori::governance {
struct CompanyData;
}

namespace kuramori::api::admin {

struct PolicyServices {
  gate::PolicyStore& policies;
  storage::Reader& reader;
  runtime::WorkerPool& workers;   // documents are compiled there
  runtime::Sequencer changing{};  // from the comparison of versions to the commit
  BenchOfPolicy bench{};
};

void add_policy_routes(net::Router& router, resource::Pipeline& pipeline, PolicyServices& services);
// POST /policy/check and /policy/explain; part of the above.
void add_policy_trial_routes(net::Router& router, resource::Pipeline& pipeline, PolicyServices& services);
// GET, PUT, DELETE of /labels, /matrix, /detectors, /dictionaries, and their entries; part of the above.
void add_policy_section_routes(net::Router& router, resource::Pipeline& pipeline, PolicyServices& services);
// GET /built-in-detectors, POST /detectors/test; part of the above.
void add_detector_routes(net::Router& router, resource::Pipeline& pipeline, PolicyServices& services);

// Every mistake of a policy document with its place; also what only compiling finds. On a worker thread.
json::Array mistakes_of(std::string_view document,
                        std::shared_ptr<const governance::CompanyData> company_data = nullptr);

}  // namespace kuramori::api::admin
