// Vectorscan: one pass over a text says which patterns may match it and which terms it holds.
//
// Immutable and shared; the working memory that a scan needs belongs to the thread.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace kuramori::governance {

class PatternScanner {
 public:
  struct Pattern {
    std::string expression;  // empty: always a candidate
    std::uint32_t source;
  };
  struct Term {
    std::string text;  // normalised
    std::uint32_t source;
  };
  // Where a term was found.
  struct TermMatch {
    std::uint32_t term;  // index among the terms
    std::uint32_t begin;
    std::uint32_t end;
  };

  static Result<std::unique_ptr<PatternScanner>> compile(std::vector<Pattern> patterns,
                                                         std::vector<Term> terms);
  ~PatternScanner();

  // Sets `candidates` to the sources of patterns that may match, without order or repetition. Patterns that
  // Vectorscan cannot express are always candidates.
  Result<void> scan_patterns(std::string_view text, std::vector<std::uint32_t>& candidates) const;
  // Appends matches until `matches_max`. ASCII case is ignored; a term that begins or ends with an ASCII
  // letter or digit matches whole words only.
  Result<void> scan_terms(std::string_view text, std::size_t matches_max,
                          std::vector<TermMatch>& matches) const;
  const std::vector<Term>& terms() const;

 private:
  struct State;
  explicit PatternScanner(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace kuramori::governance
