// One pass over a text says which of many patterns match it. Immutable and shared.
//
// RE2 alone decides: an engine that looks first and is confirmed by another must never miss, see
// docs/decisions/0008-detectors-without-vectorscan.md.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace kuramori::governance {

class PatternSet {
 public:
  struct Pattern {
    std::string expression;
    std::uint32_t source;
  };

  static Result<std::unique_ptr<PatternSet>> compile(const std::vector<Pattern>& patterns);
  ~PatternSet();

  // Sets `matching` to the sources of the patterns that match, without order or repetition; to all of them
  // when RE2 lacks the memory to look for many at once.
  void search(std::string_view text, std::vector<std::uint32_t>& matching) const;

 private:
  struct State;
  explicit PatternSet(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace kuramori::governance
