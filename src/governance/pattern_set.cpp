#include "governance/pattern_set.hpp"

#include <re2/set.h>

namespace kuramori::governance {

namespace {

// For the automaton over all patterns; it is built as texts ask for it.
constexpr std::int64_t kBytesMax = 64 * 1024 * 1024;

}  // namespace

struct PatternSet::State {
  std::vector<std::uint32_t> sources;
  std::unique_ptr<RE2::Set> set;  // null: there are none, or they are too large together
};

PatternSet::PatternSet(std::unique_ptr<State> state) : state_(std::move(state)) {}
PatternSet::~PatternSet() = default;

Result<std::unique_ptr<PatternSet>> PatternSet::compile(const std::vector<Pattern>& patterns) {
  auto state = std::make_unique<State>();
  RE2::Options options(RE2::Quiet);
  options.set_max_mem(kBytesMax);
  auto set = std::make_unique<RE2::Set>(options, RE2::UNANCHORED);
  for (const Pattern& pattern : patterns) {
    std::string problem;
    if (set->Add(pattern.expression, &problem) < 0) {
      return invalid_argument("A detector's pattern is not valid: " + problem + ".");
    }
    state->sources.push_back(pattern.source);
  }
  if (!patterns.empty() && set->Compile()) state->set = std::move(set);
  return std::unique_ptr<PatternSet>(new PatternSet(std::move(state)));
}

void PatternSet::search(std::string_view text, std::vector<std::uint32_t>& matching) const {
  matching.clear();
  if (state_->sources.empty()) return;
  thread_local std::vector<int> indices;
  indices.clear();
  RE2::Set::ErrorInfo problem{RE2::Set::kNoError};
  const bool any = state_->set != nullptr &&
                   state_->set->Match(re2::StringPiece(text.data(), text.size()), &indices, &problem);
  if (!any && (state_->set == nullptr || problem.kind != RE2::Set::kNoError)) {
    matching = state_->sources;
    return;
  }
  for (const int index : indices) matching.push_back(state_->sources[static_cast<std::size_t>(index)]);
}

}  // namespace kuramori::governance
