// POST /search (client-server API, "Server Side Search").
#pragma once
#include "api/client/pipeline.hpp"
#include "rooms/service.hpp"
#include "search/searcher.hpp"

namespace kuramori::api::client {

// Lives as long as the router.
struct SearchServices {
  search::Searcher& searcher;
};

void add_search_routes(net::Router& router, Pipeline& pipeline, SearchServices& services);

}  // namespace kuramori::api::client
