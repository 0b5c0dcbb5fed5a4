// /detector-tables: what was imported, and PUT and DELETE of each by its name. What is sent is hashed and not
// kept.
#include "api/admin/detector_table_routes.hpp"

#include "api/admin/paths.hpp"
#include "api/resource/entity_tags.hpp"

namespace kuramori::api::admin {

using gate::DetectorTable;
using gate::Operation;
using net::Response;
using resource::Call;
using resource::Pipeline;
using runtime::Task;

namespace {

gate::Resource table_named(std::string name) {
  gate::Resource resource;
  resource.name = std::move(name);
  return resource;
}

// Of one name, or of all.
Task<Response> get_tables(Call& call, Pipeline& pipeline, DetectorTableServices& services,
                          std::optional<std::string> name) {
  auto admitting = pipeline.admit(call, Operation::AdminDetectorsRead, table_named(name.value_or("")));
  auto admitted = co_await std::move(admitting);
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto listing = services.tables.list(*std::move(admitted.permit));
  const auto tables = co_await std::move(listing);
  if (!tables) co_return resource::failed(tables.error(), call.request);
  json::Array list;
  for (const DetectorTable& table : *tables) {
    if (name && table.name == *name)
      co_return resource::ok_tagged(json::serialize(gate::described(table)), resource::tag_of(table.version));
    list.emplace_back(gate::described(table));
  }
  if (name)
    co_return resource::failed(not_found("There is no table of detectors of this name."), call.request);
  co_return resource::ok(json::Object{{"tables", std::move(list)}});
}

Result<gate::DocumentsImport> documents_in(const json::Array& list, std::string name) {
  gate::DocumentsImport request{.name = std::move(name), .documents = {}};
  for (const json::Value& value : list) {
    if (!value.is_object()) return invalid_argument("A document has a name and a text.");
    KURAMORI_TRY(document_name, json::required_string(value.get_object(), "name"));
    KURAMORI_TRY(text, json::required_string(value.get_object(), "text"));
    request.documents.push_back({std::move(document_name), std::move(text)});
  }
  return request;
}

Response told_import(const gate::TableImported& imported) {
  return resource::ok_tagged(json::serialize(gate::described(imported)),
                             resource::tag_of(imported.table.version));
}

// {"csv": …, "skip_bad_lines"?} makes a table, {"documents": [{"name", "text"}]} a set.
Task<Response> put_table(Call& call, Pipeline& pipeline, DetectorTableServices& services) {
  std::string name = call.parameter(0);
  auto admitting = pipeline.admit(call, Operation::AdminDetectorsSet, table_named(name));
  auto admitted = co_await std::move(admitting);
  if (admitted.denied) co_return *std::move(admitted.denied);
  const std::int64_t version = services.tables.version_of(name);
  auto changed =
      resource::check_if_match(call.request, resource::tag_of(version), resource::Presence::Required);
  if (changed) co_return *std::move(changed);
  auto csv = json::optional_string(call.body, "csv");
  if (!csv) co_return resource::failed(csv.error(), call.request);
  const json::Array* documents = json::array_at(call.body, "documents");
  if (csv->has_value() == (documents != nullptr)) {
    co_return resource::failed(invalid_argument("The body has either 'csv' or 'documents'."), call.request);
  }
  if (documents != nullptr) {
    auto request = documents_in(*documents, std::move(name));
    if (!request) co_return resource::failed(request.error(), call.request);
    request->expected_version = version;
    auto importing = services.tables.import_documents(*std::move(admitted.permit), *std::move(request));
    const auto imported = co_await std::move(importing);
    if (!imported) co_return resource::failed(imported.error(), call.request);
    co_return told_import(*imported);
  }
  gate::TableImport request{.name = std::move(name),
                            .csv = **std::move(csv),
                            .skip_bad_lines = json::bool_or(call.body, "skip_bad_lines", false),
                            .expected_version = version};
  auto importing = services.tables.import_table(*std::move(admitted.permit), std::move(request));
  const auto imported = co_await std::move(importing);
  if (!imported) co_return resource::failed(imported.error(), call.request);
  co_return told_import(*imported);
}

Task<Response> delete_table(Call& call, Pipeline& pipeline, DetectorTableServices& services) {
  std::string name = call.parameter(0);
  auto admitting = pipeline.admit(call, Operation::AdminDetectorsSet, table_named(name));
  auto admitted = co_await std::move(admitting);
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto removing = services.tables.remove(*std::move(admitted.permit), std::move(name));
  const auto removed = co_await std::move(removing);
  if (!removed) co_return resource::failed(removed.error(), call.request);
  co_return resource::no_content();
}

}  // namespace

void add_detector_table_routes(net::Router& router, Pipeline& pipeline, DetectorTableServices& services) {
  using net::Method;
  const resource::EndpointOptions reading{.limit = "administration"};
  const resource::EndpointOptions importing{.limit = "administration",
                                            .body = resource::Body::Object,
                                            .body_bytes_max = gate::DetectorTables::kTableBytesMax};
  pipeline.add(router, Method::Get, path("/detector-tables"), reading,
               [&](Call& call) { return get_tables(call, pipeline, services, std::nullopt); });
  pipeline.add(router, Method::Get, path("/detector-tables/{name}"), reading,
               [&](Call& call) { return get_tables(call, pipeline, services, call.parameter(0)); });
  pipeline.add(router, Method::Put, path("/detector-tables/{name}"), importing,
               [&](Call& call) { return put_table(call, pipeline, services); });
  pipeline.add(router, Method::Delete, path("/detector-tables/{name}"), reading,
               [&](Call& call) { return delete_table(call, pipeline, services); });
}

}  // namespace kuramori::api::admin
