// GET and POST /requests, GET and DELETE /requests/{id}: one's own.
#include <algorithm>

#include "api/resource/problem.hpp"
#include "api/resource/responses.hpp"
#include "api/work/requests_routes.hpp"
#include "matrix/identifiers.hpp"

namespace kuramori::api::work {

using net::Response;
using resource::Call;
using resource::Pipeline;
using runtime::Task;

namespace {

constexpr std::size_t kListedMax = 200;
constexpr std::size_t kRulesMax = 50;
constexpr std::size_t kReasonBytesMax = 2000;

Result<approvals::GeneralRequest> read_wish(const json::Object& body) {
  approvals::GeneralRequest wish;
  KURAMORI_TRY(operation, json::required_string(body, "operation"));
  const auto known = gate::parse_operation(operation);
  if (!known) return invalid_argument("'operation' names nothing that can be done.");
  wish.operation = *known;
  KURAMORI_TRY(reason, json::required_string(body, "reason"));
  if (reason.size() > kReasonBytesMax) return invalid_argument("'reason' is too long.");
  wish.reason = std::move(reason);
  KURAMORI_TRY(minutes, json::optional_integer(body, "minutes"));
  constexpr std::int64_t kMinutesMax = 366L * 24 * 60;
  if (!minutes || *minutes < 1 || *minutes > kMinutesMax)
    return invalid_argument("'minutes' must say for how long, from 1 to 527040.");
  wish.duration = std::chrono::minutes(*minutes);
  KURAMORI_TRY(room, json::optional_string(body, "room"));
  wish.room = RoomId(room.value_or(""));
  KURAMORI_TRY(user, json::optional_string(body, "user"));
  if (user) {
    KURAMORI_TRY(target, matrix::parse_user_id(*user));
    wish.target = std::move(target);
  }
  KURAMORI_TRY(rules, json::optional_array(body, "rules"));
  if (rules == nullptr || rules->empty() || rules->size() > kRulesMax)
    return invalid_argument("'rules' must name the rules that hold it back.");
  for (const json::Value& rule : *rules) {
    if (!rule.is_string()) return invalid_argument("'rules' must be a list of names.");
    wish.rules.emplace_back(json::view(rule.get_string()));
  }
  return wish;
}

Task<Response> get_requests(Call& call, Pipeline& pipeline, ApprovalServices& services) {
  auto admitting = pipeline.admit(call, gate::Operation::ApprovalRead);
  auto admitted = co_await std::move(admitting);
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto reading = services.approvals.of(call.subject.user, kListedMax);
  const auto requests = co_await std::move(reading);
  if (!requests) co_return resource::failed(requests.error(), call.request);
  json::Array list;
  for (const approvals::Request& request : *requests) list.emplace_back(approvals::to_json(request));
  json::Object body;
  body.emplace("requests", std::move(list));
  co_return resource::ok(body);
}

Task<Response> post_request(Call& call, ApprovalServices& services) {
  auto wish = read_wish(call.body);
  if (!wish) co_return resource::failed(wish.error(), call.request);
  auto asking = services.approvals.ask(call.subject, *std::move(wish));
  const auto request = co_await std::move(asking);
  if (!request) co_return resource::failed(request.error(), call.request);
  co_return resource::created(approvals::to_json(*request), "/_kuramori/v1/requests/" + request->id);
}

// One's own, or one that one is asked about or has decided.
Task<Response> get_request(Call& call, Pipeline& pipeline, ApprovalServices& services) {
  auto admitting = pipeline.admit(call, gate::Operation::ApprovalRead);
  auto admitted = co_await std::move(admitting);
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto finding = services.approvals.find(call.parameter(0));
  const auto request = co_await std::move(finding);
  if (!request) co_return resource::failed(request.error(), call.request);
  bool may_read = request->requester == call.subject.user;
  for (const approvals::Decision& decision : request->decisions)
    may_read = may_read || decision.by == call.subject.user;
  if (!may_read && request->state == approvals::State::Waiting) {
    auto asking = services.approvals.people_asked(*request);
    const auto people = co_await std::move(asking);
    if (!people) co_return resource::failed(people.error(), call.request);
    may_read = std::ranges::find(*people, call.subject.user) != people->end();
  }
  if (!may_read) co_return resource::failed(not_found("There is no such request."), call.request);
  co_return resource::ok(approvals::to_json(*request));
}

Task<Response> delete_request(Call& call, ApprovalServices& services) {
  auto withdrawing = services.approvals.withdraw(call.subject, call.parameter(0));
  const auto request = co_await std::move(withdrawing);
  if (!request) co_return resource::failed(request.error(), call.request);
  co_return resource::ok(approvals::to_json(*request));
}

}  // namespace

void add_request_routes(net::Router& router, Pipeline& pipeline, ApprovalServices& services) {
  pipeline.add(router, net::Method::Get, "/_kuramori/v1/requests", {},
               [&](Call& call) { return get_requests(call, pipeline, services); });
  pipeline.add(router, net::Method::Post, "/_kuramori/v1/requests",
               {.limit = "message", .body = resource::Body::Object},
               [&](Call& call) { return post_request(call, services); });
  pipeline.add(router, net::Method::Get, "/_kuramori/v1/requests/{id}", {},
               [&](Call& call) { return get_request(call, pipeline, services); });
  pipeline.add(router, net::Method::Delete, "/_kuramori/v1/requests/{id}", {.limit = "message"},
               [&](Call& call) { return delete_request(call, services); });
}

}  // namespace kuramori::api::work
