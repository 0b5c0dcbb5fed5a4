#include "api/client/sync_routes.hpp"

namespace kuramori::api::client {

void add_all_sync_routes(net::Router& router, Pipeline& pipeline, SyncServices& services) {
  add_sync_routes(router, pipeline, services);
  add_sliding_sync_routes(router, pipeline, services);
  add_filter_routes(router, pipeline, services);
  add_account_data_routes(router, pipeline, services);
  add_tag_routes(router, pipeline, services);
  add_receipt_routes(router, pipeline, services);
  add_read_marker_routes(router, pipeline, services);
  add_typing_routes(router, pipeline, services);
  add_presence_routes(router, pipeline, services);
  add_push_rule_routes(router, pipeline, services);
}

}  // namespace kuramori::api::client
