// What employees ask leave for, and decide on: /_kuramori/v1/requests, /approvals, /delegations.
#pragma once
#include "api/resource/pipeline.hpp"
#include "approvals/approvals.hpp"

namespace kuramori::api::work {

// Lives as long as the router.
struct ApprovalServices {
  approvals::Approvals& approvals;
};

void add_request_routes(net::Router& router, resource::Pipeline& pipeline, ApprovalServices& services);
void add_decision_routes(net::Router& router, resource::Pipeline& pipeline, ApprovalServices& services);
void add_delegation_routes(net::Router& router, resource::Pipeline& pipeline, ApprovalServices& services);

}  // namespace kuramori::api::work
