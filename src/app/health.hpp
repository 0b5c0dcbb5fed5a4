// /metrics, /healthz and /readyz, and the published record under /_kuramori/log/.
#pragma once
#include "api/client/pipeline.hpp"
#include "app/node.hpp"
#include "net/router.hpp"

namespace kuramori::app {

void add_health_routes(net::Router& router, Node& node);
// C2SP tlog-tiles: the checkpoint and hash tiles are open to everybody, entry bundles to auditors.
void add_record_routes(net::Router& router, api::client::Pipeline& pipeline, Node& node);

}  // namespace kuramori::app
