// Looks through content for what the detectors and dictionaries of one policy describe.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "governance/candidates.hpp"
#include "governance/company_data.hpp"
#include "governance/policy_document.hpp"
#include "json/json.hpp"

namespace kuramori::governance {

// One place where something was found.
struct Hit {
  std::uint32_t source;
  std::uint64_t value;  // tells distinct values apart
  std::uint32_t part;   // of the content's text parts
  std::uint32_t begin;  // octets of the part
  std::uint32_t end;
  Confidence confidence = Confidence::High;
  Candidate evidence = {};            // of built-in detectors: what speaks for it
  std::uint32_t begin_character = 0;  // the same place in characters
  std::uint32_t end_character = 0;
  std::string replacement = {};  // when masks were asked for
};

// What a condition asks for: findings of one source, believed at least so much.
struct Wanted {
  std::uint32_t source;
  Confidence confidence;
};

struct Inspection {
  using ByConfidence = std::array<std::uint32_t, kConfidences>;

  std::vector<Hit> hits;
  std::vector<ByConfidence>
      counts;  // by source, distinct values of at least that confidence; empty: nothing found
  std::uint32_t count(Wanted wanted) const {
    if (wanted.source >= counts.size()) return 0;
    return counts[wanted.source][static_cast<std::size_t>(wanted.confidence)];
  }
  // Whether a finding of the one stands within so many characters of a different finding of the other.
  bool near(Wanted one, Wanted other, std::int64_t characters) const;
};

enum class Masks : bool { No, Yes };
// What is looked for: what enabled rules refer to, or everything that the document and the product define.
enum class Scope : bool { Rules, Everything };

// The tables and sets that the detectors of one policy look into, found by name once: Inspector::bind.
struct BoundData {
  struct Table {
    std::shared_ptr<const ExactDataMatch> rows;  // null: there is none of that name
    std::uint32_t columns = 0;                   // a bit for each that counts
  };
  std::vector<Table> tables = {};
  std::vector<std::shared_ptr<const DocumentFingerprints>> sets = {};
};

class Inspector {
 public:
  static constexpr std::size_t kHitsMax = 2000;  // of one source

  // Resolves the `source` of the conditions of enabled rules.
  static Result<std::unique_ptr<Inspector>> compile(PolicyDocument& document, Scope scope = Scope::Rules);
  ~Inspector();

  std::size_t sources() const;
  const std::string& name(std::uint32_t source) const;  // the id in the policy
  const Explanation& display_name(std::uint32_t source) const;

  // How a source of the company's own came to what it found: "a row of the table 'customers'".
  std::string reason(std::uint32_t source) const;

  // Numbers with a checksum that stand on both sides of `joint`, an octet of `text` where one message ends
  // and the next begins: neither has such a number alone. Nothing else is looked for.
  Inspection inspect_joined(std::string_view text, std::size_t joint) const;
  // Whether a condition asks for such a number.
  bool looks_for_checked_numbers() const;
  // Whether `text`, a message, may hold the end of one that began in an earlier message. A look at its
  // beginning alone, which is enough for most.
  bool may_end_checked_number(std::string_view text) const;

  BoundData bind(const CompanyData& data) const;
  // Thread-safe. An error when there is too much to inspect, or a detector's table is not there.
  Result<Inspection> inspect(const json::Object& content, Masks masks, const BoundData& data = {}) const;

 private:
  struct State;
  explicit Inspector(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// `content` with the hits of the wanted sources replaced.
json::Object mask(const json::Object& content, const Inspection& inspection,
                  const std::vector<std::uint32_t>& sources);

}  // namespace kuramori::governance
