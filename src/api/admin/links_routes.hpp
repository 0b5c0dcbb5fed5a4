// Link lists, what was withdrawn, who opened what, and accounts that the brake stopped.
#pragma once
#include "api/resource/pipeline.hpp"
#include "links/take_downs.hpp"
#include "net/router.hpp"
#include "worm_brake/brake.hpp"

namespace kuramori::api::admin {

struct LinksServices {
  links::Registry& registry;
  links::ClickThrough& clicks;
  links::TakeDowns& take_downs;
  links::CurrentKnowledge& knowledge;
  worm_brake::WormBrake& brake;
  std::stop_token stop;
};

void add_links_routes(net::Router& router, resource::Pipeline& pipeline, LinksServices& services);

}  // namespace kuramori::api::admin
