// Tables and documents that the company's own detectors look for.
#pragma once
#include "api/resource/pipeline.hpp"
#include "gate/detector_tables.hpp"
#include "net/router.hpp"

namespace kuramori::api::admin {

struct DetectorTableServices {
  gate::DetectorTables& tables;
};

void add_detector_table_routes(net::Router& router, resource::Pipeline& pipeline,
                               DetectorTableServices& services);

}  // namespace kuramori::api::admin
