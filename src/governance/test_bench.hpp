// The test bench: a text in, everything that the detectors find in it out, with where and why. For people who
// write policies and for `kuramori policy inspect`; never for deciding.
//
//   auto bench = TestBench::create(document);
//   for (const BenchFinding& finding : *(*bench)->inspect(text)) print(finding.detector, finding.reasons);
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "governance/inspection.hpp"

namespace kuramori::governance {

struct BenchFinding {
  std::string detector;  // or dictionary
  Explanation names;
  Confidence confidence;
  std::uint32_t begin;  // octets of the text
  std::uint32_t end;
  std::uint32_t begin_character;
  std::uint32_t end_character;
  std::string text;     // what was found, as it stands in the text
  std::string reasons;  // "checksum passed; context word 'passport' at distance 3"
};

// Places in characters and in octets, names in English.
json::Object to_json(const BenchFinding& finding);

class TestBench {
 public:
  // Looks for every built-in detector and for all that `document` defines, whatever its rules ask for.
  // Detectors of tables and documents look into those of `data`, and find nothing where there are none.
  static Result<std::unique_ptr<TestBench>> create(PolicyDocument document = {},
                                                   const CompanyData& data = {});

  // In the order of the text. An error when there is too much to inspect.
  Result<std::vector<BenchFinding>> inspect(std::string_view text) const;

 private:
  TestBench(std::unique_ptr<Inspector> inspector, BoundData data)
      : inspector_(std::move(inspector)), data_(std::move(data)) {}
  std::unique_ptr<Inspector> inspector_;
  BoundData data_;
};

}  // namespace kuramori::governance
