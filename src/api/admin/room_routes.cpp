// GET /rooms/ownerless and POST /rooms/{room}/hand-over.
#include "api/admin/room_routes.hpp"

#include "api/admin/paths.hpp"
#include "api/resource/page.hpp"
#include "matrix/identifiers.hpp"

namespace kuramori::api::admin {

using net::Response;
using resource::Call;
using resource::Pipeline;
using runtime::Task;

namespace {

json::Object to_json(const ownership::OwnerlessRoom& room) {
  json::Array former;
  for (const UserId& user : room.former_owners) former.emplace_back(user.view());
  json::Object object{{"room", room.room.view()},
                      {"members", room.members},
                      {"former_owners", std::move(former)},
                      {"can_be_handed_over", room.can_be_handed_over}};
  if (!room.name.empty()) object.emplace("name", room.name);
  return object;
}

// A page may be short, or empty, although there are more: the limit is how many rooms are looked at.
Task<Response> list_ownerless(Call& call, Pipeline& pipeline, RoomServices& services) {
  const auto page = resource::read_page(
      call.request, {.standard = 200, .most = ownership::RoomOwnership::kRoomsLookedAtMax});
  if (!page) co_return resource::failed(page.error(), call.request);
  auto admitting = pipeline.admit(call, gate::Operation::AdminRoomList);
  auto admitted = co_await std::move(admitting);
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto listing =
      services.ownership.ownerless(*admitted.permit, RoomId(page->after.value_or("")), page->limit);
  const auto found = co_await std::move(listing);
  if (!found) co_return resource::failed(found.error(), call.request);
  auto recording = pipeline.record(call, *std::move(admitted.permit), "ownerless");
  auto denied = co_await std::move(recording);
  if (denied) co_return *std::move(denied);
  json::Array entries;
  for (const ownership::OwnerlessRoom& room : found->rooms) entries.emplace_back(to_json(room));
  json::Object body{{"rooms", std::move(entries)}};
  if (!found->is_complete) body.emplace("next_cursor", resource::to_cursor(found->reached.view()));
  co_return resource::ok(body);
}

Task<Response> post_hand_over(Call& call, Pipeline& pipeline, RoomServices& services) {
  const auto named = json::required_string(call.body, "successor");
  if (!named) co_return resource::failed(named.error(), call.request);
  auto successor = matrix::parse_user_id(*named);
  if (!successor) co_return resource::failed(successor.error(), call.request);
  gate::Resource about;
  about.room = RoomId(call.parameter(0));
  about.user = *successor;
  auto admitting = pipeline.admit(call, gate::Operation::AdminRoomHandOver, std::move(about));
  auto admitted = co_await std::move(admitting);
  if (admitted.denied) co_return *std::move(admitted.denied);
  ownership::HandOver request{.room = RoomId(call.parameter(0)), .successor = *std::move(successor)};
  auto handing = services.ownership.hand_over(*std::move(admitted.permit), std::move(request));
  const auto done = co_await std::move(handing);
  if (!done) co_return resource::failed(done.error(), call.request);
  co_return resource::ok(json::Object{{"event", done->event.view()},
                                      {"in_the_name_of", done->in_the_name_of.view()},
                                      {"was_invited", done->was_invited}});
}

}  // namespace

void add_room_routes(net::Router& router, Pipeline& pipeline, RoomServices& services) {
  pipeline.add(router, net::Method::Get, path("/rooms/ownerless"), {.limit = "administration"},
               [&](Call& call) { return list_ownerless(call, pipeline, services); });
  pipeline.add(router, net::Method::Post, path("/rooms/{room}/hand-over"),
               {.limit = "administration", .body = resource::Body::Object},
               [&](Call& call) { return post_hand_over(call, pipeline, services); });
}

}  // namespace kuramori::api::admin
