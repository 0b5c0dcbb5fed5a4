// GET /rooms/{room}/messages (client-server API, "Getting events for a room").
#include <set>

#include "api/client/paths.hpp"
#include "api/client/room_parameters.hpp"
#include "api/client/rooms_routes.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;
using storage::Direction;

namespace {

constexpr std::size_t kDefaultMessages = 10;

struct Page {
  rooms::TimelineQuery query;
  StreamPosition start;
};

Result<Page> read_page(const Call& call, StreamPosition now) {
  KURAMORI_TRY(direction, read_direction(call.request));
  KURAMORI_TRY(from, read_token(call.request, "from"));
  KURAMORI_TRY(to, read_token(call.request, "to"));
  KURAMORI_TRY(limit, read_limit(call.request, kDefaultMessages));
  KURAMORI_TRY(filter, read_filter(call.request));
  const bool backward = direction == Direction::Backward;
  Page page{.query = {.room = RoomId(call.parameter(0)),
                      .after = {},
                      .up_to = now,
                      .direction = direction,
                      .limit = limit,
                      .filter = std::move(filter)},
            .start = from.value_or(backward ? now : StreamPosition{})};
  page.query.after = backward ? to.value_or(StreamPosition{}) : page.start;
  page.query.up_to = backward ? page.start : to.value_or(now);
  return page;
}

// "Lazy-loading room members": the members whose events are in the chunk.
std::vector<rooms::RoomEventPtr> members_of(const rooms::Timeline& timeline, const rooms::VisibleState& seen,
                                            const rooms::RoomService& service) {
  std::vector<rooms::RoomEventPtr> members;
  std::set<UserId> senders;
  for (const rooms::RoomEventPtr& event : timeline.events) {
    if (!senders.insert(event->sender).second) continue;
    const auto member = seen.state->find("m.room.member", event->sender.view());
    if (member != nullptr) members.push_back(service.render(member, seen.position));
  }
  return members;
}

Task<Response> get_messages(Call& call, Pipeline& pipeline, RoomsServices& services) {
  auto page = read_page(call, services.rooms.last_position());
  if (!page) co_return failed(page.error());
  auto admitted = co_await pipeline.admit(call, gate::Operation::RoomRead, resource_in(page->query.room));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const bool loads_members_lazily = page->query.filter && page->query.filter->lazy_load_members;
  auto timeline = co_await services.rooms.timeline(*admitted.permit, page->query);
  if (!timeline) co_return failed(timeline.error());
  auto reading = personal_events(services.rooms, *admitted.permit, timeline->events);
  const auto events = co_await std::move(reading);
  if (!events) co_return failed(events.error());
  std::string out = "{\"start\":\"" + pagination_token(page->start) + "\",\"chunk\":";
  out += event_array(*events, *call.session);
  if (!timeline->complete) out += ",\"end\":\"" + pagination_token(timeline->reached) + "\"";
  if (loads_members_lazily) {
    auto seen = co_await services.rooms.visible_state(*admitted.permit, page->query.room);
    if (!seen) co_return failed(seen.error());
    out += ",\"state\":" + event_array(members_of(*timeline, *seen, services.rooms), *call.session);
  }
  out.push_back('}');
  co_return ok_text(std::move(out));
}

}  // namespace

void add_message_pagination_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services) {
  pipeline.add(router, net::Method::Get, v3_paths("/rooms/{room}/messages"),
               {.access = Access::User, .limit = ""},
               [&](Call& call) { return get_messages(call, pipeline, services); });
}

}  // namespace kuramori::api::client
