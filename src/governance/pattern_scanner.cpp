#include "governance/pattern_scanner.hpp"

#include <hs/hs.h>

#include <atomic>

#include "base/assert.hpp"

namespace kuramori::governance {

namespace {

struct DatabaseDeleter {
  void operator()(hs_database_t* database) const { hs_free_database(database); }
};
using Database = std::unique_ptr<hs_database_t, DatabaseDeleter>;

struct CompileErrorDeleter {
  void operator()(hs_compile_error_t* error) const { hs_free_compile_error(error); }
};
using CompileError = std::unique_ptr<hs_compile_error_t, CompileErrorDeleter>;

constexpr unsigned kPatternFlags =
    HS_FLAG_SINGLEMATCH | HS_FLAG_PREFILTER | HS_FLAG_UTF8 | HS_FLAG_ALLOWEMPTY;

// Grows as needed and serves every database that it was allocated for.
struct ThreadScratch {
  hs_scratch_t* scratch = nullptr;
  std::uint64_t owner = 0;  // the scanner that it was last allocated for
  ~ThreadScratch() { hs_free_scratch(scratch); }
};

Error scan_failed(hs_error_t code) {
  return unavailable("The content could not be inspected.", "vectorscan error " + std::to_string(code));
}

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

}  // namespace

struct PatternScanner::State {
  std::uint64_t id = 0;
  std::vector<Term> terms;
  std::vector<std::uint32_t> always;  // sources of patterns that only RE2 understands
  Database patterns_database;
  Database terms_database;

  Result<hs_scratch_t*> scratch() const {
    thread_local ThreadScratch mine;
    if (mine.owner == id) return mine.scratch;
    mine.owner = 0;
    for (const Database* database : {&patterns_database, &terms_database}) {
      if (*database == nullptr) continue;
      if (const auto code = hs_alloc_scratch(database->get(), &mine.scratch); code != HS_SUCCESS) {
        return scan_failed(code);
      }
    }
    mine.owner = id;
    return mine.scratch;
  }

  Result<void> compile_patterns(std::vector<Pattern> patterns);
  Result<void> compile_terms();
};

Result<void> PatternScanner::State::compile_patterns(std::vector<Pattern> patterns) {
  for (const Pattern& pattern : patterns) {
    if (pattern.expression.empty()) always.push_back(pattern.source);
  }
  std::erase_if(patterns, [](const Pattern& pattern) { return pattern.expression.empty(); });
  while (!patterns.empty()) {
    std::vector<const char*> expressions;
    std::vector<unsigned> flags(patterns.size(), kPatternFlags);
    std::vector<unsigned> ids;
    for (const Pattern& pattern : patterns) {
      expressions.push_back(pattern.expression.c_str());
      ids.push_back(pattern.source);
    }
    hs_database_t* database = nullptr;
    hs_compile_error_t* raw_error = nullptr;
    const auto code =
        hs_compile_multi(expressions.data(), flags.data(), ids.data(), static_cast<unsigned>(patterns.size()),
                         HS_MODE_BLOCK, nullptr, &database, &raw_error);
    const CompileError error(raw_error);
    if (code == HS_SUCCESS) {
      patterns_database.reset(database);
      return {};
    }
    if (error == nullptr || error->expression < 0) {
      return unavailable("The detectors cannot be compiled.",
                         error != nullptr ? error->message : "out of memory");
    }
    // Look-around and the like: RE2 decides alone.
    const auto failed = patterns.begin() + error->expression;
    always.push_back(failed->source);
    patterns.erase(failed);
  }
  return {};
}

Result<void> PatternScanner::State::compile_terms() {
  if (terms.empty()) return {};
  std::vector<const char*> expressions;
  std::vector<unsigned> flags(terms.size(), HS_FLAG_CASELESS);
  std::vector<unsigned> ids;
  std::vector<std::size_t> lengths;
  for (const Term& term : terms) {
    expressions.push_back(term.text.data());
    ids.push_back(static_cast<unsigned>(ids.size()));
    lengths.push_back(term.text.size());
  }
  hs_database_t* database = nullptr;
  hs_compile_error_t* raw_error = nullptr;
  const auto code = hs_compile_lit_multi(expressions.data(), flags.data(), ids.data(), lengths.data(),
                                         static_cast<unsigned>(terms.size()), HS_MODE_BLOCK, nullptr,
                                         &database, &raw_error);
  const CompileError error(raw_error);
  if (code != HS_SUCCESS) {
    return unavailable("The keyword dictionaries cannot be compiled.",
                       error != nullptr ? error->message : "out of memory");
  }
  terms_database.reset(database);
  return {};
}

PatternScanner::PatternScanner(std::unique_ptr<State> state) : state_(std::move(state)) {}
PatternScanner::~PatternScanner() = default;

Result<std::unique_ptr<PatternScanner>> PatternScanner::compile(std::vector<Pattern> patterns,
                                                                std::vector<Term> terms) {
  if (hs_valid_platform() != HS_SUCCESS) {
    return Error(
        ErrorCode::Unsupported, "KURAMORI_PROCESSOR",
        "This processor lacks the vector instructions that content inspection needs (SSSE3 on x86-64).");
  }
  static std::atomic<std::uint64_t> last_id{0};
  auto state = std::make_unique<State>();
  state->id = last_id.fetch_add(1) + 1;
  state->terms = std::move(terms);
  KURAMORI_CHECK(state->compile_patterns(std::move(patterns)));
  KURAMORI_CHECK(state->compile_terms());
  return std::unique_ptr<PatternScanner>(new PatternScanner(std::move(state)));
}

Result<void> PatternScanner::scan_patterns(std::string_view text,
                                           std::vector<std::uint32_t>& candidates) const {
  candidates.assign(state_->always.begin(), state_->always.end());
  if (state_->patterns_database == nullptr) return {};
  KURAMORI_TRY(scratch, state_->scratch());
  const auto on_match = [](unsigned id, unsigned long long, unsigned long long, unsigned, void* context) {
    static_cast<std::vector<std::uint32_t>*>(context)->push_back(id);
    return 0;
  };
  const auto code = hs_scan(state_->patterns_database.get(), text.data(), static_cast<unsigned>(text.size()),
                            0, scratch, on_match, &candidates);
  if (code != HS_SUCCESS) return scan_failed(code);
  return {};
}

Result<void> PatternScanner::scan_terms(std::string_view text, std::size_t matches_max,
                                        std::vector<TermMatch>& matches) const {
  if (state_->terms_database == nullptr) return {};
  KURAMORI_TRY(scratch, state_->scratch());
  struct Context {
    std::string_view text;
    const std::vector<Term>& terms;
    std::size_t matches_max;
    std::vector<TermMatch>& matches;
  } context{text, state_->terms, matches_max, matches};
  const auto on_match = [](unsigned id, unsigned long long, unsigned long long to, unsigned, void* opaque) {
    auto& c = *static_cast<Context*>(opaque);
    const std::string& term = c.terms[id].text;
    const std::size_t end = to;
    const std::size_t begin = end - term.size();
    if (is_word(term.front()) && begin > 0 && is_word(c.text[begin - 1])) return 0;
    if (is_word(term.back()) && end < c.text.size() && is_word(c.text[end])) return 0;
    c.matches.push_back({id, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)});
    return c.matches.size() >= c.matches_max ? 1 : 0;
  };
  const auto code = hs_scan(state_->terms_database.get(), text.data(), static_cast<unsigned>(text.size()), 0,
                            scratch, on_match, &context);
  if (code != HS_SUCCESS && code != HS_SCAN_TERMINATED) return scan_failed(code);
  return {};
}

const std::vector<PatternScanner::Term>& PatternScanner::terms() const {
  return state_->terms;
}

}  // namespace kuramori::governance
