// The administration interface of one process (`/_kuramori/admin/v1`): its pipeline, and what its resources
// need. A new resource adds its services here and its routes in add_routes.
#pragma once
#include "api/admin/detector_table_routes.hpp"
#include "api/admin/links_routes.hpp"
#include "api/admin/organisation_routes.hpp"
#include "api/admin/policy_routes.hpp"
#include "api/admin/quarantine_routes.hpp"
#include "api/admin/room_routes.hpp"
#include "api/admin/simulation_routes.hpp"
#include "api/resource/idempotent_answers.hpp"
#include "api/resource/pipeline.hpp"
#include "app/media_node.hpp"
#include "app/node.hpp"
#include "app/policy_simulation.hpp"
#include "media/library.hpp"

namespace kuramori::app {

class HeldFilesOfLibrary final : public api::admin::HeldFiles {
 public:
  explicit HeldFilesOfLibrary(media::Library& library) : library_(library) {}
  runtime::Task<Result<void>> release(gate::Permit permit, media::MediaId id) override;
  runtime::Task<Result<void>> destroy(gate::Permit permit, media::MediaId id) override;

 private:
  media::Library& library_;
};

class AdministrationNode {
 public:
  AdministrationNode(Environment environment, Node& node, MediaNode& files, api::RateLimits limits);

  void add_routes(net::Router& router);
  // Before anybody is served. Removes kept answers that are a day old, until the scope is joined.
  void spawn(runtime::TaskScope& scope, runtime::Executor& executor);
  // Also for other interfaces of ours.
  api::resource::Pipeline& pipeline() { return pipeline_; }

 private:
  api::resource::IdempotentAnswers answers_;
  api::resource::Pipeline pipeline_;
  api::admin::OrganisationServices organisation_services_;
  api::admin::PolicyServices policy_services_;
  PolicySimulation simulation_;
  api::admin::SimulationServices simulation_services_;
  inspection::Records records_;
  HeldFilesOfLibrary held_files_;
  api::admin::QuarantineServices quarantine_services_;
  api::admin::FindingsServices findings_services_;
  ownership::RoomOwnership ownership_;
  api::admin::RoomServices room_services_;
  api::admin::LinksServices links_services_;
  api::admin::DetectorTableServices detector_table_services_;
};

}  // namespace kuramori::app
