// Endpoints over `rooms`: one function for each module of the specification, in a file of that name.
#pragma once
#include "api/client/pipeline.hpp"
#include "rooms/delayed_events.hpp"
#include "rooms/directory.hpp"
#include "rooms/reports.hpp"
#include "rooms/service.hpp"
#include "rooms/spaces.hpp"
#include "rooms/upgrades.hpp"

namespace kuramori::approvals {
class Approvals;
}

namespace kuramori::api::client {

enum class PublicList : std::uint8_t { NeedsLogin, Open };

struct RoomEndpointOptions {
  ServerName server;
  PublicList public_list = PublicList::NeedsLogin;
};

// Lives as long as the router.
struct RoomsServices {
  rooms::RoomService& rooms;
  rooms::Directory& directory;
  rooms::Spaces& spaces;
  rooms::Reports& reports;
  rooms::Upgrades& upgrades;
  RoomEndpointOptions options;
  rooms::DelayedEvents* delayed = nullptr;  // null: delays are not taken
  // Carries out the obligation "click_through": the content with the page that checks at the click in the place of its
  // links. Null: nobody does.
  std::function<json::Object(const json::Object&, const RoomId&, const UserId&)> click_through = {};
  approvals::Approvals* approvals = nullptr;  // null: what is held is refused
};

// MSC4140: an event whose endpoint was called with a delay. Nothing when it was not.
std::optional<std::string> delay_of(const net::Request& request);
runtime::Task<net::Response> schedule(Call& call, Pipeline& pipeline, RoomsServices& services,
                                      rooms::ScheduleEvent event, std::string delay_ms);
// MSC4354; M_INVALID_PARAM.
Result<std::optional<Milliseconds>> sticky_duration_of(const net::Request& request);
// `ts`: when an application service's event happened (application-service API, "Timestamp massaging").
// Nothing where somebody else calls. M_INVALID_PARAM; also together with a delay.
Result<std::optional<Timestamp>> timestamp_of(const Call& call);

void add_create_room_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services);
void add_joining_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services);
void add_knocking_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services);
void add_leaving_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services);
void add_inviting_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services);
void add_kicking_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services);
void add_banning_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services);
void add_list_joined_rooms_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services);
void add_room_send_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services);
void add_delayed_events_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services);
void add_room_state_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services);
void add_redaction_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services);
void add_message_pagination_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services);
void add_event_context_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services);
void add_rooms_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services);
void add_room_event_by_timestamp_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services);
void add_directory_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services);
void add_list_public_rooms_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services);
void add_relations_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services);
void add_threads_list_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services);
void add_mutual_rooms_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services);
void add_peeking_events_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services);
void add_report_content_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services);
void add_room_initial_sync_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services);
void add_room_summary_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services);
void add_room_upgrades_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services);
void add_space_hierarchy_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services);

// All of them.
void add_all_room_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services);

}  // namespace kuramori::api::client
