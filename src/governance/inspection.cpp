#include "governance/inspection.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <functional>
#include <map>

#include "governance/built_in_detection.hpp"
#include "governance/characters.hpp"
#include "governance/company_search.hpp"
#include "governance/content_text.hpp"
#include "governance/normalise.hpp"
#include "governance/numbers.hpp"
#include "governance/pattern_set.hpp"
#include "governance/term_search.hpp"
#include "governance/validators.hpp"

namespace kuramori::governance {

namespace {

struct Source {
  std::string id;
  Explanation names = {};
  std::unique_ptr<RE2> pattern = nullptr;  // custom detectors
  const Validator* validator = nullptr;
  std::uint32_t matches_min = 1;
  Confidence confidence_min = Confidence::High;  // the least that a condition asks for
};

// Every letter, digit and character of a script becomes an asterisk; separators stay.
std::string masked(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) == 0x80) continue;
    result.push_back(byte >= 0x80 || std::isalnum(byte) != 0 ? '*' : c);
  }
  return result;
}

std::string in_small_letters(std::string text) {
  std::ranges::transform(text, text.begin(), lower);
  return text;
}

// Buffers of a thread, kept between messages.
struct Workspace {
  ContentText content;
  NormalisedText normal;
  NormalisedText stripped;
  std::vector<std::uint32_t> candidates;
  std::vector<Candidate> built_in;
  std::vector<TermSearch::Match> terms;
};

// The text as detectors see it, and the way back.
struct View {
  std::string_view text;
  std::uint32_t part;
  const NormalisedText* normal = nullptr;    // null: it is the original
  const NormalisedText* rendered = nullptr;  // what was normalised was made from HTML

  std::uint32_t original_begin(std::uint32_t at) const {
    if (normal != nullptr) at = normal->begin_of(at);
    return rendered == nullptr ? at : rendered->begin_of(at);
  }
  std::uint32_t original_end(std::uint32_t at) const {
    if (normal != nullptr) at = normal->end_of(at - 1);
    return rendered == nullptr ? at : rendered->end_of(at - 1);
  }
};

// Hits, so many of each source at most: many of one kind must not hide another.
class HitList {
 public:
  HitList(std::size_t sources, Masks masks) : of_source_(sources), masks_(masks) {}

  bool full(std::uint32_t source) const { return of_source_[source] >= Inspector::kHitsMax; }
  Hit* add(std::uint32_t source, std::uint64_t value, Span place, const View& view);
  std::vector<Hit>& hits() { return hits_; }

 private:
  std::vector<std::uint32_t> of_source_;
  std::vector<Hit> hits_;
  Masks masks_;
};

Hit* HitList::add(std::uint32_t source, std::uint64_t value, Span place, const View& view) {
  if (full(source)) return nullptr;
  ++of_source_[source];
  hits_.push_back({.source = source,
                   .value = value,
                   .part = view.part,
                   .begin = view.original_begin(place.begin),
                   .end = view.original_end(place.end)});
  if (masks_ == Masks::Yes)
    hits_.back().replacement = masked(view.text.substr(place.begin, place.end - place.begin));
  return &hits_.back();
}

}  // namespace

struct Inspector::State {
  std::vector<Source> sources;  // built-in detectors, custom detectors, dictionaries
  std::unique_ptr<BuiltInDetection> built_in;
  std::unique_ptr<BuiltInDetection> checked_numbers;  // of what is looked for, what may be joined from pieces
  std::unique_ptr<PatternSet> patterns;
  std::unique_ptr<TermSearch> terms;
  CompanySearch company;
  bool inspects = false;
  Scope scope = Scope::Rules;

  // False when a text could not be looked at whole.
  [[nodiscard]] bool inspect_view(const View& view, const BoundData& data, Workspace& work,
                                  HitList& hits) const;
  void search_pattern(std::uint32_t source, const View& view, HitList& hits) const;
  void count(Inspection& inspection) const;
};

void Inspector::State::search_pattern(std::uint32_t index, const View& view, HitList& hits) const {
  const Source& source = sources[index];
  const re2::StringPiece input(view.text.data(), view.text.size());
  for (std::size_t at = 0; at <= view.text.size() && !hits.full(index);) {
    re2::StringPiece found;
    if (!source.pattern->Match(input, at, input.size(), RE2::UNANCHORED, &found, 1)) return;
    const auto begin = static_cast<std::size_t>(found.data() - view.text.data());
    if (found.empty()) {
      at = begin + 1;
      continue;
    }
    const std::string_view text(found.data(), found.size());
    if (source.validator == nullptr || source.validator->check(text)) {
      hits.add(index, std::hash<std::string_view>{}(text),
               {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(begin + text.size())}, view);
      at = begin + text.size();
    } else {
      // What fails its checksum may begin a little before one that passes.
      at = begin + 1;
      while (at < view.text.size() && (static_cast<unsigned char>(view.text[at]) & 0xC0) == 0x80) ++at;
    }
  }
}

bool Inspector::State::inspect_view(const View& view, const BoundData& data, Workspace& work,
                                    HitList& hits) const {
  patterns->search(view.text, work.candidates);
  for (const std::uint32_t source : work.candidates) search_pattern(source, view, hits);
  if (!built_in->find(view.text, work.built_in)) return false;
  for (const Candidate& candidate : work.built_in) {
    const auto source = static_cast<std::uint32_t>(candidate.detector);
    if (candidate.confidence < sources[source].confidence_min) continue;
    Hit* hit = hits.add(source, candidate.value, {candidate.begin, candidate.end}, view);
    if (hit == nullptr) continue;
    hit->confidence = candidate.confidence;
    hit->evidence = candidate;
  }
  if (!company.empty()) {
    company.search(view.text, data, [&](std::uint32_t source, std::uint64_t value, Span place) {
      hits.add(source, value, place, view);
    });
  }
  work.terms.clear();
  terms->search(view.text, BuiltInDetection::kWordsMax, work.terms);
  for (const auto& match : work.terms) {
    hits.add(terms->terms()[match.term].source, match.term, {match.begin, match.end}, view);
  }
  return work.terms.size() < BuiltInDetection::kWordsMax;
}

void Inspector::State::count(Inspection& inspection) const {
  if (inspection.hits.empty()) return;
  struct Value {
    std::uint32_t source;
    std::uint64_t value;
    int confidence;
    auto operator<=>(const Value&) const = default;
  };
  std::vector<Value> values;
  for (const Hit& hit : inspection.hits)
    values.push_back({hit.source, hit.value, static_cast<int>(hit.confidence)});
  std::ranges::sort(values, std::greater{});
  inspection.counts.assign(sources.size(), {});
  for (std::size_t i = 0; i < values.size(); ++i) {
    // The same value again, believed no more than the first.
    if (i > 0 && values[i].source == values[i - 1].source && values[i].value == values[i - 1].value) continue;
    auto& counts = inspection.counts[values[i].source];
    for (int confidence = 0; confidence <= values[i].confidence; ++confidence)
      ++counts[static_cast<std::size_t>(confidence)];
  }
  for (std::size_t i = 0; i < sources.size(); ++i) {
    for (auto& number : inspection.counts[i]) {
      if (number < sources[i].matches_min) number = 0;
    }
  }
}

bool Inspection::near(Wanted one, Wanted other, std::int64_t characters) const {
  if (count(one) == 0 || count(other) == 0) return false;
  const auto is = [](const Hit& hit, Wanted wanted) {
    return hit.source == wanted.source && hit.confidence >= wanted.confidence;
  };
  for (const Hit& a : hits) {
    if (!is(a, one)) continue;
    for (const Hit& b : hits) {
      if (!is(b, other) || a.part != b.part || (a.source == b.source && a.value == b.value)) continue;
      const std::int64_t gap = a.begin_character < b.begin_character
                                   ? std::int64_t{b.begin_character} - a.end_character
                                   : std::int64_t{a.begin_character} - b.end_character;
      if (gap <= characters) return true;
    }
  }
  return false;
}

namespace {

// Fills where the hits of a part stand in characters.
void count_characters(std::string_view text, std::span<Hit> hits) {
  std::vector<std::pair<std::uint32_t, std::uint32_t*>> places;
  for (Hit& hit : hits) {
    places.emplace_back(hit.begin, &hit.begin_character);
    places.emplace_back(hit.end, &hit.end_character);
  }
  std::ranges::sort(places);
  std::size_t done = 0;
  std::size_t characters = 0;
  for (const auto& [octet, place] : places) {
    characters += characters_in(text.substr(done, octet - done));
    done = octet;
    *place = static_cast<std::uint32_t>(characters);
  }
}

}  // namespace

Inspector::Inspector(std::unique_ptr<State> state) : state_(std::move(state)) {}
Inspector::~Inspector() = default;

std::size_t Inspector::sources() const {
  return state_->sources.size();
}
const std::string& Inspector::name(std::uint32_t source) const {
  return state_->sources[source].id;
}
const Explanation& Inspector::display_name(std::uint32_t source) const {
  return state_->sources[source].names;
}

std::string Inspector::reason(std::uint32_t source) const {
  std::string reason = state_->company.reason(source);
  return reason.empty() ? "defined by the policy" : reason;
}
BoundData Inspector::bind(const CompanyData& data) const {
  return state_->company.bind(data);
}

bool Inspector::looks_for_checked_numbers() const {
  return !state_->checked_numbers->empty();
}

bool Inspector::may_end_checked_number(std::string_view text) const {
  if (may_end_number(text)) return true;
  // The only one with words in it: "GB82", "WEST 1234 …".
  const bool has_words = (state_->checked_numbers->wanted() & bit(Detector::Iban)) != 0;
  return has_words && (!is_plain_ascii(text) || std::ranges::any_of(text, is_digit));
}

Inspection Inspector::inspect_joined(std::string_view text, std::size_t joint) const {
  Inspection inspection;
  thread_local NormalisedText normal;
  thread_local std::vector<Candidate> found;
  View view{.text = text, .part = 0};
  if (!is_plain_ascii(text)) {
    normalise(text, normal);
    view = {.text = normal.text(), .part = 0, .normal = &normal};
  }
  // Too short to hold more words than are looked at.
  if (!state_->checked_numbers->find(view.text, found) || found.empty()) return inspection;
  HitList list(state_->sources.size(), Masks::No);
  for (const Candidate& candidate : found) {
    const auto source = static_cast<std::uint32_t>(candidate.detector);
    const bool is_across =
        view.original_begin(candidate.begin) < joint && view.original_end(candidate.end) > joint;
    if (!is_across || is_numbering(view.text, candidate.begin, candidate.end) ||
        candidate.confidence < state_->sources[source].confidence_min) {
      continue;
    }
    if (Hit* hit = list.add(source, candidate.value, {candidate.begin, candidate.end}, view))
      hit->confidence = candidate.confidence;
  }
  inspection.hits = std::move(list.hits());
  state_->count(inspection);
  return inspection;
}

Result<Inspection> Inspector::inspect(const json::Object& content, Masks masks, const BoundData& data) const {
  Inspection inspection;
  if (!state_->inspects) return inspection;
  // The test bench looks with what there is.
  if (state_->scope == Scope::Rules && !state_->company.empty()) {
    if (const std::string_view missing = state_->company.missing(data); !missing.empty()) {
      return unavailable("The content cannot be inspected: a table of the policy's detectors is not there.",
                         std::string(missing));
    }
  }
  thread_local Workspace work;
  work.content.collect(content);
  if (work.content.truncated()) {
    return Error(ErrorCode::TooLarge, "M_TOO_LARGE", "The content is too large to be inspected.");
  }
  HitList list(state_->sources.size(), masks);
  std::uint32_t part_index = 0;
  bool whole = true;
  for (const TextPart& part : work.content.parts()) {
    const std::uint32_t index = part_index++;
    if (part.text.empty()) continue;
    const std::size_t before = list.hits().size();
    View view{.text = part.text, .part = index};
    if (!is_plain_ascii(part.text)) {
      normalise(part.text, work.normal);
      view = {.text = work.normal.text(), .part = index, .normal = &work.normal};
    }
    whole = state_->inspect_view(view, data, work, list) && whole;
    if (part.html && part.text.find_first_of("<&") != std::string_view::npos) {
      strip_html(part.text, work.stripped);
      normalise(work.stripped.text(), work.normal);
      const View rendered{
          .text = work.normal.text(), .part = index, .normal = &work.normal, .rendered = &work.stripped};
      whole = state_->inspect_view(rendered, data, work, list) && whole;
    }
    if (list.hits().size() > before) count_characters(part.text, std::span(list.hits()).subspan(before));
  }
  if (!whole)
    return Error(ErrorCode::TooLarge, "M_TOO_LARGE", "The content has too many words to be inspected.");
  inspection.hits = std::move(list.hits());
  state_->count(inspection);
  return inspection;
}

namespace {

// The sources that conditions refer to, and the least confidence that they ask for.
using References = std::map<std::string, Confidence>;

void collect_references(const Condition& condition, References& detectors, References& dictionaries) {
  if (condition.kind == Condition::Kind::Finding) {
    const auto [place, fresh] = detectors.emplace(condition.reference, condition.confidence);
    if (!fresh) place->second = std::min(place->second, condition.confidence);
  }
  if (condition.kind == Condition::Kind::Keyword) dictionaries.emplace(condition.reference, Confidence::High);
  for (const Condition& child : condition.children) collect_references(child, detectors, dictionaries);
}

void resolve(Condition& condition, const std::map<std::string, std::uint32_t>& detectors,
             const std::map<std::string, std::uint32_t>& dictionaries) {
  if (condition.kind == Condition::Kind::Finding) condition.source = detectors.at(condition.reference);
  if (condition.kind == Condition::Kind::Keyword) condition.source = dictionaries.at(condition.reference);
  for (Condition& child : condition.children) resolve(child, detectors, dictionaries);
}

// Puts together what is looked for.
class Compilation {
 public:
  Compilation(PolicyDocument& document, Scope scope) : document_(document), scope_(scope) {
    for (const Rule& rule : document.rules) {
      if (rule.enabled && rule.when) collect_references(*rule.when, used_detectors_, used_dictionaries_);
    }
    for (const CounterRule& counter : document.counters) {
      if (counter.when) collect_references(*counter.when, used_detectors_, used_dictionaries_);
    }
  }

  void add_built_in() {
    for (const DetectorInfo& detector : detector_registry()) {
      Source source{.id = std::string(detector.id), .names = display_names(detector.detector)};
      if (const auto confidence = asked(used_detectors_, source.id)) {
        wanted_ |= bit(detector.detector);
        source.confidence_min = *confidence;
      }
      detectors_.emplace(source.id, next());
      sources_.push_back(std::move(source));
    }
  }

  Result<void> add_custom() {
    for (const CustomDetector& detector : document_.detectors) {
      Source source{.id = detector.id,
                    .names = detector.names,
                    .validator = find_validator(detector.validator),
                    .matches_min = detector.matches_min};
      if (asked(used_detectors_, detector.id) && detector.exact_data) {
        company_.add(next(), *detector.exact_data);
      } else if (asked(used_detectors_, detector.id) && detector.fingerprints) {
        company_.add(next(), *detector.fingerprints);
      } else if (asked(used_detectors_, detector.id)) {
        source.pattern = std::make_unique<RE2>(detector.pattern, RE2::Options(RE2::Quiet));
        if (!source.pattern->ok())
          return invalid_argument("The pattern of '" + detector.id + "' is not valid.");
        patterns_.push_back({detector.pattern, next()});
      }
      detectors_.emplace(detector.id, next());
      sources_.push_back(std::move(source));
    }
    return {};
  }

  void add_dictionaries() {
    for (const Dictionary& dictionary : document_.dictionaries) {
      if (asked(used_dictionaries_, dictionary.id)) {
        for (const std::string& term : dictionary.terms) {
          if (auto text = normalised(term); !text.empty()) {
            terms_.push_back({in_small_letters(std::move(text)), next()});
          }
        }
      }
      dictionaries_.emplace(dictionary.id, next());
      sources_.push_back({.id = dictionary.id, .names = dictionary.names});
    }
  }

  void resolve_rules() {
    for (auto* list : {&document_.rules, &document_.derived}) {
      for (Rule& rule : *list) {
        if (rule.enabled && rule.when) resolve(*rule.when, detectors_, dictionaries_);
      }
    }
    for (CounterRule& counter : document_.counters) {
      if (counter.when) resolve(*counter.when, detectors_, dictionaries_);
    }
  }

  std::vector<Source>& sources() { return sources_; }
  std::vector<PatternSet::Pattern>& patterns() { return patterns_; }
  std::vector<TermSearch::Term>& terms() { return terms_; }
  CompanySearch& company() { return company_; }
  DetectorSet wanted() const { return wanted_; }

 private:
  std::uint32_t next() const { return static_cast<std::uint32_t>(sources_.size()); }
  std::optional<Confidence> asked(const References& references, const std::string& id) const {
    if (scope_ == Scope::Everything) return Confidence::Low;
    const auto found = references.find(id);
    return found == references.end() ? std::nullopt : std::optional(found->second);
  }

  PolicyDocument& document_;
  Scope scope_;
  References used_detectors_;
  References used_dictionaries_;
  std::map<std::string, std::uint32_t> detectors_;
  std::map<std::string, std::uint32_t> dictionaries_;
  std::vector<Source> sources_;
  std::vector<PatternSet::Pattern> patterns_;
  std::vector<TermSearch::Term> terms_;
  CompanySearch company_;
  DetectorSet wanted_ = 0;
};

}  // namespace

Result<std::unique_ptr<Inspector>> Inspector::compile(PolicyDocument& document, Scope scope) {
  Compilation compilation(document, scope);
  compilation.add_built_in();
  KURAMORI_CHECK(compilation.add_custom());
  compilation.add_dictionaries();
  compilation.resolve_rules();
  auto state = std::make_unique<State>();
  state->inspects = compilation.wanted() != 0 || !compilation.patterns().empty() ||
                    !compilation.terms().empty() || !compilation.company().empty();
  state->scope = scope;
  state->company = std::move(compilation.company());
  KURAMORI_TRY(set, PatternSet::compile(compilation.patterns()));
  state->patterns = std::move(set);
  state->terms = std::make_unique<TermSearch>(std::move(compilation.terms()));
  state->built_in = std::make_unique<BuiltInDetection>(compilation.wanted());
  state->checked_numbers = std::make_unique<BuiltInDetection>(compilation.wanted() & kCheckedNumbers);
  state->sources = std::move(compilation.sources());
  return std::unique_ptr<Inspector>(new Inspector(std::move(state)));
}

}  // namespace kuramori::governance
