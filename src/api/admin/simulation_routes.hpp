// POST /policy/simulations: what a draft would have decided on what happened.
#pragma once
#include "api/resource/pipeline.hpp"
#include "net/router.hpp"
#include "simulation/simulator.hpp"

namespace kuramori::api::admin {

// Lives as long as the router. `stop` ends a simulation that is under way.
struct SimulationServices {
  simulation::Simulator& simulator;
  runtime::WorkerPool& workers;  // drafts are compiled there
  std::stop_token stop = {};
};

void add_simulation_routes(net::Router& router, resource::Pipeline& pipeline, SimulationServices& services);

}  // namespace kuramori::api::admin
