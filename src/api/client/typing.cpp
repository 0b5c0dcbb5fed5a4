// PUT /rooms/{room}/typing/{user} (client-server API, module typing_notifications).
#include "api/client/own_data.hpp"
#include "api/client/paths.hpp"
#include "api/client/sync_routes.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

constexpr Milliseconds kDefaultTimeout{30'000};

// Zero: no longer typing.
Result<Milliseconds> read_timeout(const json::Object& body) {
  KURAMORI_TRY(typing, json::optional_bool(body, "typing"));
  if (!typing) return missing_argument("typing");
  KURAMORI_TRY(timeout, json::optional_integer(body, "timeout"));
  if (!*typing) return Milliseconds(0);
  if (timeout && *timeout < 0) return invalid_argument("'timeout' must not be negative.");
  return timeout ? Milliseconds(*timeout) : kDefaultTimeout;
}

Task<Response> put_typing(Call& call, Pipeline& pipeline, SyncServices& services) {
  if (call.session->user.view() != call.parameter(1)) {
    co_return failed(forbidden("Only you can say that you are typing."));
  }
  const auto timeout = read_timeout(call.body);
  if (!timeout) co_return failed(timeout.error());
  const RoomId room(call.parameter(0));
  auto state = services.rooms.cached_state(room);
  if (!state) {
    auto read = co_await services.rooms.current_state(room);
    if (read)
      state = *std::move(read);
    else if (read.error().code() != ErrorCode::NotFound)
      co_return failed(read.error());
  }
  if (!state || state->membership(call.session->user) != matrix::Membership::Join) {
    co_return failed(forbidden("You are not in this room."));
  }
  auto admitted = co_await pipeline.admit(call, gate::Operation::RoomTyping, resource_of_room(room));
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto set =
      co_await services.typing.set(*std::move(admitted.permit), call.session->user, room, *timeout);
  co_return set ? empty_ok() : failed(set.error());
}

}  // namespace

void add_typing_routes(net::Router& router, Pipeline& pipeline, SyncServices& services) {
  pipeline.add(router, net::Method::Put, v3_paths("/rooms/{room}/typing/{user}"),
               {.access = Access::User, .limit = "receipt", .takes_body = true},
               [&](Call& call) { return put_typing(call, pipeline, services); });
}

}  // namespace kuramori::api::client
