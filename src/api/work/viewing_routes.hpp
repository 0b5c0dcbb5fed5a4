// Files that are shown and not given out: /_kuramori/v1/media/{server}/{media}/view, its pages, and tickets
// for browsers.
#pragma once
#include "api/resource/pipeline.hpp"
#include "gate/ports.hpp"
#include "viewing/tickets.hpp"
#include "viewing/viewer.hpp"

namespace kuramori::api::work {

// Lives as long as the router; nothing is null when somebody calls.
struct ViewingServices {
  viewing::Viewer* viewer = nullptr;
  viewing::Tickets* tickets = nullptr;
  const gate::ContentOrigins* labels = nullptr;
  std::string base_url = {};
};

void add_viewing_routes(net::Router& router, resource::Pipeline& pipeline, ViewingServices& services);

}  // namespace kuramori::api::work
