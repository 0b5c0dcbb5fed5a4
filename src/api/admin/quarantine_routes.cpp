#include "api/admin/quarantine_routes.hpp"

#include "api/admin/paths.hpp"
#include "api/resource/page.hpp"
#include "api/resource/parameters.hpp"
#include "base/text.hpp"

namespace kuramori::api::admin {

using inspection::InspectionRecord;
using inspection::Records;
using net::Response;
using resource::Call;
using resource::Pipeline;
using runtime::Task;

namespace {

constexpr std::size_t kDecisionReasonBytesMax = 1'000;
constexpr std::size_t kEndingBytesMax = 12;

json::Object masked_name(std::string_view name) {
  std::int64_t characters = 0;
  for (const char c : name) characters += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
  json::Object masked{{"characters", characters}};
  const std::size_t dot = name.rfind('.');
  if (dot != std::string_view::npos && name.size() - dot <= kEndingBytesMax)
    masked["ending"] = name.substr(dot);
  return masked;
}

void mask_names(json::Object& findings) {
  if (const json::Value* name = json::find(findings, "name"); name != nullptr && name->is_string())
    findings["name"] = masked_name(json::view(name->get_string()));
  if (json::Value* unreadable = findings.if_contains("unreadable");
      unreadable != nullptr && unreadable->is_array()) {
    for (json::Value& part : unreadable->get_array()) {
      if (!part.is_object()) continue;
      const std::string file(json::string_or(part.get_object(), "file", ""));
      part.get_object()["file"] = masked_name(file);
    }
  }
}

// How much was found, without what.
void mask_found(json::Object& findings) {
  const json::Object* found = json::object_at(findings, "found");
  if (found == nullptr) return;
  std::int64_t count = 0;
  for (const auto& [source, number] : *found) count += number.is_int64() ? number.get_int64() : 0;
  findings["found"] = json::Object{{"count", count}};
}

std::string place_text(const InspectionRecord& record) {
  return std::to_string(record.inspected_ms) + " " + record.id.origin.str() + " " + record.id.id;
}

Result<std::optional<Records::Place>> place_in(const resource::Page& page) {
  if (!page.after) return std::optional<Records::Place>();
  const auto parts = text::split(*page.after, ' ');
  const auto inspected = parts.size() == 3 ? text::to_integer(parts[0]) : std::nullopt;
  if (!inspected) return invalid_argument("The cursor is not one that this server gave out.");
  return std::optional(
      Records::Place{*inspected, {ServerName(std::string(parts[1])), std::string(parts[2])}});
}

Result<std::string> state_in(const net::Request& request) {
  std::string state(request.query_value("state").value_or("held"));
  if (state == "held" || state == "released" || state == "removed") return state;
  return invalid_argument("The parameter 'state' must be held, released or removed.");
}

Task<Response> list_files(Call& call, Pipeline& pipeline, QuarantineServices& services) {
  auto admitting = pipeline.admit(call, gate::Operation::AdminQuarantineRead);
  auto admitted = co_await std::move(admitting);
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto page = resource::read_page(call.request, {.standard = 50, .most = 500});
  if (!page) co_return resource::failed(page.error(), call.request);
  const auto after = place_in(*page);
  if (!after) co_return resource::failed(after.error(), call.request);
  const auto state = state_in(call.request);
  if (!state) co_return resource::failed(state.error(), call.request);
  auto listing = services.records.list_behind(*state, *after, page->limit + 1);
  auto records = co_await std::move(listing);
  if (!records) co_return resource::failed(records.error(), call.request);
  auto recording = pipeline.record(call, *std::move(admitted.permit), *state);
  auto denied = co_await std::move(recording);
  if (denied) co_return *std::move(denied);
  const bool has_more = records->size() > page->limit;
  if (has_more) records->pop_back();
  json::Array files;
  for (const InspectionRecord& record : *records) files.emplace_back(to_json(record, call.subject.role));
  json::Object body;
  body.emplace("files", std::move(files));
  if (has_more) body.emplace("next_cursor", resource::to_cursor(place_text(records->back())));
  co_return resource::ok(body);
}

Task<Result<InspectionRecord>> find_record(QuarantineServices& services, media::MediaId id) {
  auto finding = services.records.find(std::move(id));
  auto found = co_await std::move(finding);
  if (!found) co_return std::move(found).error();
  if (!*found) co_return not_found("This file was never inspected.");
  co_return **std::move(found);
}

gate::Resource about_file(const Call& call) {
  gate::Resource about;
  about.name = "mxc://" + call.parameter(0) + "/" + call.parameter(1);
  return about;
}

Task<Response> get_file(Call& call, Pipeline& pipeline, QuarantineServices& services) {
  auto admitting = pipeline.admit(call, gate::Operation::AdminQuarantineRead, about_file(call));
  auto admitted = co_await std::move(admitting);
  if (admitted.denied) co_return *std::move(admitted.denied);
  const auto id = media::parse_media_id(call.parameter(0), call.parameter(1));
  if (!id) co_return resource::failed(id.error(), call.request);
  auto finding = find_record(services, *id);
  const auto record = co_await std::move(finding);
  if (!record) co_return resource::failed(record.error(), call.request);
  auto recording = pipeline.record(call, *std::move(admitted.permit), id->to_uri());
  auto denied = co_await std::move(recording);
  if (denied) co_return *std::move(denied);
  co_return resource::ok(to_json(*record, call.subject.role));
}

Result<std::string> decision_reason(const net::Request& request) {
  KURAMORI_TRY(reason, resource::text_parameter(request, "reason", kDecisionReasonBytesMax));
  if (!text::trim(reason).empty()) return reason;
  return Error(ErrorCode::InvalidArgument, "M_MISSING_PARAM",
               "Say why, as ?reason=…: it is kept with the file and in the record.");
}

enum class FileDecision : bool { Release, Destroy };

Error cannot_decide(std::string_view state) {
  return Error(ErrorCode::Conflict, "KURAMORI_DECIDED_ALREADY",
               "The file is " + std::string(state) + " already.");
}

Task<Response> decide_file(Call& call, Pipeline& pipeline, QuarantineServices& services,
                           FileDecision decision) {
  auto admitting = pipeline.admit(call, gate::Operation::AdminQuarantineDecide, about_file(call));
  auto admitted = co_await std::move(admitting);
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto reason = decision_reason(call.request);
  if (!reason) co_return resource::failed(reason.error(), call.request);
  const auto id = media::parse_media_id(call.parameter(0), call.parameter(1));
  if (!id) co_return resource::failed(id.error(), call.request);
  auto lane = co_await services.deciding.enter();
  if (!lane) co_return resource::failed(lane.error(), call.request);
  auto finding = find_record(services, *id);
  auto record = co_await std::move(finding);
  if (!record) co_return resource::failed(record.error(), call.request);
  const bool is_release = decision == FileDecision::Release;
  const bool may = is_release ? record->state == "held" : record->state != "removed";
  if (!may) co_return resource::failed(cannot_decide(record->state), call.request);
  auto carrying_out = is_release ? services.files.release(*std::move(admitted.permit), *id)
                                 : services.files.destroy(*std::move(admitted.permit), *id);
  const auto done = co_await std::move(carrying_out);
  if (!done) co_return resource::failed(done.error(), call.request);
  record->state = is_release ? "released" : "removed";
  record->decided_by = call.subject.user.str();
  record->reason = *std::move(reason);
  if (!is_release) record->findings = {};
  auto writing = services.records.write(*record);
  const auto written = co_await std::move(writing);
  if (!written) co_return resource::failed(written.error(), call.request);
  co_return resource::ok(to_json(*record, call.subject.role));
}

}  // namespace

json::Object to_json(const InspectionRecord& record, gate::Role viewer) {
  json::Object object{{"uri", record.id.to_uri()},
                      {"state", record.state},
                      {"reason", record.reason},
                      {"policy_version", record.policy_version},
                      {"inspected", to_rfc3339(from_unix_ms(record.inspected_ms))}};
  if (!record.rule.empty()) object["rule"] = record.rule;
  if (!record.decided_by.empty()) object["decided_by"] = record.decided_by;
  json::Object findings = record.findings;
  const bool is_officer = viewer == gate::Role::SecurityOfficer || viewer == gate::Role::ComplianceOfficer;
  if (!is_officer) mask_file(findings);
  object["findings"] = std::move(findings);
  return object;
}

void mask_file(json::Object& facts) {
  mask_names(facts);
  mask_found(facts);
}

void add_quarantine_routes(net::Router& router, Pipeline& pipeline, QuarantineServices& services) {
  const resource::EndpointOptions options{.limit = "administration"};
  const std::string one = path("/quarantine/{server}/{media}");
  pipeline.add(router, net::Method::Get, path("/quarantine"), options,
               [&](Call& call) { return list_files(call, pipeline, services); });
  pipeline.add(router, net::Method::Get, one, options,
               [&](Call& call) { return get_file(call, pipeline, services); });
  pipeline.add(router, net::Method::Post, one + "/release", options,
               [&](Call& call) { return decide_file(call, pipeline, services, FileDecision::Release); });
  pipeline.add(router, net::Method::Delete, one, options,
               [&](Call& call) { return decide_file(call, pipeline, services, FileDecision::Destroy); });
}

}  // namespace kuramori::api::admin
