#include "api/work/step_up.hpp"

#include "api/resource/problem.hpp"
#include "api/resource/responses.hpp"

namespace kuramori::api::work {

using net::Response;
using resource::Call;
using resource::Pipeline;
using runtime::Task;

namespace {

// In the form of the client-server API, which clients know how to answer.
Response challenge_response(const identity::Challenge& challenge) {
  Response response = resource::ok(challenge.body());
  response.status = 401;
  return response;
}

Task<Response> post_step_up(Call& call, Pipeline& pipeline, StepUpServices& services) {
  auto admitting = pipeline.admit(call, gate::Operation::AccountStepUp);
  auto admitted = co_await std::move(admitting);
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto auth = json::optional_object(call.body, "auth");
  if (!auth) co_return resource::failed(auth.error(), call.request);
  identity::ProtectedOperation operation;
  operation.endpoint = "POST /_kuramori/v1/step-up";
  operation.user = call.subject.user;
  operation.flows = {{{std::string(identity::kPasswordStage)}}};
  operation.from = call.subject;
  auto authenticating = services.authentication.authenticate(std::move(operation), *auth);
  auto outcome = co_await std::move(authenticating);
  if (const auto* challenge = std::get_if<identity::Challenge>(&outcome))
    co_return challenge_response(*challenge);
  if (const auto* error = std::get_if<Error>(&outcome)) co_return resource::failed(*error, call.request);
  auto failure = co_await pipeline.record(call, *std::move(admitted.permit), call.subject.device.str());
  if (failure) co_return *std::move(failure);
  const json::Object body{{"proved_ms", pipeline.clock().now_ms()}};
  co_return resource::ok(body);
}

}  // namespace

void add_step_up_routes(net::Router& router, Pipeline& pipeline, StepUpServices& services) {
  pipeline.add(router, net::Method::Post, "/_kuramori/v1/step-up",
               {.limit = "login", .body = resource::Body::OptionalObject},
               [&](Call& call) { return post_step_up(call, pipeline, services); });
}

}  // namespace kuramori::api::work
