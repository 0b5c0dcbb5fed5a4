// GET /_kuramori/v1/links/{token}: the page that stands between a message's link and where it leads. It
// judges the link at the time of the click, with no script, in four languages.
#pragma once
#include <stop_token>

#include "api/client/pipeline.hpp"
#include "links/click_through.hpp"

namespace kuramori::api::client {

// Lives as long as the router.
struct LinkServices {
  links::ClickThrough& clicks;
  std::stop_token stop;
};

void add_link_routes(net::Router& router, Pipeline& pipeline, LinkServices& services);

}  // namespace kuramori::api::client
