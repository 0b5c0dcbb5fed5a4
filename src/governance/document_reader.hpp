// Reads a JSON document field by field and collects every mistake with its place, instead of stopping at the
// first.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "governance/policy_document.hpp"
#include "governance/source_map.hpp"

namespace kuramori::governance {

enum class Presence : bool { Optional, Required };

struct TextBounds {
  std::size_t bytes_min = 0;
  std::size_t bytes_max = 2000;
};
struct CountBounds {
  std::size_t min = 0;
  std::size_t max = 1000;
};
struct IntegerBounds {
  std::int64_t min = 0;
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
};

// An object inside the document and where it is.
struct Node {
  const json::Object* object = nullptr;  // null: it was not an object, and that is reported
  std::string pointer;

  std::string at(std::string_view key) const { return pointer_to(pointer, key); }
  const json::Value* find(std::string_view key) const {
    return object->if_contains({key.data(), key.size()});
  }
};

class DocumentReader {
 public:
  DocumentReader(std::string_view text, std::size_t issues_max) : map_(text), issues_max_(issues_max) {}

  void report(const std::string& pointer, std::string message);
  std::vector<Issue> take_issues();  // in document order
  bool has_issues() const { return !issues_.empty(); }

  Node object(const json::Value& value, std::string pointer);
  Node object_at(const Node& parent, std::string_view key);  // null object when absent
  void only_keys(const Node& node, std::initializer_list<std::string_view> known);

  std::string text(const Node& node, std::string_view key, Presence presence, TextBounds bounds = {});
  std::string identifier(const Node& node, std::string_view key);  // required; letters, digits, '_', '-', '.'
  bool flag(const Node& node, std::string_view key, bool fallback);
  std::int64_t integer(const Node& node, std::string_view key, std::int64_t fallback, IntegerBounds bounds);
  double number(const Node& node, std::string_view key, double fallback, double min, double max);
  // The elements of an array; null when absent or not an array.
  const json::Array* array(const Node& node, std::string_view key, Presence presence,
                           CountBounds bounds = {});
  std::vector<std::string> texts(const json::Value& value, const std::string& pointer,
                                 CountBounds bounds = {.min = 1},
                                 TextBounds each = {.bytes_min = 1, .bytes_max = 255});
  std::vector<std::string> texts_at(const Node& node, std::string_view key);
  // {"en": …, "zh-Hans": …, "zh-Hant": …, "ja": …}, any of them.
  Explanation localised(const Node& node, std::string_view key);

 private:
  SourceMap map_;
  std::size_t issues_max_;
  struct Located {
    std::size_t offset;
    std::size_t number;  // in the order of reporting
    Issue issue;
  };
  std::vector<Located> issues_;
};

std::string listed(std::span<const std::string_view> names);  // "a, b or c"

// condition_reader.cpp
struct ConditionContext {
  DocumentReader& reader;
  const Vocabulary& vocabulary;
  const std::vector<std::string>& detectors;
  const std::vector<std::string>& dictionaries;
  const LabelLattice& labels;
  const std::vector<std::string>& counters;
};
Condition read_condition(const ConditionContext& context, const json::Value& value,
                         const std::string& pointer, std::size_t depth = 0);

// condition_reader_more.cpp: conditions about the organisation, the room, files, links, time and the past.
bool is_surrounding(Condition::Kind kind);
Condition read_surrounding(const ConditionContext& context, Condition::Kind kind, const json::Value& value,
                           const std::string& pointer);

// rule_reader.cpp
enum class Layered : bool { No, Yes };
Rule read_rule(const ConditionContext& context, const json::Value& value, const std::string& pointer,
               Layered layered = Layered::No);
ResourceMatcher read_resource(const ConditionContext& context, const Node& parent);
void check_operations(const ConditionContext& context, const std::vector<std::string>& operations,
                      const std::string& pointer);

// company_reader.cpp: what detectors of tables and documents name. Nothing when the node does not.
std::optional<ExactDataUse> read_exact_data(DocumentReader& reader, const Node& detector);
std::optional<FingerprintUse> read_fingerprints(DocumentReader& reader, const Node& detector);

// section_reader.cpp: labels, counters, the matrix.
LabelLattice read_labels(DocumentReader& reader, const Node& document);
std::vector<CounterRule> read_counters(const ConditionContext& context, const Node& document,
                                       std::size_t counters_max);
std::vector<MatrixRow> read_matrix(const ConditionContext& context, const Node& document,
                                   std::size_t rows_max);
// Identifiers of counters, which conditions name before they are read.
std::vector<std::string> counter_ids(const Node& document);
// Who approves: steps, each "manager", "department_head", "owner", {"role": …} or {"people": […], "of": n}.
SealedRooms read_sealed_rooms(DocumentReader& reader, const Node& document);
json::Array read_chain(DocumentReader& reader, const json::Value& value, const std::string& pointer);

}  // namespace kuramori::governance
