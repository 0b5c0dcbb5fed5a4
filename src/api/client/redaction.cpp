// PUT /rooms/{room}/redact/{event}/{txn} (client-server API, "Redactions").
#include "api/client/paths.hpp"
#include "api/client/room_parameters.hpp"
#include "api/client/rooms_routes.hpp"

namespace kuramori::api::client {
namespace {

runtime::Task<net::Response> put_redact(Call& call, Pipeline& pipeline, RoomsServices& services) {
  const RoomId room(call.parameter(0));
  const EventId target(call.parameter(1));
  const auto reason = read_reason(call.body);
  if (!reason) co_return failed(reason.error());
  gate::Resource resource = resource_in(room);
  resource.event = target;
  auto admitted = co_await pipeline.admit(call, gate::Operation::RoomRedact, std::move(resource), &call.body);
  if (admitted.denied) co_return *std::move(admitted.denied);
  const std::string warning = admitted.permit->warning();
  rooms::Transaction transaction{.scope = "redact/" + room.str() + "/" + target.str(),
                                 .id = TransactionId(call.parameter(2))};
  rooms::RedactEvent request{
      .room = room, .event = target, .content = std::move(call.body), .transaction = std::move(transaction)};
  const auto redacted = co_await services.rooms.redact(*std::move(admitted.permit), std::move(request));
  if (!redacted) co_return failed(redacted.error());
  json::Object body;
  body.emplace("event_id", redacted->view());
  co_return answer(std::move(body), warning);
}

}  // namespace

void add_redaction_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services) {
  pipeline.add(router, net::Method::Put, v3_paths("/rooms/{room}/redact/{event}/{transaction}"),
               {.access = Access::User, .limit = "message", .takes_body = true, .body_optional = true},
               [&](Call& call) { return put_redact(call, pipeline, services); });
}

}  // namespace kuramori::api::client
