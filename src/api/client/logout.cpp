// POST /logout and /logout/all.
#include "api/client/identity_routes.hpp"
#include "api/client/paths.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

enum class Extent : bool { ThisSession, AllSessions };

Task<Response> post_logout(Call& call, Pipeline& pipeline, IdentityServices& services, Extent extent) {
  gate::Resource resource;
  resource.user = call.session->user;
  if (extent == Extent::ThisSession) resource.name = call.session->device.str();
  auto admitted = co_await pipeline.admit(call, gate::Operation::AccountLogout, std::move(resource));
  if (admitted.denied) co_return *std::move(admitted.denied);
  Result<void> done;
  if (extent == Extent::ThisSession) {
    done = co_await services.sessions.log_out(*std::move(admitted.permit), call.session);
  } else {
    done = co_await services.sessions.log_out_all(*std::move(admitted.permit), call.session->user, nullptr);
  }
  co_return done ? empty_ok() : failed(done.error());
}

}  // namespace

void add_logout_routes(net::Router& router, Pipeline& pipeline, IdentityServices& services) {
  pipeline.add(router, net::Method::Post, v3_paths("/logout"),
               {.access = Access::User, .limit = "", .for_locked = true},
               [&](Call& call) { return post_logout(call, pipeline, services, Extent::ThisSession); });
  pipeline.add(router, net::Method::Post, v3_paths("/logout/all"),
               {.access = Access::User, .limit = "", .for_locked = true},
               [&](Call& call) { return post_logout(call, pipeline, services, Extent::AllSessions); });
}

}  // namespace kuramori::api::client
