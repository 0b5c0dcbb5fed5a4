// Approvals of one organisation, and what they ask of the rest.
#pragma once
#include "api/admin/approval_routes.hpp"
#include "api/work/explained_decisions.hpp"
#include "api/work/requests_routes.hpp"
#include "app/node.hpp"
#include "approvals/approvals.hpp"

namespace kuramori::app {

class OrganisationForApprovals final : public approvals::Organisation {
 public:
  explicit OrganisationForApprovals(const workforce::CurrentOrganisation& current) : current_(current) {}
  organisation::DirectoryPtr directory() const override { return current_.directory(); }

 private:
  const workforce::CurrentOrganisation& current_;
};

// Made right after the node: it hears of the stream behind the hub. `files`: those that policy holds; null
// when none are.
class ApprovalsNode {
 public:
  ApprovalsNode(Node& node, approvals::HeldFiles* files);

  approvals::Approvals& approvals() { return approvals_; }
  // The employees' interface to them, and the administrators'.
  void add_routes(net::Router& router, api::resource::Pipeline& pipeline);
  void spawn(runtime::TaskScope& scope, runtime::Executor& executor);

 private:
  OrganisationForApprovals organisation_;
  approvals::Approvals approvals_;
  api::work::ApprovalServices services_{approvals_};
  api::admin::ApprovalServices admin_services_{approvals_};
  api::work::ExplainedDecisionServices decision_services_;
};

}  // namespace kuramori::app
