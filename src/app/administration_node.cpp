#include "app/administration_node.hpp"

#include "api/admin/description.hpp"
#include "app/inspection_node.hpp"

namespace kuramori::app {

runtime::Task<Result<void>> HeldFilesOfLibrary::release(gate::Permit permit, media::MediaId id) {
  return library_.release(std::move(permit), std::move(id));
}

runtime::Task<Result<void>> HeldFilesOfLibrary::destroy(gate::Permit permit, media::MediaId id) {
  return library_.remove(std::move(permit), std::move(id));
}

AdministrationNode::AdministrationNode(Environment environment, Node& node, MediaNode& files,
                                       api::RateLimits limits)
    : answers_({.store = node.organisation.store(),
                .keys = node.organisation.keys(),
                .clock = environment.clock,
                .random = environment.random}),
      pipeline_({.sessions = node.sessions,
                 .gate = node.organisation.gate(),
                 .clock = environment.clock,
                 .metrics = environment.metrics,
                 .log = environment.log,
                 .limits = std::move(limits),
                 .restrictions = &node.restrictions,
                 .answers = &answers_}),
      organisation_services_{.organisations = node.organisations, .workers = node.organisation.workers()},
      policy_services_{.policies = node.organisation.policies(),
                       .reader = node.organisation.store(),
                       .workers = node.organisation.workers()},
      simulation_(node),
      simulation_services_{.simulator = simulation_.simulator(), .workers = node.organisation.workers()},
      records_(
          record_ports(node.organisation, environment, nullptr, [&files] { files.watchers().notify(); })),
      held_files_(files.library()),
      quarantine_services_{.records = records_, .files = held_files_},
      findings_services_{.reader = node.organisation.store(), .keys = node.organisation.keys()},
      ownership_({.reader = node.organisation.store(),
                  .rooms = node.rooms,
                  .gate = node.organisation.gate(),
                  .organisation = node.organisation.workforce(),
                  .server = ServerName(node.config.server.name)}),
      room_services_{.ownership = ownership_},
      links_services_{.registry = node.links.registry(),
                      .clicks = node.links.clicks(),
                      .take_downs = node.links.take_downs(),
                      .knowledge = node.links.knowledge(),
                      .brake = node.links.brake(),
                      .stop = {}},
      detector_table_services_{.tables = node.organisation.detector_tables()} {}

void AdministrationNode::add_routes(net::Router& router) {
  api::admin::add_description_routes(router);
  api::admin::add_organisation_routes(router, pipeline_, organisation_services_);
  api::admin::add_policy_routes(router, pipeline_, policy_services_);
  api::admin::add_simulation_routes(router, pipeline_, simulation_services_);
  api::admin::add_quarantine_routes(router, pipeline_, quarantine_services_);
  api::admin::add_findings_routes(router, pipeline_, findings_services_);
  api::admin::add_room_routes(router, pipeline_, room_services_);
  api::admin::add_links_routes(router, pipeline_, links_services_);
  api::admin::add_detector_table_routes(router, pipeline_, detector_table_services_);
}

void AdministrationNode::spawn(runtime::TaskScope& scope, runtime::Executor& executor) {
  simulation_services_.stop = scope.stop_token();
  scope.spawn_on(executor, answers_.run(scope.stop_token()));
}

}  // namespace kuramori::app
