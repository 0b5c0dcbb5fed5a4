// GET /_kuramori/v1/view/{ticket}: a file shown page by page in a browser that has a ticket and no access
// token; in four languages, without anything from elsewhere.
#pragma once
#include <functional>

#include "api/client/pipeline.hpp"
#include "viewing/tickets.hpp"
#include "viewing/viewer.hpp"

namespace kuramori::api::client {

// Lives as long as the router.
struct ViewerPageServices {
  viewing::Viewer& viewer;
  viewing::Tickets& tickets;
  Random& random;
  // Who holds the ticket, as long as the session lasts in which it was made.
  std::function<runtime::Task<Result<gate::Subject>>(viewing::Ticket)> reader;
};

void add_viewer_page_routes(net::Router& router, Pipeline& pipeline, ViewerPageServices& services);

}  // namespace kuramori::api::client
