// The policy document: versioned JSON (docs/policy.schema.json), read with every mistake reported at once,
// each with its line and column.
//
//   ParsedPolicy parsed = parse_policy(text, {.vocabulary = gate::policy_vocabulary()});
//   for (const Issue& issue : parsed.issues) print(issue.to_text("policy.json"));
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "governance/condition.hpp"
#include "governance/decision.hpp"
#include "governance/labels.hpp"
#include "governance/surroundings.hpp"
#include "json/json.hpp"

namespace kuramori::governance {

constexpr std::int64_t kPolicyFormat = 1;

struct PolicyLimits {
  std::size_t document_bytes_max = 32 * 1024 * 1024;
  std::size_t rules_max = 20'000;
  std::size_t detectors_max = 500;
  std::size_t dictionaries_max = 100;
  std::size_t terms_max = 500'000;  // over all dictionaries
  std::size_t counters_max = 100;
  std::size_t matrix_rows_max = 200;
  std::size_t term_bytes_max = 256;
  std::size_t pattern_bytes_max = 2000;
  std::size_t issues_max = 200;
  std::size_t values_max = 2'000'000;  // of JSON in the document
};

struct Issue {
  std::size_t line = 1;    // from 1
  std::size_t column = 1;  // in characters, from 1
  std::string path;        // where in the document, as a JSON pointer
  std::string message;
  std::string to_text(std::string_view file) const;  // "policy.json:12:7: …"
};

struct ResourceMatcher {  // each list: any of the globs; an empty list matches everything
  std::vector<std::string> rooms;
  std::vector<std::string> event_types;
  std::vector<std::string> users;
  std::vector<std::string> names;
};

struct Rule {
  std::string id;
  std::string layer = {};  // the unit whose people it is for; empty: everybody's
  std::string description;
  bool enabled = true;
  std::vector<std::string> operations;  // names, groups ("room.*") or "*"
  ResourceMatcher resource;
  std::optional<Condition> when;  // absent: always
  Effect effect = Effect::Refuse;
  json::Array obligations;
  Explanation explanation;  // complete: what the document leaves out is generated
};

struct CompanyData;

// Rows of an imported table: so many of the columns of one row, within so many characters.
struct ExactDataUse {
  std::string table;
  std::vector<std::string> columns;  // by name; empty: all
  std::uint32_t least = 2;
  std::uint32_t near = 200;
  friend bool operator==(const ExactDataUse&, const ExactDataUse&) = default;
};

// Imported documents of which at least this share stands in a text.
struct FingerprintUse {
  std::string set;
  double share = 0.3;
  friend bool operator==(const FingerprintUse&, const FingerprintUse&) = default;
};

// Looks for a pattern, for rows of a table, or for documents of a set: one of the three.
struct CustomDetector {
  std::string id;
  std::string description;
  std::string pattern;            // RE2 syntax, matched against normalised text; empty: one of the others
  std::string validator;          // of validator_names(); empty: none
  std::uint32_t matches_min = 1;  // fewer distinct values are no finding
  Explanation names;              // what the user is told was found
  std::optional<ExactDataUse> exact_data = {};
  std::optional<FingerprintUse> fingerprints = {};
};

struct Dictionary {
  std::string id;
  std::string description;
  std::vector<std::string> terms;
  Explanation names;
};

// What is counted, and how long it counts.
struct CounterRule {
  std::string id;
  enum class Per : std::uint8_t { User, Device, Room, UserAndRoom, Everybody };
  Per per = Per::User;
  Milliseconds within{};
  std::vector<std::string> operations;
  ResourceMatcher resource;
  std::optional<Condition> when;
};

enum class Colour : std::uint8_t { Green, Yellow, Red };  // free, held for approval, refused
std::string_view to_string(Colour colour);

// One row of the tri-colour matrix: what its people may send where. The first row that a person is in counts
// for him; rules are made of it (matrix_rules).
struct MatrixRow {
  std::string id;
  std::vector<std::string> departments;  // either of these; both empty: everybody
  std::vector<std::string> roles;        // of the organisation
  // By destination, by label (place in the lattice).
  std::array<std::vector<Colour>, kDestinations> cells;
};

// Who may make rooms end-to-end encrypted: the server cannot look into them.
struct SealedRooms {
  enum class For : std::uint8_t { Everybody, Nobody, Named } allowed = For::Everybody;
  std::vector<std::string> departments;  // Named: either of these
  std::vector<std::string> roles;        // of the organisation
};

struct PolicyDocument {
  std::string name = {};
  std::string description = {};
  std::vector<CustomDetector> detectors = {};
  std::vector<Dictionary> dictionaries = {};
  Effect unmatched = Effect::Allow;  // Allow or Refuse
  bool joins_messages = true;        // numbers are looked for across messages: "split_messages"
  LabelLattice labels = LabelLattice::standard();
  std::vector<CounterRule> counters = {};
  std::vector<MatrixRow> matrix = {};
  SealedRooms sealed_rooms = {};
  json::Array chain = {};  // who approves when a rule that holds does not say
  // As written: the organisation's and those of layers. What follows from labels and matrix stands in
  // `derived`.
  std::vector<Rule> rules = {};
  std::vector<Rule> derived = {};
  // The document as JSON with the terms of dictionary files inside: what is stored.
  std::string text = {};
};

// The names that a policy may use, known to whoever owns them. Empty lists: anything goes.
struct Vocabulary {
  std::span<const std::string_view> operations;
  std::span<const std::string_view> roles;
};

struct ParseOptions {
  Vocabulary vocabulary = {};
  // Reads a dictionary file (one term a line, '#' comments); absent: documents may not name files.
  std::function<Result<std::string>(const std::string& name)> read_file = {};
  // The tables and sets that there are; absent: those that the document names are taken to exist.
  std::shared_ptr<const CompanyData> company_data = {};
  PolicyLimits limits = {};
};

struct ParsedPolicy {
  std::optional<PolicyDocument> document;  // present when there are no issues
  std::vector<Issue> issues = {};          // in document order
};

ParsedPolicy parse_policy(std::string_view text, const ParseOptions& options = {});
// The same for those who want one error: its message lists the first issues.
Result<PolicyDocument> parse_policy_or_error(std::string_view text, const ParseOptions& options = {});

// The policy that a new organisation starts with: packaging/policy/default.json, built in.
std::string_view default_policy_text();

// Detectors that every policy may name, and validators that custom detectors may.
std::span<const std::string_view> built_in_detectors();
std::span<const std::string_view> validator_names();

}  // namespace kuramori::governance
