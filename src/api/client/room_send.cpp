// PUT /rooms/{room}/send/{type}/{txn} (client-server API, "Sending events to a room").
#include <algorithm>

#include "api/client/holding.hpp"
#include "api/client/paths.hpp"
#include "api/client/room_parameters.hpp"
#include "api/client/rooms_routes.hpp"
#include "base/text.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

// The endpoint with its parameters: a transaction id counts for this path alone ("Transaction identifiers").
rooms::Transaction transaction_of(const Call& call) {
  return {.scope = "send/" + call.parameter(0) + "/" + call.parameter(1),
          .id = TransactionId(call.parameter(2))};
}

Response sent(const Result<EventId>& event, const std::string& warning) {
  if (!event) return failed(event.error());
  json::Object body;
  body.emplace("event_id", event->view());
  return answer(std::move(body), warning);
}

// A redaction is one by whichever endpoint it comes.
Task<Response> put_redaction(Call& call, Pipeline& pipeline, RoomsServices& services) {
  const RoomId room(call.parameter(0));
  const auto timestamp = timestamp_of(call);
  if (!timestamp) co_return failed(timestamp.error());
  auto target = json::required_string(call.body, "redacts");
  if (!target) co_return failed(target.error());
  gate::Resource resource = resource_in(room);
  resource.event = EventId(*target);
  auto admitted = co_await pipeline.admit(call, gate::Operation::RoomRedact, std::move(resource), &call.body);
  if (admitted.denied) co_return *std::move(admitted.denied);
  const std::string warning = admitted.permit->warning();
  rooms::RedactEvent request{.room = room,
                             .event = EventId(*std::move(target)),
                             .content = std::move(call.body),
                             .transaction = transaction_of(call),
                             .timestamp = *timestamp};
  const auto event = co_await services.rooms.redact(*std::move(admitted.permit), std::move(request));
  co_return sent(event, warning);
}

bool asks_for(const gate::Permit& permit, std::string_view obligation) {
  return std::ranges::any_of(permit.obligations(), [obligation](const json::Value& value) {
    return value.is_string() ? json::view(value.get_string()) == obligation
                             : value.is_object() && value.get_object().contains(obligation);
  });
}

// Puts the page that checks at the click in the place of links. What the policy amended is asked about again
// in the form in which it is sent, since a permission holds its content.
Task<Pipeline::Admitted> with_click_through(Call& call, Pipeline& pipeline, RoomsServices& services,
                                            Pipeline::Admitted admitted, gate::Resource resource) {
  const bool is_asked =
      !admitted.denied && services.click_through && asks_for(*admitted.permit, "click_through");
  if (!is_asked) co_return admitted;
  const auto& amended = admitted.permit->amended_content();
  const bool is_amended = amended.has_value();
  call.body = services.click_through(is_amended ? *amended : call.body, resource.room, call.subject.user);
  if (!is_amended) co_return admitted;
  auto asking = pipeline.admit(call, gate::Operation::RoomSend, std::move(resource), &call.body);
  auto again = co_await std::move(asking);
  co_return again;
}

Task<Response> put_send(Call& call, Pipeline& pipeline, RoomsServices& services) {
  if (call.parameter(1) == "m.room.redaction" && !delay_of(call.request)) {
    auto redacting = put_redaction(call, pipeline, services);
    co_return co_await std::move(redacting);
  }
  const RoomId room(call.parameter(0));
  auto sticky = sticky_duration_of(call.request);
  if (!sticky) co_return failed(sticky.error());
  const auto timestamp = timestamp_of(call);
  if (!timestamp) co_return failed(timestamp.error());
  if (auto delay = delay_of(call.request)) {
    rooms::ScheduleEvent event{.room = room,
                               .type = call.parameter(1),
                               .content = std::move(call.body),
                               .sticky = *sticky,
                               .transaction = transaction_of(call)};
    auto scheduling = schedule(call, pipeline, services, std::move(event), *std::move(delay));
    co_return co_await std::move(scheduling);
  }
  gate::Resource resource = resource_in(room);
  resource.event_type = call.parameter(1);
  auto asked = co_await pipeline.admit(call, gate::Operation::RoomSend, resource, &call.body);
  auto rewriting = with_click_through(call, pipeline, services, std::move(asked), std::move(resource));
  auto admitted = co_await std::move(rewriting);
  if (admitted.denied) {
    auto refusal = std::move(admitted.held);
    approvals::HeldAct act{.kind = approvals::Kind::Message,
                           .operation = gate::Operation::RoomSend,
                           .room = room,
                           .event_type = call.parameter(1),
                           .content = std::move(call.body),
                           .transaction = transaction_of(call),
                           .sticky = *sticky};
    auto holding =
        hold_or_refuse(call, services, *std::move(admitted.denied), std::move(refusal), std::move(act));
    co_return co_await std::move(holding);
  }
  const std::string warning = admitted.permit->warning();
  rooms::SendEvent request{.room = room,
                           .type = call.parameter(1),
                           .content = std::move(call.body),
                           .transaction = transaction_of(call),
                           .sticky = *sticky,
                           .timestamp = *timestamp};
  const auto event = co_await services.rooms.send(*std::move(admitted.permit), std::move(request));
  co_return sent(event, warning);
}

}  // namespace

Result<std::optional<Timestamp>> timestamp_of(const Call& call) {
  const auto text = call.request.query_value("ts");
  if (call.service.empty() || !text) return std::optional<Timestamp>();
  if (delay_of(call.request))
    return invalid_argument("A delayed event gets its time when it is sent: leave out 'ts'.");
  const auto time = text::to_integer(*text);
  if (!time || *time < 0 || *time > json::kIntegerMax)
    return invalid_argument("'ts' must be a time in milliseconds since 1970.");
  return std::optional(from_unix_ms(*time));
}

void add_room_send_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services) {
  pipeline.add(router, net::Method::Put, v3_paths("/rooms/{room}/send/{type}/{transaction}"),
               {.access = Access::User, .limit = "message", .takes_body = true},
               [&](Call& call) { return put_send(call, pipeline, services); });
}

}  // namespace kuramori::api::client
