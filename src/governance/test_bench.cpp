#include "governance/test_bench.hpp"

#include <algorithm>
#include <tuple>

#include "governance/built_in_detection.hpp"

namespace kuramori::governance {

json::Object to_json(const BenchFinding& finding) {
  return {{"detector", finding.detector},
          {"name", finding.names.en},
          {"confidence", to_string(finding.confidence)},
          {"begin", finding.begin_character},
          {"end", finding.end_character},
          {"begin_octet", finding.begin},
          {"end_octet", finding.end},
          {"text", finding.text},
          {"reasons", finding.reasons}};
}

Result<std::unique_ptr<TestBench>> TestBench::create(PolicyDocument document, const CompanyData& data) {
  KURAMORI_TRY(inspector, Inspector::compile(document, Scope::Everything));
  BoundData bound = inspector->bind(data);
  return std::unique_ptr<TestBench>(new TestBench(std::move(inspector), std::move(bound)));
}

Result<std::vector<BenchFinding>> TestBench::inspect(std::string_view text) const {
  const json::Object content{{"body", text}};
  KURAMORI_TRY(inspection, inspector_->inspect(content, Masks::No, data_));
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
                        .reasons = built_in ? reasons_text(hit.evidence) : inspector_->reason(hit.source)});
  }
  std::ranges::sort(findings, [](const BenchFinding& a, const BenchFinding& b) {
    return std::tie(a.begin, a.end, a.detector) < std::tie(b.begin, b.end, b.detector);
  });
  return findings;
}

}  // namespace kuramori::governance
