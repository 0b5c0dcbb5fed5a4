#include "governance/policy_sections.hpp"

#include <gtest/gtest.h>

#include "governance/policy_document.hpp"

namespace kuramori::governance {
namespace {

const json::Object kEmptyPolicy = *json::parse_object(R"({"format":1,"name":"x","rules":[]})");

std::vector<std::string> ids_in(const json::Object& document, Section section) {
  std::vector<std::string> ids;
  for (const json::Value& entry : entries_of(document, section))
    ids.emplace_back(json::string_or(entry.as_object(), "id", ""));
  return ids;
}

json::Object matrix_row(std::string_view id, bool for_everybody) {
  json::Object row{{"id", id}, {"destinations", json::Object()}};
  if (!for_everybody) row["roles"] = json::Array{"seller"};
  return row;
}

TEST(PolicySections, AreEditedEntryByEntry) {
  auto edited = with_entry(kEmptyPolicy, Section::Detectors, {{"id", "badge"}, {"pattern", "B-[0-9]{6}"}});
  ASSERT_TRUE(edited.has_value());
  EXPECT_EQ(edited->place, "/detectors/0");
  edited = with_entry(edited->document, Section::Detectors, {{"id", "car"}, {"pattern", "C-[0-9]{6}"}});
  EXPECT_EQ(edited->place, "/detectors/1");
  edited = with_entry(edited->document, Section::Detectors, {{"id", "badge"}, {"pattern", "D-[0-9]{6}"}});
  EXPECT_EQ(edited->place, "/detectors/0");
  EXPECT_EQ(ids_in(edited->document, Section::Detectors), (std::vector<std::string>{"badge", "car"}));
  EXPECT_TRUE(parse_policy(json::serialize(edited->document)).document.has_value());
  auto removed = without_entry(edited->document, Section::Detectors, "badge");
  ASSERT_TRUE(removed.has_value());
  removed = without_entry(removed->document, Section::Detectors, "car");
  EXPECT_EQ(removed->document, kEmptyPolicy);
  EXPECT_EQ(without_entry(kEmptyPolicy, Section::Detectors, "car").error().code(), ErrorCode::NotFound);
  EXPECT_EQ(with_entry(kEmptyPolicy, Section::Detectors, {}).error().code(), ErrorCode::InvalidArgument);
}

TEST(PolicySections, RowsStandBeforeTheOneForEverybody) {
  auto edited = with_entry(kEmptyPolicy, Section::Matrix, matrix_row("all", true));
  edited = with_entry(edited->document, Section::Matrix, matrix_row("sellers", false));
  edited = with_entry(edited->document, Section::Matrix, matrix_row("first", false), "sellers");
  EXPECT_EQ(ids_in(edited->document, Section::Matrix), (std::vector<std::string>{"first", "sellers", "all"}));
  EXPECT_EQ(with_entry(kEmptyPolicy, Section::Matrix, matrix_row("x", false), "none").error().code(),
            ErrorCode::NotFound);
}

TEST(PolicySections, StandardLabelsBecomeTheOrganisationsWhenOneIsChanged) {
  EXPECT_EQ(ids_in(kEmptyPolicy, Section::Labels).size(), LabelLattice::standard_labels().size());
  const auto edited = with_entry(kEmptyPolicy, Section::Labels,
                                 {{"id", "secret"},
                                  {"above", json::Array{"confidential"}},
                                  {"handling", json::Object{{"download", false}}}});
  ASSERT_TRUE(edited.has_value());
  const ParsedPolicy parsed = parse_policy(json::serialize(edited->document));
  ASSERT_TRUE(parsed.document.has_value()) << parsed.issues.front().message;
  const LabelLattice& labels = parsed.document->labels;
  EXPECT_EQ(labels.labels().size(), LabelLattice::standard_labels().size());
  EXPECT_FALSE(labels.labels()[*labels.find("secret")].handling.may_download);
  EXPECT_TRUE(labels.dominates(*labels.find("secret"), *labels.find("public")));
}

TEST(PolicySections, LabelsAreWrittenAsTheyAreRead) {
  json::Object document = kEmptyPolicy;
  const std::string text = R"([{"id":"a","names":{"en":"A","zh-Hans":"甲","zh-Hant":"甲","ja":"甲"}},
    {"id":"b","names":{"en":"B","zh-Hans":"乙","zh-Hant":"乙","ja":"乙"},"above":["a"],"handling":{"reach":"partners",
     "forward":false,"download":false,"view_only":true,"encrypt":true,"back_up":false,"retention_days":9}}])";
  document["labels"] = *json::parse(text);
  document["unlabelled"] = "a";
  const ParsedPolicy parsed = parse_policy(json::serialize(document));
  ASSERT_TRUE(parsed.document.has_value()) << parsed.issues.front().message;
  json::Array written;
  for (const Label& label : parsed.document->labels.labels()) written.emplace_back(to_json(label));
  EXPECT_EQ(json::Value(written), document["labels"]);
}

}  // namespace
}  // namespace kuramori::governance
