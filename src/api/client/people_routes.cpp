#include "api/client/people_routes.hpp"

namespace kuramori::api::client {

void add_people_routes(net::Router& router, Pipeline& pipeline, PeopleServices& services) {
  add_users_routes(router, pipeline, services);
  add_admin_routes(router, pipeline, services);
  add_openid_routes(router, pipeline, services);
  add_voip_routes(router, pipeline, services);
  add_third_party_lookup_routes(router, pipeline);
  add_administrative_contact_routes(router, pipeline, services);
}

}  // namespace kuramori::api::client
