#include "governance/test_bench.hpp"

#include <algorithm>
#include <tuple>

#include "governance/built_in_detection.hpp"

namespace kuramori::governance {

Result<std::unique_ptr<TestBench>> TestBench::create(PolicyDocument document) {
  KURAMORI_TRY(inspector, Inspector::compile(document, Scope::Everything));
  return std::unique_ptr<TestBench>(new TestBench(std::move(inspector)));
}

Result<std::vector<BenchFinding>> TestBench::inspect(std::string_view text) const {
  const json::Object content{{"body", text}};
  KURAMORI_TRY(inspection, inspector_->inspect(content, Masks::No));
  std::vector<BenchFinding> findings;
  for (const Hit& hit : inspection.hits) {
    const bool built_in = hit.source < kDetectors;
    findings.push_back({.detector = inspector_->name(hit.source),
                        .names = inspector_->display_name(hit.source),
                        .confidence = hit.confidence,
                        .begin = hit.begin,
                        .end = hit.end,
                        .begin_character = hit.begin_character,
                        .end_character = hit.end_character,
                        .text = std::string(text.substr(hit.begin, hit.end - hit.begin)),
                        .reasons = built_in ? reasons_text(hit.evidence) : "defined by the policy"});
  }
  std::ranges::sort(findings, [](const BenchFinding& a, const BenchFinding& b) {
    return std::tie(a.begin, a.end, a.detector) < std::tie(b.begin, b.end, b.detector);
  });
  return findings;
}

}  // namespace kuramori::governance
