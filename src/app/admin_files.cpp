// Files that are held, and what becomes of them.
#include "app/admin_operations.hpp"
#include "app/inspection_node.hpp"
#include "app/media_node.hpp"

namespace kuramori::app {
namespace {

constexpr std::size_t kListedMax = 10'000;

// What was found in whose files is for officers (GET /findings); here is how much it was.
json::Object without_sources(json::Object findings) {
  const json::Object* found = json::object_at(findings, "found");
  if (found == nullptr) return findings;
  std::int64_t count = 0;
  for (const auto& [source, number] : *found) count += number.is_int64() ? number.get_int64() : 0;
  findings["found"] = json::Object{{"count", count}};
  return findings;
}

json::Object describe(const inspection::InspectionRecord& record) {
  return {{"uri", record.id.to_uri()},
          {"state", record.state},
          {"reason", record.reason},
          {"rule", record.rule},
          {"policy_version", record.policy_version},
          {"inspected_ms", record.inspected_ms},
          {"decided_by", record.decided_by},
          {"findings", without_sources(record.findings)}};
}

}  // namespace

Result<json::Object> AdminOperations::file_list(const Call& call) {
  KURAMORI_TRY(permit, admit(call, gate::Operation::MediaRemove));
  const std::string state(json::string_or(call.arguments, "state", "held"));
  inspection::Records records(record_ports(node_.organisation, node_.environment));
  KURAMORI_TRY(found, wait(records.list(state, kListedMax)));
  json::Array files;
  for (const inspection::InspectionRecord& record : found) files.emplace_back(describe(record));
  KURAMORI_CHECK(
      wait(node_.organisation.gate().record(std::move(permit), {.detail = "listed files: " + state})));
  return json::Object{{"files", std::move(files)}};
}

// "release" or "remove", by a person and for a reason that is kept.
Result<json::Object> AdminOperations::file_decide(const Call& call) {
  KURAMORI_TRY(uri, json::required_string(call.arguments, "uri"));
  KURAMORI_TRY(decision, json::required_string(call.arguments, "decision"));
  KURAMORI_TRY(reason, json::required_string(call.arguments, "reason"));
  if (decision != "release" && decision != "remove")
    return invalid_argument("The decision is \"release\" or \"remove\".");
  constexpr std::string_view kScheme = "mxc://";
  const std::string place = uri.starts_with(kScheme) ? uri.substr(kScheme.size()) : uri;
  const std::size_t slash = std::min(place.find('/'), place.size());
  KURAMORI_TRY(
      id, media::parse_media_id(place.substr(0, slash), place.substr(std::min(place.size(), slash + 1))));
  inspection::Records records(record_ports(node_.organisation, node_.environment));
  KURAMORI_TRY(found, wait(records.find(id)));
  if (!found) return not_found("This file was never inspected.");
  KURAMORI_TRY(media, files_());
  media::Library& files = media->library();
  KURAMORI_TRY(permit, admit(call, gate::Operation::MediaRemove));
  const bool is_release = decision == "release";
  KURAMORI_CHECK(
      wait(is_release ? files.release(std::move(permit), id) : files.remove(std::move(permit), id)));
  inspection::InspectionRecord record = *std::move(found);
  record.state = is_release ? "released" : "removed";
  record.decided_by = call.subject.user.empty() ? call.subject.user_agent : call.subject.user.str();
  record.reason = reason;
  KURAMORI_CHECK(wait(records.write(record)));
  return describe(record);
}

// All files of a state are examined again; they are held until then.
Result<json::Object> AdminOperations::file_rescan(const Call& call) {
  const std::string state(json::string_or(call.arguments, "state", "held"));
  inspection::Records records(record_ports(node_.organisation, node_.environment));
  KURAMORI_TRY(found, wait(records.list(state, kListedMax)));
  KURAMORI_TRY(media, files_());
  std::size_t count = 0;
  for (const inspection::InspectionRecord& record : found) {
    KURAMORI_TRY(permit, admit(call, gate::Operation::MediaRemove));
    auto asked = wait(media->library().examine_again(std::move(permit), record.id));
    if (!asked && asked.error().code() != ErrorCode::NotFound) return std::move(asked).error();
    count += asked ? 1 : 0;
    call.output.progress(static_cast<double>(&record - found.data() + 1) / static_cast<double>(found.size()));
  }
  return json::Object{{"files", count}};
}

}  // namespace kuramori::app
