// POST /rooms/{room}/read_markers (client-server API, module read_markers).
#include "api/client/own_data.hpp"
#include "api/client/paths.hpp"
#include "api/client/sync_routes.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

struct Marks {
  std::optional<std::string> fully_read;
  std::optional<std::string> read;
  std::optional<std::string> read_private;
};

Result<Marks> read_marks(const json::Object& body) {
  Marks marks;
  KURAMORI_TRY(fully_read, json::optional_string(body, "m.fully_read"));
  KURAMORI_TRY(read, json::optional_string(body, "m.read"));
  KURAMORI_TRY(read_private, json::optional_string(body, "m.read.private"));
  marks.fully_read = std::move(fully_read);
  marks.read = std::move(read);
  marks.read_private = std::move(read_private);
  return marks;
}

// Null when the receipt was set.
Task<std::optional<Response>> set_receipt(Call& call, Pipeline& pipeline, SyncServices& services,
                                          std::string type, EventId event) {
  const RoomId room(call.parameter(0));
  gate::Resource resource = resource_of_room(room, type);
  resource.event = event;
  auto admitted = co_await pipeline.admit(call, gate::Operation::RoomReceipt, std::move(resource));
  if (admitted.denied) co_return std::move(admitted.denied);
  const auto set = co_await services.receipts.set(*std::move(admitted.permit), call.session->user, room,
                                                  std::move(type), std::move(event), std::string());
  if (!set) co_return failed(set.error());
  co_return std::nullopt;
}

Task<Response> post_read_markers(Call& call, Pipeline& pipeline, SyncServices& services) {
  const auto marks = read_marks(call.body);
  if (!marks) co_return failed(marks.error());
  const RoomId room(call.parameter(0));
  // Nothing is changed when one of the events is not in the room.
  for (const auto* event : {&marks->fully_read, &marks->read, &marks->read_private}) {
    if (!*event) continue;
    const auto checked = co_await services.receipts.check(call.session->user, room, EventId(**event));
    if (!checked) co_return failed(checked.error());
  }
  if (marks->fully_read) {
    const EventId event(*marks->fully_read);
    gate::Resource resource = resource_of_room(room, "m.fully_read");
    resource.event = event;
    auto admitted = co_await pipeline.admit(call, gate::Operation::RoomReadMarker, std::move(resource));
    if (admitted.denied) co_return *std::move(admitted.denied);
    const auto set =
        co_await sync::set_fully_read(services.receipts, services.account_data, *std::move(admitted.permit),
                                      call.session->user, room, event);
    if (!set) co_return failed(set.error());
  }
  if (marks->read) {
    auto denied = co_await set_receipt(call, pipeline, services, "m.read", EventId(*marks->read));
    if (denied) co_return *std::move(denied);
  }
  if (marks->read_private) {
    auto denied =
        co_await set_receipt(call, pipeline, services, "m.read.private", EventId(*marks->read_private));
    if (denied) co_return *std::move(denied);
  }
  co_return empty_ok();
}

}  // namespace

void add_read_marker_routes(net::Router& router, Pipeline& pipeline, SyncServices& services) {
  pipeline.add(router, net::Method::Post, v3_paths("/rooms/{room}/read_markers"),
               {.access = Access::User, .limit = "receipt", .takes_body = true},
               [&](Call& call) { return post_read_markers(call, pipeline, services); });
}

}  // namespace kuramori::api::client
