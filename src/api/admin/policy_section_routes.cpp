// Labels, the matrix, the organisation's own detectors and dictionaries: entries of the policy document as
// resources of their own. What is changed is the next version of the policy; its version is their entity tag.
#include "api/admin/paths.hpp"
#include "api/admin/policy_change.hpp"
#include "api/resource/entity_tags.hpp"
#include "api/resource/parameters.hpp"
#include "governance/policy_sections.hpp"

namespace kuramori::api::admin {

using governance::Section;
using net::Response;
using resource::Call;
using resource::Pipeline;
using runtime::Task;

namespace {

constexpr std::size_t kEntryIdBytesMax = 255;

// The policy in force as JSON, on a worker.
Result<json::Object> document_of(const governance::PolicyDocument& policy) {
  return json::parse_object(policy.text, {.bytes_max = policy.text.size() + 1});
}

// Terms are many: a list tells how many, one entry tells them.
void shorten(json::Value& entry) {
  json::Object& object = entry.as_object();
  const json::Array* terms = json::array_at(object, "terms");
  if (terms == nullptr) return;
  const auto count = static_cast<std::int64_t>(terms->size());
  object.erase("terms");
  object["terms_count"] = count;
}

Result<std::string> section_text(const governance::CompiledPolicy& policy, Section section) {
  KURAMORI_TRY(document, document_of(policy.document()));
  json::Array entries = governance::entries_of(document, section);
  for (json::Value& entry : entries) shorten(entry);
  json::Object body{{"policy_version", policy.version()}};
  if (section == Section::Labels) {
    body["standard"] = json::array_at(document, "labels") == nullptr;
    body["unlabelled"] = policy.document().labels.id(policy.document().labels.unlabelled());
  }
  body[governance::key_of(section)] = std::move(entries);
  return json::serialize(body);
}

Result<std::string> entry_text(const governance::CompiledPolicy& policy, Section section,
                               std::string_view id) {
  KURAMORI_TRY(document, document_of(policy.document()));
  for (const json::Value& entry : governance::entries_of(document, section)) {
    if (json::string_or(entry.as_object(), "id", "") == id) return json::serialize(entry);
  }
  return not_found("The policy has no '" + std::string(id) + "' among its " +
                   std::string(governance::key_of(section)) + ".");
}

// The whole section, or the entry of this id.
Task<Response> get_section(Call& call, Pipeline& pipeline, PolicyServices& services, Section section,
                           std::string id) {
  auto admitting = pipeline.admit(call, gate::Operation::AdminPolicyRead);
  auto admitted = co_await std::move(admitting);
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto policy = pipeline.gate().policy();
  const std::string tag = resource::tag_of(policy->version());
  std::string what(governance::key_of(section));
  if (!id.empty()) what += "/" + id;
  auto recording = pipeline.record(call, *std::move(admitted.permit), std::move(what));
  auto denied = co_await std::move(recording);
  if (denied) co_return *std::move(denied);
  if (resource::is_known_to_client(call.request, tag)) co_return resource::not_modified(tag);
  auto writing = [policy, section, wanted = std::move(id)] {
    return wanted.empty() ? section_text(*policy, section) : entry_text(*policy, section, wanted);
  };
  auto running = services.workers.run(std::move(writing));
  auto text = co_await std::move(running);
  if (!text) co_return resource::failed(text.error(), call.request);
  co_return resource::ok_tagged(*std::move(text), tag);
}

Task<Response> put_entry(Call& call, Pipeline& pipeline, PolicyServices& services, Section section) {
  auto edit = [section, id = call.parameter(0), sent = std::move(call.body),
               before = std::string(call.request.query_value("before").value_or(""))](
                  const governance::PolicyDocument& in_force) -> Result<EditedPolicy> {
    json::Object entry = sent;
    const std::string_view named = json::string_or(entry, "id", id);
    if (named != id || id.size() > kEntryIdBytesMax)
      return invalid_argument("The 'id' must be that of the address, '" + id + "'.");
    entry["id"] = id;
    KURAMORI_TRY(document, document_of(in_force));
    KURAMORI_TRY(edited, governance::with_entry(std::move(document), section, std::move(entry), before));
    return EditedPolicy{.document = json::serialize(edited.document), .place = std::move(edited.place)};
  };
  auto changing = change_policy(call, pipeline, services, std::move(edit));
  auto response = co_await std::move(changing);
  co_return response;
}

Task<Response> delete_entry(Call& call, Pipeline& pipeline, PolicyServices& services, Section section) {
  auto edit = [section,
               id = call.parameter(0)](const governance::PolicyDocument& in_force) -> Result<EditedPolicy> {
    KURAMORI_TRY(document, document_of(in_force));
    KURAMORI_TRY(edited, governance::without_entry(std::move(document), section, id));
    return EditedPolicy{.document = json::serialize(edited.document), .place = ""};
  };
  auto changing = change_policy(call, pipeline, services, std::move(edit));
  auto response = co_await std::move(changing);
  co_return response;
}

void add_section(net::Router& router, Pipeline& pipeline, PolicyServices& services, Section section,
                 std::string_view parameter) {
  const resource::EndpointOptions plain{.limit = "administration"};
  const std::string all = path("/" + std::string(governance::key_of(section)));
  const std::string one = all + "/{" + std::string(parameter) + "}";
  pipeline.add(router, net::Method::Get, all, plain, [&pipeline, &services, section](Call& call) {
    return get_section(call, pipeline, services, section, std::string());
  });
  pipeline.add(router, net::Method::Get, one, plain, [&pipeline, &services, section](Call& call) {
    return get_section(call, pipeline, services, section, call.parameter(0));
  });
  pipeline.add(
      router, net::Method::Put, one,
      {.limit = "administration",
       .body = resource::Body::Object,
       .body_bytes_max = governance::PolicyLimits().document_bytes_max},
      [&pipeline, &services, section](Call& call) { return put_entry(call, pipeline, services, section); });
  pipeline.add(router, net::Method::Delete, one, plain, [&pipeline, &services, section](Call& call) {
    return delete_entry(call, pipeline, services, section);
  });
}

}  // namespace

void add_policy_section_routes(net::Router& router, Pipeline& pipeline, PolicyServices& services) {
  add_section(router, pipeline, services, Section::Labels, "label");
  add_section(router, pipeline, services, Section::Matrix, "row");
  add_section(router, pipeline, services, Section::Detectors, "detector");
  add_section(router, pipeline, services, Section::Dictionaries, "dictionary");
}

}  // namespace kuramori::api::admin
