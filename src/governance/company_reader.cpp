#include "governance/document_reader.hpp"
#include "governance/exact_data_match.hpp"

namespace kuramori::governance {

namespace {

constexpr std::int64_t kRowSpanMax = 10'000;  // characters
constexpr double kShareMin = 0.01;

}  // namespace

std::optional<ExactDataUse> read_exact_data(DocumentReader& reader, const Node& detector) {
  if (detector.find("exact_data") == nullptr) return std::nullopt;
  ExactDataUse use;
  const Node node = reader.object_at(detector, "exact_data");
  if (node.object == nullptr) return use;
  reader.only_keys(node, {"table", "columns", "least", "near"});
  use.table = reader.identifier(node, "table");
  if (const json::Value* columns = node.find("columns")) {
    use.columns = reader.texts(*columns, node.at("columns"), {.min = 1, .max = ExactDataMatch::kColumnsMax});
  }
  constexpr IntegerBounds kColumns{.min = 1, .max = static_cast<std::int64_t>(ExactDataMatch::kColumnsMax)};
  use.least = static_cast<std::uint32_t>(reader.integer(node, "least", use.least, kColumns));
  if (!use.columns.empty() && use.least > use.columns.size())
    reader.report(node.pointer, "asks for more columns ('least') than it names");
  use.near =
      static_cast<std::uint32_t>(reader.integer(node, "near", use.near, {.min = 1, .max = kRowSpanMax}));
  return use;
}

std::optional<FingerprintUse> read_fingerprints(DocumentReader& reader, const Node& detector) {
  if (detector.find("fingerprints") == nullptr) return std::nullopt;
  FingerprintUse use;
  const Node node = reader.object_at(detector, "fingerprints");
  if (node.object == nullptr) return use;
  reader.only_keys(node, {"set", "share"});
  use.set = reader.identifier(node, "set");
  use.share = reader.number(node, "share", use.share, kShareMin, 1.0);
  return use;
}

}  // namespace kuramori::governance
