// What waits for somebody's approval, for those who watch over it. Nobody decides here:
// `/_kuramori/v1/approvals`.
#pragma once
#include "api/resource/pipeline.hpp"
#include "approvals/approvals.hpp"
#include "net/router.hpp"

namespace kuramori::api::admin {

struct ApprovalServices {
  approvals::Approvals& approvals;
};

void add_approval_routes(net::Router& router, resource::Pipeline& pipeline, ApprovalServices& services);

}  // namespace kuramori::api::admin
