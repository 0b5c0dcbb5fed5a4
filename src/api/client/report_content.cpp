// Reports of events, rooms and people (client-server API, module report_content).
#include "api/client/paths.hpp"
#include "api/client/room_parameters.hpp"
#include "api/client/rooms_routes.hpp"
#include "matrix/identifiers.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

constexpr std::size_t kReasonBytesMax = 16'384;

enum class Reason : bool { Optional, Required };

// What the record keeps of a report, sealed.
Result<json::Object> read_detail(const json::Object& body, Reason reason) {
  json::Object detail;
  KURAMORI_TRY(text, json::optional_string(body, "reason"));
  if (!text && reason == Reason::Required) return missing_argument("reason");
  if (text && text->size() > kReasonBytesMax) return invalid_argument("'reason' is too long.");
  if (text) detail.emplace("reason", *std::move(text));
  KURAMORI_TRY(score, json::optional_integer(body, "score"));
  if (score) detail.emplace("score", *score);
  return detail;
}

Task<Response> report_event(Call& call, Pipeline& pipeline, RoomsServices& services) {
  auto detail = read_detail(call.body, Reason::Optional);
  if (!detail) co_return failed(detail.error());
  const RoomId room(call.parameter(0));
  const EventId event(call.parameter(1));
  gate::Resource resource = resource_in(room);
  resource.event = event;
  auto admitted = co_await pipeline.admit(call, gate::Operation::ContentReport, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto done =
      co_await services.reports.event(*std::move(admitted.permit), room, event, *std::move(detail));
  co_return done ? empty_ok() : failed(done.error());
}

Task<Response> report_room(Call& call, Pipeline& pipeline, RoomsServices& services) {
  auto detail = read_detail(call.body, Reason::Required);
  if (!detail) co_return failed(detail.error());
  const RoomId room(call.parameter(0));
  auto admitted = co_await pipeline.admit(call, gate::Operation::ContentReport, resource_in(room));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto done = co_await services.reports.room(*std::move(admitted.permit), room, *std::move(detail));
  co_return done ? empty_ok() : failed(done.error());
}

Task<Response> report_user(Call& call, Pipeline& pipeline, RoomsServices& services) {
  auto detail = read_detail(call.body, Reason::Required);
  if (!detail) co_return failed(detail.error());
  const auto user = matrix::parse_user_id(call.parameter(0));
  if (!user) co_return failed(invalid_argument("The path must name a user ID."));
  gate::Resource resource;
  resource.user = *user;
  auto admitted = co_await pipeline.admit(call, gate::Operation::ContentReport, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto done = co_await services.reports.user(*std::move(admitted.permit), *user, *std::move(detail));
  co_return done ? empty_ok() : failed(done.error());
}

}  // namespace

void add_report_content_routes(net::Router& router, Pipeline& pipeline, RoomsServices& services) {
  const EndpointOptions options{
      .access = Access::User, .limit = "room", .takes_body = true, .body_optional = true};
  pipeline.add(router, net::Method::Post, v3_paths("/rooms/{room}/report/{event}"), options,
               [&](Call& call) { return report_event(call, pipeline, services); });
  pipeline.add(router, net::Method::Post, v3_paths("/rooms/{room}/report"), options,
               [&](Call& call) { return report_room(call, pipeline, services); });
  pipeline.add(router, net::Method::Post, v3_paths("/users/{user}/report"), options,
               [&](Call& call) { return report_user(call, pipeline, services); });
}

}  // namespace kuramori::api::client
