#include "governance/policy_document.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <boost/json/parser.hpp>
#include <set>

#include "base/text.hpp"
#include "governance/company_data.hpp"
#include "governance/derived_rules.hpp"
#include "governance/document_reader.hpp"
#include "governance/explanation_texts.hpp"
#include "governance/validators.hpp"

namespace kuramori::governance {

std::string_view to_string(Effect effect) {
  switch (effect) {
    case Effect::Allow:
      return "allow";
    case Effect::Warn:
      return "warn";
    case Effect::Mask:
      return "mask";
    case Effect::Hold:
      return "hold";
    case Effect::Refuse:
      return "refuse";
  }
  return "unknown";
}

std::string Issue::to_text(std::string_view file) const {
  std::string line_text(file);
  line_text.append(":").append(std::to_string(line)).append(":").append(std::to_string(column)).append(": ");
  if (!path.empty()) line_text.append(path).append(" ");
  return line_text.append(message);
}

namespace {

class PolicyReading {
 public:
  PolicyReading(DocumentReader& reader, const ParseOptions& options) : reader_(reader), options_(options) {
    detector_ids_.assign(built_in_detectors().begin(), built_in_detectors().end());
  }

  // Replaces dictionary files by their terms in `root`.
  PolicyDocument read(json::Value& root) {
    PolicyDocument document;
    const Node node = reader_.object(root, "");
    if (node.object == nullptr) return document;
    reader_.only_keys(node, {"$schema", "format", "name", "description", "unmatched", "labels", "unlabelled",
                             "split_messages", "detectors", "dictionaries", "counters", "matrix",
                             "sealed_rooms", "chain", "rules", "layers"});
    if (reader_.integer(node, "format", 0, {.min = 1, .max = kPolicyFormat}) != kPolicyFormat) {
      if (node.find("format") == nullptr) reader_.report("", "lacks 'format': this server reads format 1");
    }
    document.name = reader_.text(node, "name", Presence::Required, {.bytes_min = 1, .bytes_max = 200});
    document.description = reader_.text(node, "description", Presence::Optional);
    read_detectors(node, document);
    read_dictionaries(root.get_object(), node, document);
    document.labels = read_labels(reader_, node);
    document.unmatched = read_unmatched(node);
    document.joins_messages = reader_.flag(node, "split_messages", true);
    if (const json::Value* chain = node.find("chain"))
      document.chain = read_chain(reader_, *chain, node.at("chain"));
    const std::vector<std::string> counters = counter_ids(node);
    const ConditionContext context{reader_,         options_.vocabulary, detector_ids_,
                                   dictionary_ids_, document.labels,     counters};
    document.counters = read_counters(context, node, options_.limits.counters_max);
    document.matrix = read_matrix(context, node, options_.limits.matrix_rows_max);
    document.sealed_rooms = read_sealed_rooms(reader_, node);
    read_rules(context, node, document);
    read_layers(context, node, document);
    derive(document);
    return document;
  }

 private:
  void claim(std::vector<std::string>& ids, const std::string& id, const std::string& pointer) {
    if (std::ranges::find(ids, id) != ids.end())
      reader_.report(pointer, "is taken: '" + id + "' exists already");
    ids.push_back(id);
  }

  void read_detectors(const Node& node, PolicyDocument& document) {
    const json::Array* list =
        reader_.array(node, "detectors", Presence::Optional, {.max = options_.limits.detectors_max});
    for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
      const Node detector = reader_.object((*list)[i], pointer_to(node.at("detectors"), i));
      if (detector.object != nullptr) document.detectors.push_back(read_detector(detector));
    }
  }

  CustomDetector read_detector(const Node& node) {
    reader_.only_keys(node, {"id", "description", "pattern", "validator", "min_matches", "names",
                             "exact_data", "fingerprints"});
    CustomDetector detector;
    detector.id = reader_.identifier(node, "id");
    claim(detector_ids_, detector.id, node.at("id"));
    detector.description = reader_.text(node, "description", Presence::Optional);
    read_what_it_looks_for(node, detector);
    detector.matches_min =
        static_cast<std::uint32_t>(reader_.integer(node, "min_matches", 1, {.min = 1, .max = 1000}));
    detector.names = reader_.localised(node, "names");
    complete_names(detector.names, detector.description.empty() ? detector.id : detector.description);
    return detector;
  }

  void read_what_it_looks_for(const Node& node, CustomDetector& detector) {
    const int kinds = (node.find("pattern") != nullptr ? 1 : 0) +
                      (node.find("exact_data") != nullptr ? 1 : 0) +
                      (node.find("fingerprints") != nullptr ? 1 : 0);
    if (kinds != 1) {
      reader_.report(node.pointer, "needs one of 'pattern', 'exact_data' and 'fingerprints'");
      return;
    }
    if (node.find("pattern") != nullptr) {
      detector.pattern = reader_.text(node, "pattern", Presence::Required,
                                      {.bytes_min = 1, .bytes_max = options_.limits.pattern_bytes_max});
      check_pattern(node, detector.pattern);
      detector.validator = reader_.text(node, "validator", Presence::Optional);
      if (!detector.validator.empty() && find_validator(detector.validator) == nullptr) {
        reader_.report(node.at("validator"),
                       "is not a validator; validators are " + listed(validator_names()));
      }
      return;
    }
    if (node.find("validator") != nullptr)
      reader_.report(node.at("validator"), "is for what a 'pattern' finds");
    detector.exact_data = read_exact_data(reader_, node);
    detector.fingerprints = read_fingerprints(reader_, node);
    if (options_.company_data == nullptr) return;
    if (std::string missing = missing_of(detector, *options_.company_data); !missing.empty())
      reader_.report(node.pointer, std::move(missing));
  }

  void check_pattern(const Node& node, const std::string& pattern) {
    if (pattern.empty() || pattern.size() > options_.limits.pattern_bytes_max) return;
    RE2::Options options(RE2::Quiet);
    options.set_max_mem(4 << 20);
    const RE2 compiled(pattern, options);
    if (!compiled.ok()) {
      reader_.report(node.at("pattern"), "is not a valid pattern: " + compiled.error());
    } else if (RE2::FullMatch("", compiled)) {
      reader_.report(node.at("pattern"), "matches the empty text, and so would find something everywhere");
    }
  }

  void read_dictionaries(json::Object& root, const Node& node, PolicyDocument& document) {
    const json::Array* list =
        reader_.array(node, "dictionaries", Presence::Optional, {.max = options_.limits.dictionaries_max});
    if (list == nullptr) return;
    json::Array& mutable_list = root.at("dictionaries").get_array();
    for (std::size_t i = 0; i < list->size(); ++i) {
      const Node dictionary = reader_.object((*list)[i], pointer_to(node.at("dictionaries"), i));
      if (dictionary.object == nullptr) continue;
      document.dictionaries.push_back(read_dictionary(dictionary));
      json::Object& stored = mutable_list[i].get_object();
      if (stored.contains("file")) {
        stored.erase("file");
        json::Array terms;
        for (const std::string& term : document.dictionaries.back().terms) terms.emplace_back(term);
        stored["terms"] = std::move(terms);
      }
    }
  }

  Dictionary read_dictionary(const Node& node) {
    reader_.only_keys(node, {"id", "description", "terms", "file", "names"});
    Dictionary dictionary;
    dictionary.id = reader_.identifier(node, "id");
    claim(dictionary_ids_, dictionary.id, node.at("id"));
    dictionary.description = reader_.text(node, "description", Presence::Optional);
    dictionary.names = reader_.localised(node, "names");
    complete_names(dictionary.names, dictionary.description.empty() ? dictionary.id : dictionary.description);
    const bool has_terms = node.find("terms") != nullptr;
    const bool has_file = node.find("file") != nullptr;
    if (has_terms == has_file) {
      reader_.report(node.pointer, "needs either 'terms' or 'file'");
    } else if (has_terms) {
      dictionary.terms =
          reader_.texts(*node.find("terms"), node.at("terms"), {.min = 1, .max = options_.limits.terms_max},
                        {.bytes_min = 1, .bytes_max = options_.limits.term_bytes_max});
    } else {
      dictionary.terms = read_terms_file(node);
    }
    terms_ += dictionary.terms.size();
    if (terms_ > options_.limits.terms_max) {
      reader_.report(node.pointer, "brings the terms of all dictionaries above " +
                                       std::to_string(options_.limits.terms_max));
    }
    return dictionary;
  }

  std::vector<std::string> read_terms_file(const Node& node) {
    const std::string name =
        reader_.text(node, "file", Presence::Required, {.bytes_min = 1, .bytes_max = 1000});
    if (name.empty()) return {};
    if (!options_.read_file) {
      reader_.report(node.at("file"), "cannot be read here: put the terms into the document");
      return {};
    }
    const auto content = options_.read_file(name);
    if (!content) {
      reader_.report(node.at("file"), "cannot be read: " + content.error().message());
      return {};
    }
    std::vector<std::string> terms;
    std::size_t line_number = 0;
    for (const std::string_view line : text::split(*content, '\n')) {
      ++line_number;
      const std::string_view term = text::trim(line);
      if (term.empty() || term.starts_with('#')) continue;
      if (term.size() > options_.limits.term_bytes_max || !text::is_valid_utf8(term)) {
        reader_.report(node.at("file"), "line " + std::to_string(line_number) +
                                            " of the file is not UTF-8 or longer than " +
                                            std::to_string(options_.limits.term_bytes_max) + " octets");
        continue;
      }
      terms.emplace_back(term);
    }
    if (terms.empty()) reader_.report(node.at("file"), "holds no terms");
    return terms;
  }

  Effect read_unmatched(const Node& node) {
    const std::string name = reader_.text(node, "unmatched", Presence::Optional);
    if (name == "refuse") return Effect::Refuse;
    if (!name.empty() && name != "allow") reader_.report(node.at("unmatched"), "must be allow or refuse");
    return Effect::Allow;
  }

  void read_rules(const ConditionContext& context, const Node& node, PolicyDocument& document) {
    const json::Array* list =
        reader_.array(node, "rules", Presence::Required, {.max = options_.limits.rules_max});
    if (list == nullptr) return;
    for (std::size_t i = 0; i < list->size(); ++i) {
      const std::string pointer = pointer_to(node.at("rules"), i);
      document.rules.push_back(read_rule(context, (*list)[i], pointer));
      claim_rule(document.rules.back().id, pointer);
    }
  }

  // A layer holds for the people of one unit, a legal entity or a department, beside all that stands above
  // it.
  void read_layers(const ConditionContext& context, const Node& node, PolicyDocument& document) {
    const json::Array* layers = reader_.array(node, "layers", Presence::Optional, {.max = kLayersMax});
    for (std::size_t i = 0; layers != nullptr && i < layers->size(); ++i) {
      const Node layer = reader_.object((*layers)[i], pointer_to(node.at("layers"), i));
      if (layer.object == nullptr) continue;
      reader_.only_keys(layer, {"unit", "rules"});
      const std::string unit = reader_.identifier(layer, "unit");
      const json::Array* list =
          reader_.array(layer, "rules", Presence::Required, {.max = options_.limits.rules_max});
      for (std::size_t j = 0; list != nullptr && j < list->size(); ++j) {
        const std::string pointer = pointer_to(layer.at("rules"), j);
        Rule rule = read_rule(context, (*list)[j], pointer, Layered::Yes);
        claim_rule(rule.id, pointer);
        restrict_to(unit, rule);
        document.rules.push_back(std::move(rule));
      }
    }
    if (document.rules.size() > options_.limits.rules_max)
      reader_.report(node.at("layers"), "bring the rules above " + std::to_string(options_.limits.rules_max));
  }

  static void restrict_to(const std::string& unit, Rule& rule) {
    rule.layer = unit;
    std::vector<Condition> conditions{{.kind = Condition::Kind::Department, .values = {unit}}};
    if (rule.when) conditions.push_back(*std::move(rule.when));
    rule.when = Condition{.kind = Condition::Kind::All, .children = std::move(conditions)};
  }

  void claim_rule(const std::string& id, const std::string& pointer) {
    if (id.empty() || rule_ids_.insert(id).second) return;
    reader_.report(pointer + "/id", "is taken: '" + id + "' exists already");
  }

  static void derive(PolicyDocument& document) {
    document.derived = label_rules(document.labels);
    auto cells = matrix_rules(document.matrix, document.labels);
    document.derived.insert(document.derived.end(), std::make_move_iterator(cells.begin()),
                            std::make_move_iterator(cells.end()));
    if (auto rule = sealed_rooms_rule(document.sealed_rooms)) document.derived.push_back(*std::move(rule));
    for (Rule& rule : encryption_rules(document.rules)) document.derived.push_back(std::move(rule));
    document.derived.push_back(not_passed_on_rule());
  }

  static constexpr std::size_t kLayersMax = 1000;
  DocumentReader& reader_;
  const ParseOptions& options_;
  std::vector<std::string> detector_ids_;
  std::vector<std::string> dictionary_ids_;
  std::set<std::string> rule_ids_;
  std::size_t terms_ = 0;
};

// How many values a JSON text has at most, told by its commas and brackets alone: cheaper than to build them.
std::size_t values_at_most(std::string_view text) {
  std::size_t values = 1;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else if (c == ',' || ((c == '[' || c == '{') && i + 1 < text.size() && text[i + 1] != c + 2)) {
      ++values;  // each comma is before one, and what opens has a first one unless it closes at once
    }
  }
  return values;
}

std::size_t rules_in(const json::Value& list) {
  return list.is_array() ? list.get_array().size() : 0;
}

// Of the document and of its layers, before anything is read.
std::size_t rules_in_document(const json::Value& root) {
  if (!root.is_object()) return 0;
  std::size_t rules = 0;
  if (const json::Value* list = json::find(root.get_object(), "rules")) rules += rules_in(*list);
  const json::Array* layers = json::array_at(root.get_object(), "layers");
  for (std::size_t i = 0; layers != nullptr && i < layers->size(); ++i) {
    if (!(*layers)[i].is_object()) continue;
    if (const json::Value* list = json::find((*layers)[i].get_object(), "rules")) rules += rules_in(*list);
  }
  return rules;
}

ParsedPolicy failed_at(std::string_view text, std::size_t offset, std::string message) {
  const Place place = place_at(text, offset);
  ParsedPolicy parsed;
  parsed.issues.push_back({place.line, place.column, "", std::move(message)});
  return parsed;
}

}  // namespace

ParsedPolicy parse_policy(std::string_view text, const ParseOptions& options) {
  if (text.size() > options.limits.document_bytes_max) {
    return failed_at(
        text, 0, "is too large: at most " + std::to_string(options.limits.document_bytes_max) + " octets");
  }
  if (const std::size_t values = values_at_most(text); values > options.limits.values_max) {
    return failed_at(text, 0,
                     "is too large: it has up to " + std::to_string(values) + " values, at most " +
                         std::to_string(options.limits.values_max) + " are read");
  }
  // Boost's own parser rather than json::parse: it tells how far it came.
  boost::json::parser parser({}, {.max_depth = 64});
  boost::system::error_code failed;
  const std::size_t consumed = parser.write_some(text.data(), text.size(), failed);
  if (failed) return failed_at(text, consumed, "is not valid JSON: " + failed.message());
  if (const auto rest = text.find_first_not_of(" \t\r\n", consumed); rest != std::string_view::npos) {
    return failed_at(text, rest, "follows the end of the document");
  }
  json::Value root = parser.release();
  if (const std::size_t rules = rules_in_document(root); rules > options.limits.rules_max) {
    return failed_at(text, 0,
                     "has " + std::to_string(rules) + " rules, with those of its layers: at most " +
                         std::to_string(options.limits.rules_max));
  }
  DocumentReader reader(text, options.limits.issues_max);
  PolicyDocument document = PolicyReading(reader, options).read(root);
  ParsedPolicy parsed{.document = std::nullopt, .issues = reader.take_issues()};
  if (parsed.issues.empty()) {
    document.text = json::serialize(root);
    parsed.document = std::move(document);
  }
  return parsed;
}

Result<PolicyDocument> parse_policy_or_error(std::string_view text, const ParseOptions& options) {
  ParsedPolicy parsed = parse_policy(text, options);
  if (parsed.document) return *std::move(parsed.document);
  std::string message = "The policy has " + std::to_string(parsed.issues.size()) + " mistakes.";
  for (std::size_t i = 0; i < parsed.issues.size() && i < 5; ++i)
    message += "\n" + parsed.issues[i].to_text("policy");
  return Error(ErrorCode::InvalidArgument, "KURAMORI_POLICY_INVALID", std::move(message));
}

}  // namespace kuramori::governance
