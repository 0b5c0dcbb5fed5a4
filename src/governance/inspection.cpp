#include "governance/inspection.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <functional>
#include <map>

#include "governance/checksum.hpp"
#include "governance/content_text.hpp"
#include "governance/detector_names.hpp"
#include "governance/normalise.hpp"
#include "governance/numbers.hpp"
#include "governance/pattern_set.hpp"
#include "governance/term_search.hpp"

namespace kuramori::governance {

namespace {

struct Source {
  std::string id;
  Explanation names = {};
  std::unique_ptr<RE2> pattern = nullptr;  // custom detectors
  const Validator* validator = nullptr;
  std::uint32_t matches_min = 1;
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

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c; });
  return result;
}

// Buffers of a thread, kept between messages.
struct Workspace {
  ContentText content;
  NormalisedText normal;
  NormalisedText stripped;
  std::vector<std::uint32_t> candidates;
  std::vector<NumberMatch> numbers;
  std::vector<TermSearch::Match> terms;
};

// The text as detectors see it, and the way back.
struct View {
  std::string_view text;
  const NormalisedText* origin;  // null: it is the original
  std::uint32_t part;

  std::uint32_t original_begin(std::uint32_t at) const { return origin == nullptr ? at : origin->begin[at]; }
  std::uint32_t original_end(std::uint32_t at) const { return origin == nullptr ? at : origin->end[at - 1]; }
};

}  // namespace

struct Inspector::State {
  std::vector<Source> sources;  // built-in detectors, custom detectors, dictionaries
  NumberKinds numbers_wanted = 0;
  std::unique_ptr<PatternSet> patterns;
  std::unique_ptr<TermSearch> terms;
  bool inspects = false;

  void inspect_view(const View& view, Masks masks, Workspace& work, std::vector<Hit>& hits) const;
  void search_pattern(std::uint32_t source, const View& view, Masks masks, std::vector<Hit>& hits) const;
  void count(Inspection& inspection) const;
};

namespace {

void add_hit(std::uint32_t source, std::uint64_t value, std::pair<std::uint32_t, std::uint32_t> range,
             const View& view, Masks masks, std::vector<Hit>& hits) {
  if (hits.size() >= Inspector::kHitsMax) return;
  const auto [begin, end] = range;
  hits.push_back({source, value, view.part, view.original_begin(begin), view.original_end(end),
                  masks == Masks::Yes ? masked(view.text.substr(begin, end - begin)) : std::string()});
}

}  // namespace

void Inspector::State::search_pattern(std::uint32_t index, const View& view, Masks masks,
                                      std::vector<Hit>& hits) const {
  const Source& source = sources[index];
  const re2::StringPiece input(view.text.data(), view.text.size());
  for (std::size_t at = 0; at <= view.text.size() && hits.size() < kHitsMax;) {
    re2::StringPiece found;
    if (!source.pattern->Match(input, at, input.size(), RE2::UNANCHORED, &found, 1)) return;
    const auto begin = static_cast<std::size_t>(found.data() - view.text.data());
    if (found.empty()) {
      at = begin + 1;
      continue;
    }
    const std::string_view text(found.data(), found.size());
    if (source.validator == nullptr || source.validator->check(text)) {
      add_hit(index, std::hash<std::string_view>{}(text),
              {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(begin + text.size())}, view,
              masks, hits);
      at = begin + text.size();
    } else {
      // What fails its checksum may begin a little before one that passes.
      at = begin + 1;
      while (at < view.text.size() && (static_cast<unsigned char>(view.text[at]) & 0xC0) == 0x80) ++at;
    }
  }
}

void Inspector::State::inspect_view(const View& view, Masks masks, Workspace& work,
                                    std::vector<Hit>& hits) const {
  patterns->search(view.text, work.candidates);
  for (const std::uint32_t source : work.candidates) search_pattern(source, view, masks, hits);
  if (numbers_wanted != 0) {
    work.numbers.clear();
    find_numbers(view.text, numbers_wanted, kHitsMax, work.numbers);
    for (const NumberMatch& match : work.numbers) {
      add_hit(static_cast<std::uint32_t>(match.kind), std::hash<std::string>{}(match.digits),
              {match.begin, match.end}, view, masks, hits);
    }
  }
  work.terms.clear();
  terms->search(view.text, kHitsMax, work.terms);
  for (const auto& match : work.terms) {
    add_hit(terms->terms()[match.term].source, match.term, {match.begin, match.end}, view, masks, hits);
  }
}

void Inspector::State::count(Inspection& inspection) const {
  if (inspection.hits.empty()) return;
  std::vector<std::pair<std::uint32_t, std::uint64_t>> values;
  for (const Hit& hit : inspection.hits) values.emplace_back(hit.source, hit.value);
  std::ranges::sort(values);
  const auto repeated = std::ranges::unique(values);
  values.erase(repeated.begin(), repeated.end());
  inspection.counts.assign(sources.size(), 0);
  for (const auto& [source, value] : values) ++inspection.counts[source];
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (inspection.counts[i] < sources[i].matches_min) inspection.counts[i] = 0;
  }
}

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

Result<Inspection> Inspector::inspect(const json::Object& content, Masks masks) const {
  Inspection inspection;
  if (!state_->inspects) return inspection;
  thread_local Workspace work;
  work.content.collect(content);
  if (work.content.truncated()) {
    return Error(ErrorCode::TooLarge, "M_TOO_LARGE", "The content is too large to be inspected.");
  }
  std::uint32_t part_index = 0;
  for (const TextPart& part : work.content.parts()) {
    const std::uint32_t index = part_index++;
    if (part.text.empty()) continue;
    View view{part.text, nullptr, index};
    if (!is_plain_ascii(part.text)) {
      normalise(part.text, work.normal);
      view = {work.normal.text, &work.normal, index};
    }
    state_->inspect_view(view, masks, work, inspection.hits);
    if (!part.html || part.text.find_first_of("<&") == std::string_view::npos) continue;
    strip_html(part.text, work.stripped);
    normalise(work.stripped.text, work.normal);
    compose(work.normal, work.stripped);
    const View rendered{work.normal.text, &work.normal, index};
    state_->inspect_view(rendered, masks, work, inspection.hits);
  }
  state_->count(inspection);
  return inspection;
}

namespace {

// Which detectors and dictionaries the enabled rules refer to.
void collect_references(const Condition& condition, std::vector<std::string>& detectors,
                        std::vector<std::string>& dictionaries) {
  if (condition.kind == Condition::Kind::Finding) detectors.push_back(condition.reference);
  if (condition.kind == Condition::Kind::Keyword) dictionaries.push_back(condition.reference);
  for (const Condition& child : condition.children) collect_references(child, detectors, dictionaries);
}

void resolve(Condition& condition, const std::map<std::string, std::uint32_t>& detectors,
             const std::map<std::string, std::uint32_t>& dictionaries) {
  if (condition.kind == Condition::Kind::Finding) condition.source = detectors.at(condition.reference);
  if (condition.kind == Condition::Kind::Keyword) condition.source = dictionaries.at(condition.reference);
  for (Condition& child : condition.children) resolve(child, detectors, dictionaries);
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

Result<std::unique_ptr<Inspector>> Inspector::compile(PolicyDocument& document) {
  std::vector<std::string> used_detectors;
  std::vector<std::string> used_dictionaries;
  for (const Rule& rule : document.rules) {
    if (rule.enabled && rule.when) collect_references(*rule.when, used_detectors, used_dictionaries);
  }
  auto state = std::make_unique<State>();
  std::map<std::string, std::uint32_t> detectors;
  std::map<std::string, std::uint32_t> dictionaries;
  std::vector<PatternSet::Pattern> patterns;
  std::vector<TermSearch::Term> terms;
  const auto next = [&] { return static_cast<std::uint32_t>(state->sources.size()); };

  for (std::size_t kind = 0; kind < kNumberKinds; ++kind) {
    const std::string_view id = built_in_detectors()[kind];
    if (contains(used_detectors, id)) {
      state->numbers_wanted |= bit(static_cast<NumberKind>(kind));
    }
    detectors.emplace(id, next());
    state->sources.push_back({.id = std::string(id), .names = built_in_detector_names(id)});
  }
  for (const CustomDetector& detector : document.detectors) {
    const bool used = contains(used_detectors, detector.id);
    Source source{.id = detector.id,
                  .names = detector.names,
                  .validator = find_validator(detector.validator),
                  .matches_min = detector.matches_min};
    if (used) {
      RE2::Options options(RE2::Quiet);
      source.pattern = std::make_unique<RE2>(detector.pattern, options);
      if (!source.pattern->ok())
        return invalid_argument("The pattern of '" + detector.id + "' is not valid.");
      patterns.push_back({detector.pattern, next()});
    }
    detectors.emplace(detector.id, next());
    state->sources.push_back(std::move(source));
  }
  for (const Dictionary& dictionary : document.dictionaries) {
    if (contains(used_dictionaries, dictionary.id)) {
      for (const std::string& term : dictionary.terms) {
        if (auto text = normalised(term); !text.empty()) terms.push_back({lower(text), next()});
      }
    }
    dictionaries.emplace(dictionary.id, next());
    state->sources.push_back({.id = dictionary.id, .names = dictionary.names});
  }
  for (Rule& rule : document.rules) {
    if (rule.enabled && rule.when) resolve(*rule.when, detectors, dictionaries);
  }
  state->inspects = state->numbers_wanted != 0 || !patterns.empty() || !terms.empty();
  KURAMORI_TRY(set, PatternSet::compile(patterns));
  state->patterns = std::move(set);
  state->terms = std::make_unique<TermSearch>(std::move(terms));
  return std::unique_ptr<Inspector>(new Inspector(std::move(state)));
}

json::Object mask(const json::Object& content, const Inspection& inspection,
                  const std::vector<std::uint32_t>& sources) {
  ContentText text;
  text.collect(content);
  std::map<std::uint32_t, std::vector<const Hit*>> by_part;
  for (const Hit& hit : inspection.hits) {
    if (std::ranges::find(sources, hit.source) != sources.end()) by_part[hit.part].push_back(&hit);
  }
  std::map<std::uint32_t, std::string> replacements;
  for (auto& [part, hits] : by_part) {
    // Of overlapping hits, the longest from the left.
    std::ranges::sort(hits, [](const Hit* a, const Hit* b) {
      return a->begin != b->begin ? a->begin < b->begin : a->end > b->end;
    });
    const std::string_view original = text.parts()[part].text;
    std::string replaced;
    std::size_t done = 0;
    for (const Hit* hit : hits) {
      if (hit->end <= done) continue;
      if (hit->begin >= done) {
        replaced.append(original.substr(done, hit->begin - done)).append(hit->replacement);
      } else {
        replaced.append("***");  // the rest of one that begins inside another
      }
      done = hit->end;
    }
    replaced.append(original.substr(done));
    replacements.emplace(part, std::move(replaced));
  }
  return replace_parts(content, replacements);
}

}  // namespace kuramori::governance
