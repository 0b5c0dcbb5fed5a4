// GET /approvals: what is open, and GET /approvals/{id}: one, whatever became of it.
#include "api/admin/approval_routes.hpp"

#include "api/admin/paths.hpp"
#include "api/admin/quarantine_routes.hpp"
#include "api/resource/page.hpp"

namespace kuramori::api::admin {

using net::Response;
using resource::Call;
using resource::Pipeline;
using runtime::Task;

namespace {

// What a held file is called and what was found in it is for officers.
json::Object for_viewer(const approvals::Request& request, gate::Role viewer) {
  json::Object object = approvals::to_json(request);
  const bool is_officer = viewer == gate::Role::SecurityOfficer || viewer == gate::Role::ComplianceOfficer;
  if (json::Value* file = object.if_contains("file"); file != nullptr && file->is_object() && !is_officer)
    mask_file(file->get_object());
  return object;
}

Task<Response> list_open(Call& call, Pipeline& pipeline, ApprovalServices& services) {
  const auto page = resource::read_numbered_page(call.request, {.standard = 50, .most = 500});
  if (!page) co_return resource::failed(page.error(), call.request);
  auto admitting = pipeline.admit(call, gate::Operation::AdminApprovalsRead);
  auto admitted = co_await std::move(admitting);
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto recording = pipeline.record(call, *std::move(admitted.permit), "open");
  auto denied = co_await std::move(recording);
  if (denied) co_return *std::move(denied);
  json::Array entries;
  std::int64_t last = 0;
  bool has_more = false;
  for (const approvals::Request& request : services.approvals.open()) {
    if (request.sequence <= page->after.value_or(0)) continue;
    has_more = entries.size() >= page->limit;
    if (has_more) break;
    entries.emplace_back(for_viewer(request, call.subject.role));
    last = request.sequence;
  }
  json::Object body{{"approvals", std::move(entries)}};
  if (has_more) body.emplace("next_cursor", resource::to_cursor(std::to_string(last)));
  co_return resource::ok(body);
}

Task<Response> get_one(Call& call, Pipeline& pipeline, ApprovalServices& services) {
  gate::Resource about;
  about.name = call.parameter(0);
  auto admitting = pipeline.admit(call, gate::Operation::AdminApprovalsRead, std::move(about));
  auto admitted = co_await std::move(admitting);
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto finding = services.approvals.find(call.parameter(0));
  const auto request = co_await std::move(finding);
  if (!request) co_return resource::failed(request.error(), call.request);
  json::Array asked;
  if (request->state == approvals::State::Waiting) {
    auto asking = services.approvals.people_asked(*request);
    const auto people = co_await std::move(asking);
    if (!people) co_return resource::failed(people.error(), call.request);
    for (const UserId& person : *people) asked.emplace_back(person.view());
  }
  auto recording = pipeline.record(call, *std::move(admitted.permit), request->id);
  auto denied = co_await std::move(recording);
  if (denied) co_return *std::move(denied);
  json::Object body = for_viewer(*request, call.subject.role);
  body.emplace("asked", std::move(asked));
  co_return resource::ok(body);
}

}  // namespace

void add_approval_routes(net::Router& router, Pipeline& pipeline, ApprovalServices& services) {
  pipeline.add(router, net::Method::Get, path("/approvals"), {.limit = "administration"},
               [&](Call& call) { return list_open(call, pipeline, services); });
  pipeline.add(router, net::Method::Get, path("/approvals/{request}"), {.limit = "administration"},
               [&](Call& call) { return get_one(call, pipeline, services); });
}

}  // namespace kuramori::api::admin
