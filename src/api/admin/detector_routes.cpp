// GET /built-in-detectors, and POST /detectors/test: a text in, what the detectors find in it out.
#include "api/admin/paths.hpp"
#include "api/admin/policy_change.hpp"
#include "gate/vocabulary.hpp"
#include "governance/detectors.hpp"
#include "governance/policy_sections.hpp"

namespace kuramori::api::admin {

using net::Response;
using resource::Call;
using resource::Pipeline;
using runtime::Task;

namespace {

constexpr std::size_t kTestBodyBytesMax = 1'048'576;
constexpr std::size_t kFindingsTold = 1'000;

json::Object names_to_json(const governance::Explanation& names) {
  return {{"en", names.en}, {"zh-Hans", names.zh_hans}, {"zh-Hant", names.zh_hant}, {"ja", names.ja}};
}

Task<Response> get_built_in_detectors(Call& call, Pipeline& pipeline) {
  auto admitting = pipeline.admit(call, gate::Operation::AdminPolicyRead);
  auto admitted = co_await std::move(admitting);
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto recording = pipeline.record(call, *std::move(admitted.permit), "built-in detectors");
  auto denied = co_await std::move(recording);
  if (denied) co_return *std::move(denied);
  json::Array list;
  for (const governance::DetectorInfo& info : governance::detector_registry()) {
    list.emplace_back(json::Object{{"id", info.id},
                                   {"names", names_to_json(governance::display_names(info.detector))},
                                   {"confidence", governance::to_string(info.confidence)},
                                   {"needs_context", info.context == governance::NeedsContext::Yes},
                                   {"source", info.source}});
  }
  json::Object body;
  body.emplace("detectors", std::move(list));
  co_return resource::ok(body);
}

struct Tested {
  json::Array findings;
  std::size_t count = 0;
  json::Array mistakes;  // of what was to be tried, too
};

// The policy in force with the detectors and dictionaries that are to be tried.
Result<std::shared_ptr<const governance::TestBench>> bench_with(const governance::CompiledPolicy& policy,
                                                                const json::Object& body, Tested& tested) {
  const std::string& in_force = policy.document().text;
  json::Object document{{"format", governance::kPolicyFormat}, {"name", "test"}, {"rules", json::Array()}};
  if (!in_force.empty()) {
    KURAMORI_TRY(parsed, json::parse_object(in_force, {.bytes_max = in_force.size() + 1}));
    document = std::move(parsed);
  }
  for (const auto section : {governance::Section::Detectors, governance::Section::Dictionaries}) {
    KURAMORI_TRY(drafts, json::optional_array(body, governance::key_of(section)));
    for (std::size_t i = 0; drafts != nullptr && i < drafts->size(); ++i) {
      if (!drafts->at(i).is_object()) return invalid_argument("What is to be tried must be objects.");
      KURAMORI_TRY(edited, governance::with_entry(std::move(document), section, drafts->at(i).as_object()));
      document = std::move(edited.document);
    }
  }
  const std::string text = json::serialize(document);
  governance::ParseOptions options;
  options.vocabulary = gate::policy_vocabulary();
  governance::ParsedPolicy parsed = governance::parse_policy(text, options);
  for (const governance::Issue& issue : parsed.issues)
    tested.mistakes.emplace_back(json::Object{{"pointer", issue.path}, {"detail", issue.message}});
  if (!parsed.document) return std::shared_ptr<const governance::TestBench>();
  KURAMORI_TRY(bench, governance::TestBench::create(*std::move(parsed.document), *policy.company_data()));
  return std::shared_ptr<const governance::TestBench>(std::move(bench));
}

Result<Tested> test_detectors(BenchOfPolicy& cached, const governance::CompiledPolicy& policy,
                              const json::Object& body) {
  KURAMORI_TRY(text, json::required_string(body, "text"));
  Tested tested;
  const bool has_drafts = body.contains("detectors") || body.contains("dictionaries");
  KURAMORI_TRY(bench, has_drafts ? bench_with(policy, body, tested) : cached.of(policy));
  if (bench == nullptr) return tested;
  KURAMORI_TRY(findings, bench->inspect(text));
  tested.count = findings.size();
  for (const governance::BenchFinding& finding : findings) {
    if (tested.findings.size() == kFindingsTold) break;
    tested.findings.emplace_back(json::Object{{"detector", finding.detector},
                                              {"names", names_to_json(finding.names)},
                                              {"confidence", governance::to_string(finding.confidence)},
                                              {"begin", std::int64_t{finding.begin_character}},
                                              {"end", std::int64_t{finding.end_character}},
                                              {"begin_octet", std::int64_t{finding.begin}},
                                              {"end_octet", std::int64_t{finding.end}},
                                              {"text", finding.text},
                                              {"reasons", finding.reasons}});
  }
  return tested;
}

Task<Response> post_test(Call& call, Pipeline& pipeline, PolicyServices& services) {
  auto admitting = pipeline.admit(call, gate::Operation::AdminPolicyExplain);
  auto admitted = co_await std::move(admitting);
  if (admitted.denied) co_return *std::move(admitted.denied);
  auto testing = [&bench = services.bench, policy = pipeline.gate().policy(), &body = call.body] {
    return test_detectors(bench, *policy, body);
  };
  auto running = services.workers.run(std::move(testing));
  auto tested = co_await std::move(running);
  if (!tested) co_return resource::failed(tested.error(), call.request);
  if (!tested->mistakes.empty()) co_return invalid_policy(std::move(tested->mistakes), call.request);
  auto recording = pipeline.record(call, *std::move(admitted.permit), "detectors");
  auto denied = co_await std::move(recording);
  if (denied) co_return *std::move(denied);
  json::Object body{{"count", static_cast<std::int64_t>(tested->count)}};
  body.emplace("findings", std::move(tested->findings));
  co_return resource::ok(body);
}

}  // namespace

Result<std::shared_ptr<const governance::TestBench>> BenchOfPolicy::of(
    const governance::CompiledPolicy& policy) {
  {
    const std::scoped_lock lock(mutex_);
    if (bench_ != nullptr && version_ == policy.version() && data_ == policy.company_data()) return bench_;
  }
  KURAMORI_TRY(made, governance::TestBench::create(policy.document(), *policy.company_data()));
  std::shared_ptr<const governance::TestBench> bench(std::move(made));
  const std::scoped_lock lock(mutex_);
  version_ = policy.version();
  data_ = policy.company_data();
  bench_ = bench;
  return bench;
}

void add_detector_routes(net::Router& router, Pipeline& pipeline, PolicyServices& services) {
  pipeline.add(router, net::Method::Get, path("/built-in-detectors"), {.limit = "administration"},
               [&](Call& call) { return get_built_in_detectors(call, pipeline); });
  pipeline.add(
      router, net::Method::Post, path("/detectors/test"),
      {.limit = "administration", .body = resource::Body::Object, .body_bytes_max = kTestBodyBytesMax},
      [&](Call& call) { return post_test(call, pipeline, services); });
}

}  // namespace kuramori::api::admin
