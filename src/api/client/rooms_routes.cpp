#include "api/client/rooms_routes.hpp"

namespace kuramori::api::client {

void add_all_room_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services) {
  add_create_room_routes(router, pipeline, services);
  add_joining_routes(router, pipeline, services);
  add_knocking_routes(router, pipeline, services);
  add_leaving_routes(router, pipeline, services);
  add_inviting_routes(router, pipeline, services);
  add_kicking_routes(router, pipeline, services);
  add_banning_routes(router, pipeline, services);
  add_list_joined_rooms_routes(router, pipeline, services);
  add_room_send_routes(router, pipeline, services);
  add_delayed_events_routes(router, pipeline, services);
  add_room_state_routes(router, pipeline, services);
  add_redaction_routes(router, pipeline, services);
  add_message_pagination_routes(router, pipeline, services);
  add_event_context_routes(router, pipeline, services);
  add_rooms_routes(router, pipeline, services);
  add_room_event_by_timestamp_routes(router, pipeline, services);
  add_directory_routes(router, pipeline, services);
  add_list_public_rooms_routes(router, pipeline, services);
  add_relations_routes(router, pipeline, services);
  add_threads_list_routes(router, pipeline, services);
  add_mutual_rooms_routes(router, pipeline, services);
  add_peeking_events_routes(router, pipeline, services);
  add_report_content_routes(router, pipeline, services);
  add_room_initial_sync_routes(router, pipeline, services);
  add_room_summary_routes(router, pipeline, services);
  add_room_upgrades_routes(router, pipeline, services);
  add_space_hierarchy_routes(router, pipeline, services);
}

}  // namespace kuramori::api::client
