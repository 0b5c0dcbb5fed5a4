// /pushers (client-server API, module push, "Pushers").
#include <algorithm>

#include "api/client/own_data.hpp"
#include "api/client/paths.hpp"
#include "api/client/push_routes.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

Task<Response> get_pushers(Call& call, Pipeline& pipeline, PushServices& services) {
  auto admitted = co_await pipeline.admit(call, gate::Operation::PusherRead, {});
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto pushers = co_await services.service.pushers().list(*admitted.permit);
  if (!pushers) co_return failed(pushers.error());
  json::Array list;
  for (const push::Pusher& pusher : *pushers) list.push_back(pusher.to_json());
  json::Object body;
  body.emplace("pushers", std::move(list));
  co_return ok(body);
}

// Mail goes to an address that the account has confirmed, and to no other.
Task<std::optional<Response>> refuse_mail(Call& call, Pipeline& pipeline, PushServices& services,
                                          push::Pusher* pusher) {
  if (!services.service.sends_mail())
    co_return failed(invalid_argument("This server sends no mail; use a pusher of kind \"http\"."));
  const auto address = people::canonical_address(pusher->pushkey);
  if (!address) co_return failed(invalid_argument("'pushkey' is not an e-mail address."));
  auto admitted = co_await pipeline.admit(call, gate::Operation::ContactRead, {});
  if (admitted.denied) co_return std::move(admitted.denied);
  auto contacts = co_await services.contacts.list(*admitted.permit);
  if (!contacts) co_return failed(contacts.error());
  if (std::ranges::find(*contacts, *address, &people::Contact::address) == contacts->end()) {
    co_return failed(invalid_argument("'pushkey' must be an address that your account has confirmed."));
  }
  co_return std::nullopt;
}

Task<Response> post_pusher(Call& call, Pipeline& pipeline, PushServices& services) {
  auto change = push::parse_pusher_change(call.body, services.service.gateways());
  if (!change) co_return failed(change.error());
  if (change->pusher && change->pusher->kind == push::Pusher::Kind::Email) {
    auto denied = co_await refuse_mail(call, pipeline, services, &*change->pusher);
    if (denied) co_return *std::move(denied);
  }
  auto admitted = co_await pipeline.admit(call, gate::Operation::PusherSet, {});
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto done = co_await services.service.pushers().set(*std::move(admitted.permit), *std::move(change));
  co_return done ? empty_ok() : failed(done.error());
}

}  // namespace

void add_pusher_routes(net::Router& router, Pipeline& pipeline, PushServices& services) {
  pipeline.add(router, net::Method::Get, v3_paths("/pushers"), {.access = Access::UserNoGuests, .limit = ""},
               [&](Call& call) { return get_pushers(call, pipeline, services); });
  pipeline.add(router, net::Method::Post, v3_paths("/pushers/set"),
               {.access = Access::UserNoGuests, .limit = "room", .takes_body = true},
               [&](Call& call) { return post_pusher(call, pipeline, services); });
}

}  // namespace kuramori::api::client
