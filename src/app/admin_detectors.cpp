// Tables and documents that the company's own detectors look for.
#include "app/admin_operations.hpp"
#include "app/inspection_node.hpp"
#include "base/text.hpp"
#include "crypto/base64.hpp"
#include "gate/detector_tables.hpp"
#include "governance/test_bench.hpp"
#include "sandbox/frames.hpp"

namespace kuramori::app {
namespace {

constexpr std::size_t kTableTextMax = gate::DetectorTables::kTableBytesMax;
constexpr std::uint32_t kReadingSecondsMax = 120;

gate::Resource table_resource(std::string_view name) {
  gate::Resource resource;
  resource.name = std::string(name);
  return resource;
}

Result<Bytes> octets_argument(const json::Object& arguments) {
  KURAMORI_TRY(encoded, json::required_string(arguments, "content"));
  auto octets = crypto::from_base64(encoded);
  if (!octets) return invalid_argument("The content is not base64.");
  return *std::move(octets);
}

// Reads files of administrators as it reads those of anybody else: in a process that can do nothing but that.
class FileReading {
 public:
  FileReading(const Config& config, const Environment& environment)
      : sandbox_({.clock = environment.clock, .metrics = environment.metrics, .log = environment.log},
                 options(config)) {}

  // All text of a file of whatever kind and encoding, in the order in which it stands there.
  Result<std::string> text_of(const std::string& name, Bytes octets) {
    const sandbox::ExtractRequest request{.time_ms_max = kReadingSecondsMax * 800,
                                          .text_bytes_max = kTableTextMax};
    sandbox::Input input = [&octets, at = std::size_t{0}]() mutable -> Result<ByteView> {
      const std::size_t count = std::min(octets.size() - at, sandbox::kPartBytesMax);
      return ByteView(octets).subspan(std::exchange(at, at + count), count);
    };
    KURAMORI_TRY(outcome, sandbox_.run_here(request.encode(), input));
    if (outcome.ending != sandbox::Ending::Done)
      return invalid_argument("'" + name +
                              "' cannot be read: " + std::string(sandbox::to_string(outcome.ending)) + ".");
    const auto extract = sandbox::Extract::decode(outcome.output);
    if (!extract) return invalid_argument("'" + name + "' cannot be read.");
    if (!extract->is_complete())
      return invalid_argument("'" + name + "' cannot be read whole: it is encrypted, damaged or too large.");
    std::string text;
    for (const sandbox::ExtractedText& part : extract->texts) {
      if (!text.empty()) text.push_back('\n');
      text.append(part.text);
    }
    return text;
  }

 private:
  static sandbox::Sandbox::Options options(const Config& config) {
    sandbox::Sandbox::Options options = documents_sandbox(config);
    options.limits.memory_bytes = std::uint64_t{2} << 30;
    options.limits.cpu_seconds = kReadingSecondsMax;
    options.limits.wall_time = std::chrono::seconds(2 * kReadingSecondsMax);
    options.limits.input_bytes = kTableTextMax;
    options.limits.output_bytes = kTableTextMax + (std::uint64_t{16} << 20);
    return options;
  }
  sandbox::Sandbox sandbox_;
};

}  // namespace

Result<json::Object> AdminOperations::detectors_list(const Call& call) {
  KURAMORI_TRY(permit, admit(call, gate::Operation::AdminDetectorsRead));
  KURAMORI_TRY(tables, wait(node_.organisation.detector_tables().list(std::move(permit))));
  json::Array list;
  for (const gate::DetectorTable& table : tables) list.emplace_back(gate::described(table));
  return json::Object{{"tables", std::move(list)}};
}

// name, content (CSV in base64, in any usual encoding), skip_bad_lines?
Result<json::Object> AdminOperations::detectors_import_table(const Call& call) {
  KURAMORI_TRY(name, json::required_string(call.arguments, "name"));
  KURAMORI_TRY(octets, octets_argument(call.arguments));
  KURAMORI_TRY(permit, admit(call, gate::Operation::AdminDetectorsSet, table_resource(name)));
  std::string csv;
  if (text::is_valid_utf8(as_text(octets)) && !as_text(octets).contains('\0')) {
    csv = as_text(octets);
  } else {
    FileReading reading(node_.config, node_.environment);
    KURAMORI_TRY(text, reading.text_of(name, std::move(octets)));
    csv = std::move(text);
  }
  gate::TableImport request{.name = std::move(name),
                            .csv = std::move(csv),
                            .skip_bad_lines = json::bool_or(call.arguments, "skip_bad_lines", false)};
  KURAMORI_TRY(imported, wait(node_.organisation.detector_tables().import_table(std::move(permit),
                                                                                std::move(request))));
  return gate::described(imported);
}

// name, files: each {name, content (base64)}
Result<json::Object> AdminOperations::detectors_import_documents(const Call& call) {
  KURAMORI_TRY(name, json::required_string(call.arguments, "name"));
  KURAMORI_TRY(files, json::optional_array(call.arguments, "files"));
  if (files == nullptr || files->empty()) return missing_argument("files");
  if (files->size() > gate::DetectorTables::kDocumentsMax)
    return invalid_argument("There are too many files.");
  KURAMORI_TRY(permit, admit(call, gate::Operation::AdminDetectorsSet, table_resource(name)));
  FileReading reading(node_.config, node_.environment);
  gate::DocumentsImport request{.name = std::move(name), .documents = {}};
  for (const json::Value& file : *files) {
    if (!file.is_object()) return invalid_argument("A file has a name and a content.");
    KURAMORI_TRY(file_name, json::required_string(file.get_object(), "name"));
    KURAMORI_TRY(octets, octets_argument(file.get_object()));
    KURAMORI_TRY(text, reading.text_of(file_name, std::move(octets)));
    request.documents.push_back({std::move(file_name), std::move(text)});
    call.output.progress(static_cast<double>(request.documents.size()) / static_cast<double>(files->size()));
  }
  KURAMORI_TRY(imported, wait(node_.organisation.detector_tables().import_documents(std::move(permit),
                                                                                    std::move(request))));
  return gate::described(imported);
}

Result<json::Object> AdminOperations::detectors_remove(const Call& call) {
  KURAMORI_TRY(name, json::required_string(call.arguments, "name"));
  KURAMORI_TRY(permit, admit(call, gate::Operation::AdminDetectorsSet, table_resource(name)));
  KURAMORI_CHECK(wait(node_.organisation.detector_tables().remove(std::move(permit), name)));
  return json::Object{{"removed", name}};
}

// document: what its detectors ask for and nobody imported.
Result<json::Object> AdminOperations::policy_check(const Call& call) {
  KURAMORI_TRY(document, json::required_string(call.arguments, "document"));
  KURAMORI_TRY(permit, admit(call, gate::Operation::AdminPolicyExplain));
  gate::Gate& gate = node_.organisation.gate();
  KURAMORI_TRY(parsed, governance::parse_policy_or_error(document));
  KURAMORI_CHECK(wait(gate.record(std::move(permit), {.detail = "check"})));
  json::Array missing;
  for (const std::string& each : governance::missing_of(parsed, *gate.company_data()))
    missing.emplace_back(each);
  return json::Object{{"missing", std::move(missing)}};
}

// text, document?: what the detectors of that policy, or of the one in force, find; with the tables that are
// imported.
Result<json::Object> AdminOperations::policy_inspect(const Call& call) {
  KURAMORI_TRY(text, json::required_string(call.arguments, "text"));
  KURAMORI_TRY(document, json::optional_string(call.arguments, "document"));
  KURAMORI_TRY(permit, admit(call, gate::Operation::AdminPolicyExplain));
  gate::Gate& gate = node_.organisation.gate();
  const auto data = gate.company_data();
  governance::ParseOptions options{.company_data = data};
  KURAMORI_TRY(parsed, governance::parse_policy_or_error(
                           document ? *document : gate.policy()->document().text, options));
  KURAMORI_TRY(bench, governance::TestBench::create(std::move(parsed), *data));
  KURAMORI_TRY(findings, bench->inspect(text));
  KURAMORI_CHECK(wait(gate.record(std::move(permit), {.detail = "inspect"})));
  json::Array list;
  for (const governance::BenchFinding& finding : findings) list.emplace_back(governance::to_json(finding));
  return json::Object{{"findings", std::move(list)}};
}

}  // namespace kuramori::app
