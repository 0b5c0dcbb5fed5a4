// What a simulation tells: how many acts went from which verdict to which, and examples of those that
// changed. No content: kinds and counts of what was found.
#pragma once
#include <map>
#include <vector>

#include "simulation/acts.hpp"

namespace kuramori::simulation {

class Report {
 public:
  static constexpr std::size_t kKindsMax = 5'000;  // of changes; more are counted as "other"
  static constexpr std::size_t kExamplesMax = 100;
  static constexpr std::size_t kExamplesOfKind = 3;

  void add(const Act& act, const governance::Decision& draft);
  // What the draft could not decide (too much text to look at): it would be refused.
  void add_failure() { ++failed_; }

  LeftOut left_out = {};
  // "examined", "changed", "without_content", "failed", "left_out", "counts", "obligations", "examples",
  // "assumptions".
  json::Object to_json() const;

 private:
  struct Kind {
    gate::Operation operation{};
    Verdict was{};
    Verdict draft{};
    friend auto operator<=>(const Kind&, const Kind&) = default;
  };
  struct Duty {
    std::string rule = {};
    std::string obligation = {};  // its name
    friend auto operator<=>(const Duty&, const Duty&) = default;
  };
  void count_duties(const governance::Decision& draft);
  json::Object example_of(const Act& act, const Kind& kind, const governance::Decision& draft) const;

  std::map<Kind, std::int64_t> kinds_;
  std::map<Duty, std::int64_t> duties_;
  std::vector<json::Object> examples_;
  std::int64_t examined_ = 0;
  std::int64_t changed_ = 0;
  std::int64_t without_content_ = 0;
  std::int64_t failed_ = 0;
  std::int64_t other_kinds_ = 0;
};

}  // namespace kuramori::simulation
