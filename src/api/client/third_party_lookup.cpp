// Networks behind bridges (client-server API, module third_party_networks): none, as long as no bridge is set
// up.
#include "api/client/paths.hpp"
#include "api/client/people_routes.hpp"

namespace kuramori::api::client {

using net::Response;
using runtime::Task;

namespace {

enum class Answer : std::uint8_t { EmptyObject, EmptyArray, NotFound };

Task<Response> look_up(Call& call, Pipeline& pipeline, Answer answer) {
  auto admitted = co_await pipeline.admit(call, gate::Operation::DirectoryRead, {});
  if (admitted.denied) co_return *std::move(admitted.denied);
  if (answer == Answer::NotFound) co_return failed(not_found("There is no such network here."));
  co_return answer == Answer::EmptyArray ? ok_text("[]") : empty_ok();
}

}  // namespace

void add_third_party_lookup_routes(net::Router& router, Pipeline& pipeline) {
  const auto add = [&](std::string_view path, Answer answer) {
    pipeline.add(router, net::Method::Get, v3_paths(path), {.access = Access::User, .limit = ""},
                 [&pipeline, answer](Call& call) { return look_up(call, pipeline, answer); });
  };
  add("/thirdparty/protocols", Answer::EmptyObject);
  add("/thirdparty/protocol/{protocol}", Answer::NotFound);
  add("/thirdparty/location", Answer::EmptyArray);
  add("/thirdparty/user", Answer::EmptyArray);
  add("/thirdparty/location/{protocol}", Answer::NotFound);
  add("/thirdparty/user/{protocol}", Answer::NotFound);
}

}  // namespace kuramori::api::client
