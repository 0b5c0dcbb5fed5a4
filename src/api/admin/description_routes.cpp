#include "api/admin/description.hpp"
#include "api/resource/responses.hpp"

namespace kuramori::api::admin {
namespace {

runtime::Task<net::Response> get_description(net::Request& /*request*/) {
  co_return resource::ok_text(std::string(description()));
}

}  // namespace

void add_description_routes(net::Router& router) {
  router.add(net::Method::Get, "/_kuramori/admin/v1/openapi.json",
             [](net::Request& request) { return get_description(request); });
}

}  // namespace kuramori::api::admin
