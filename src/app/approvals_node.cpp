#include "app/approvals_node.hpp"

namespace kuramori::app {

ApprovalsNode::ApprovalsNode(Node& node)
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
                  .log = node.environment.log},
                 {.server = ServerName(node.config.server.name)}) {
  node.organisation.store().add_listener(approvals_.listener());
}

void ApprovalsNode::add_routes(net::Router& router, api::resource::Pipeline& pipeline) {
  api::work::add_request_routes(router, pipeline, services_);
  api::work::add_decision_routes(router, pipeline, services_);
  api::work::add_delegation_routes(router, pipeline, services_);
  api::admin::add_approval_routes(router, pipeline, admin_services_);
}

void ApprovalsNode::spawn(runtime::TaskScope& scope, runtime::Executor& executor) {
  scope.spawn_on(executor, approvals_.run(scope.stop_token()));
}

}  // namespace kuramori::app
