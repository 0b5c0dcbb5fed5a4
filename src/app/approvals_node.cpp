#include "app/approvals_node.hpp"

namespace kuramori::app {
namespace {

approvals::Options approval_options(const Config& config) {
  return {.server = ServerName(config.server.name),
          .expires = std::chrono::hours(config.approvals.expires_hours),
          .escalate = std::chrono::hours(config.approvals.escalate_hours),
          .open_per_person_max = static_cast<std::size_t>(config.approvals.open_per_person_max)};
}

}  // namespace

ApprovalsNode::ApprovalsNode(Node& node, approvals::HeldFiles* files)
    : organisation_(node.organisation.workforce()),
      approvals_({.store = node.organisation.store(),
                  .keys = node.organisation.keys(),
                  .gate = node.organisation.gate(),
                  .rooms = node.rooms,
                  .authors = node.delayed_authors,
                  .organisation = organisation_,
                  .clock = node.environment.clock,
                  .random = node.environment.random,
                  .metrics = node.environment.metrics,
                  .log = node.environment.log,
                  .files = files},
                 approval_options(node.config)),
      decision_services_{.reader = node.organisation.store(),
                         .keys = node.organisation.keys(),
                         .workers = node.organisation.workers(),
                         .organisation = organisation_} {
  node.organisation.store().add_listener(approvals_.listener());
}

void ApprovalsNode::add_routes(net::Router& router, api::resource::Pipeline& pipeline) {
  api::work::add_request_routes(router, pipeline, services_);
  api::work::add_decision_routes(router, pipeline, services_);
  api::work::add_delegation_routes(router, pipeline, services_);
  api::work::add_explained_decision_routes(router, pipeline, decision_services_);
  api::admin::add_approval_routes(router, pipeline, admin_services_);
}

void ApprovalsNode::spawn(runtime::TaskScope& scope, runtime::Executor& executor) {
  scope.spawn_on(executor, approvals_.run(scope.stop_token()));
}

}  // namespace kuramori::app
